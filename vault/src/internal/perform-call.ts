import { QueueDeadlinePassed, QueueFull } from '@tessera/lib/batcher'
import type { Clock } from '@tessera/lib/clock'
import { CallRefused } from '../call-refused.ts'
import type { VaultMetrics } from '../metrics.ts'
import { MalformedCall } from './read-call.ts'

export interface PerformedCall {
  status: number
  /** The reply, or `{ error }` where the status is not 200. */
  value: unknown
}

/** Runs one call of the protocol and words its refusals. Throws what is nobody's refusal. */
export async function performCall(
  path: string,
  run: () => Promise<unknown>,
  parts: { clock: Clock; metrics: VaultMetrics },
): Promise<PerformedCall> {
  const startedMs = parts.clock.monotonicMs()
  try {
    return { status: 200, value: await run() }
  } catch (error) {
    if (error instanceof MalformedCall) return { status: 400, value: { error: error.message } }
    if (error instanceof CallRefused) return { status: 409, value: { error: error.message } }
    const isOverload = error instanceof QueueFull || error instanceof QueueDeadlinePassed
    if (isOverload) return { status: 503, value: { error: 'overloaded' } }
    throw error
  } finally {
    parts.metrics.internalSeconds.observe({ call: path }, (parts.clock.monotonicMs() - startedMs) / 1000)
  }
}
