import { setTimeout as sleep } from 'node:timers/promises'
import type { Acquirer, Fault } from '../harness/acquirer.ts'

/** The longest that the acquirer holds a request back before it processes it: later than it is asked about it first. */
export const longestHeldBackMs = 5_000

const always = (operation: string, kind: string, probability: number, ms?: number): Fault => ({
  match: { operation },
  fault: ms === undefined ? { kind } : { kind, ms },
  times: null,
  probability,
})

const brokenAnswers = ['reset_after', 'http_500_after', 'garbage_after', 'truncate_after', 'duplicate_answer']

/** An acquirer on a bad day. Slow most of the time, so that payments are in flight when something is killed. */
const rules: Fault[] = [
  ...brokenAnswers.map((kind) => always('authorize', kind, 0.02)),
  always('authorize', 'reset_before', 0.02),
  always('authorize', 'http_503_before', 0.02),
  always('authorize', 'hang_before', 0.005, 3_000),
  always('authorize', 'never_answer', 0.004),
  always('authorize', 'delay_before', 0.05, longestHeldBackMs),
  always('authorize', 'delay_before', 0.4, 600),
  always('authorize', 'delay_after', 0.6, 800),
  ...['capture', 'refund', 'reverse'].flatMap((operation) => [
    ...brokenAnswers.map((kind) => always(operation, kind, 0.02)),
    always(operation, 'reset_before', 0.02),
    always(operation, 'delay_before', 0.03, longestHeldBackMs),
    always(operation, 'delay_before', 0.3, 300),
    always(operation, 'delay_after', 0.4, 500),
  ]),
  always('inquire', 'http_503_before', 0.1),
  always('inquire', 'reset_before', 0.05),
  ...['http_503_before', 'reset_after', 'garbage_after', 'truncate_after'].map((kind) => always('report', kind, 0.05)),
]

/** The acquirer forgets its faults when it is killed: asked for again after each restart, as soon as it answers. */
export async function startWeather(acquirer: Acquirer): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await acquirer.clearFaults()
      await acquirer.faults(rules)
      return
    } catch (error) {
      if (tries === 100) throw error
      await sleep(50)
    }
  }
}
