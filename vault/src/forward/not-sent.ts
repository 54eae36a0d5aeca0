import type { ForwardReply } from '@tessera/contracts/vault-protocol'

export type NotSent = ForwardReply & { outcome: 'not_sent' }

/** Only where it is certain that no byte left, and that none will for this request. */
export function notSent(reason: NotSent['reason'], detail: string): NotSent {
  return { outcome: 'not_sent', reason, detail }
}
