/**
 * What the supervisor (`tessera start`) and the processes that it starts say to each other over Node's IPC channel.
 *
 * Rules for a child: attach before anything else, so that no message is lost; send `ready` once everything listens;
 * stop in good order on SIGTERM and SIGINT, and likewise when the channel closes, which is how a child learns that its
 * supervisor was killed. A process started without a supervisor has no channel, and none of this applies to it.
 */

export type SupervisedProcess = 'gateway' | 'worker' | 'vault' | 'sandbox'

/** What each process tells about where it listens. */
export interface ProcessUrls {
  gateway: { gateway: string; metrics: string }
  worker: Record<string, never>
  vault: { public: string; internal: string }
  sandbox: { acquirer: string }
}

/** The test merchant's keys, in clear. They exist in the data directory's `credentials.json` and nowhere else. */
export interface MerchantCredentials {
  merchantId: string
  publishableKey: string
  secretKey: string
  inflowPrivateKey: string
  inflowPublicKey: string
  returnSigningSecret: string
}

export type ChildMessage =
  | { type: 'ready'; urls: ProcessUrls[SupervisedProcess] }
  /** Gateway: the answer to `ensure_merchant`. */
  | { type: 'merchant'; credentials: MerchantCredentials }
  /** Gateway: the answer to `has_live_keys`. */
  | { type: 'live_keys'; exist: boolean }
  /** The answer to `advance_clock`: this much ahead of the machine's clock in all. */
  | { type: 'clock_advanced'; totalOffsetMs: number }

export type SupervisorMessage =
  /**
   * Moves the child's clock forward by this much from where it stands. A child that is restarted gets the whole offset
   * as its first message. Sent only where no live key exists.
   */
  | { type: 'advance_clock'; offsetMs: number }
  /**
   * Gateway: answer `merchant` with keys that work. `existing` is what the last start wrote down: kept when it still
   * works, replaced by a new merchant with new keys when it does not.
   */
  | { type: 'ensure_merchant'; existing: MerchantCredentials | null }
  /** Gateway: answer `live_keys`. */
  | { type: 'has_live_keys' }

/** A child that leaves with this code will not get better by being started again: its configuration is wrong. */
export const configurationInvalidExitCode = 78

/** The part of `process` that a child needs to talk to its supervisor. */
export interface SupervisorChannel {
  send?(message: ChildMessage): boolean
  readonly connected?: boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
}

export interface Supervision {
  /** Does nothing where there is no supervisor. */
  tell(message: ChildMessage): void
  /** Whether a supervisor started this process. */
  readonly present: boolean
}

/**
 * Attaches a child to its supervisor: `attachSupervisor(process, { onMessage, onGone })`. `onGone` runs when the
 * supervisor is no longer there; the child then stops as it would on SIGTERM.
 */
export function attachSupervisor(
  channel: SupervisorChannel,
  handlers: { onMessage(message: SupervisorMessage): void; onGone(): void },
): Supervision {
  const present = channel.send !== undefined
  if (present) {
    channel.on('message', (message) => handlers.onMessage(message as SupervisorMessage))
    channel.on('disconnect', () => handlers.onGone())
  }
  return {
    present,
    tell(message) {
      if (channel.connected === true) channel.send?.(message)
    },
  }
}
