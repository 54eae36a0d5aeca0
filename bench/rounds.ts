import { waitForQuiet } from './books.ts'
import type { Databases } from './databases.ts'
import type { Deployment } from './deployment.ts'
import { noLatencies, payOnce, runClosedLoop } from './load.ts'
import type { Merchant } from './merchant.ts'
import { cpuByProcess } from './processes.ts'
import type { Reference } from './reference.ts'
import { type Latency, latencyOf, rounded } from './statistics.ts'

/** By process, and in all. */
export type CpuMicros = { total: number; [process: string]: number }

export interface PaymentRound {
  perSecond: number
  /** Counted until the last webhook of the round was delivered too. */
  perSecondWithWebhooks: number
  latencyMs: { whole: Latency; token: Latency; payment: Latency }
  /** All work that a payment causes, its webhook included, by process. */
  cpuMicrosPerPayment: CpuMicros
}

export interface ReferenceRound {
  perSecond: number
  cpuMicrosPerPayment: CpuMicros
}

/** The closed-loop rounds, one at a time, and what they add up to. */
export interface Rounds {
  readonly totals: { payments: number; tokens: number; reference: number }
  /** Ends when the round's webhooks are delivered, so that nothing of it is left to slow the next one. */
  runPayments(seconds: number): Promise<PaymentRound>
  runTokens(seconds: number): Promise<number>
  runReference(reference: Reference, seconds: number): Promise<ReferenceRound>
}

export function createRounds(parts: {
  deployment: Deployment
  databases: Databases
  merchant: Merchant
  callers: number
}): Rounds {
  const { deployment, databases, merchant, callers } = parts
  const totals = { payments: 0, tokens: 0, reference: 0 }
  const cpuNow = () => ({ ...cpuByProcess(deployment), client: clientCpuMs() })
  return {
    totals,
    async runPayments(seconds) {
      const latencies = noLatencies()
      const cpuBefore = cpuNow()
      const startedMs = performance.now()
      const { perSecond, total } = await runClosedLoop(callers, seconds, () => payOnce(merchant, latencies))
      await waitForQuiet(databases)
      const wholeSeconds = (performance.now() - startedMs) / 1000
      totals.payments += total
      totals.tokens += total
      return {
        perSecond: rounded(perSecond, 0),
        perSecondWithWebhooks: rounded(total / wholeSeconds, 0),
        latencyMs: {
          whole: latencyOf(latencies.wholeMs),
          token: latencyOf(latencies.tokenMs),
          payment: latencyOf(latencies.paymentMs),
        },
        cpuMicrosPerPayment: microsEach(cpuBefore, cpuNow(), total),
      }
    },
    async runTokens(seconds) {
      const { perSecond, total } = await runClosedLoop(callers, seconds, async () => {
        await merchant.tokenize()
      })
      totals.tokens += total
      return rounded(perSecond, 0)
    },
    async runReference(reference, seconds) {
      const cpuBefore = cpuNow()
      const { perSecond, total } = await runClosedLoop(callers, seconds, () => reference.payOnce())
      totals.reference += total
      return { perSecond: rounded(perSecond, 0), cpuMicrosPerPayment: microsEach(cpuBefore, cpuNow(), total) }
    },
  }
}

function clientCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function microsEach(before: Record<string, number>, after: Record<string, number>, count: number): CpuMicros {
  const micros = Object.entries(after)
    .map(([name, ms]): [string, number] => [name, rounded(((ms - (before[name] ?? 0)) * 1000) / count, 0)])
    .filter(([, each]) => each > 0)
  const total = micros.reduce((sum, [, each]) => sum + each, 0)
  return { total, ...Object.fromEntries(micros) }
}
