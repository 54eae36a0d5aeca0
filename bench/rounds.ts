import { availableParallelism } from 'node:os'
import { waitForQuiet } from './books.ts'
import type { Databases } from './databases.ts'
import type { Deployment } from './deployment.ts'
import { noLatencies, payOnce, runClosedLoop } from './load.ts'
import type { Merchant } from './merchant.ts'
import { cpuByProcess, machineCpuMs } from './processes.ts'
import type { Reference } from './reference.ts'
import { type Latency, latencyOf, rounded } from './statistics.ts'

/** By process, and in all. */
export type CpuMicros = { total: number; [process: string]: number }

export interface PaymentRound extends ServerPaymentRound {
  latencyMs: { whole: Latency; token: Latency; payment: Latency }
}

export interface ServerPaymentRound {
  perSecond: number
  /** Counted until the round's background work was done too. */
  perSecondUntilQuiet: number
  latencyMs: { whole: Latency }
  /** All work that a payment causes, in the background too, by process. */
  cpuMicrosPerPayment: CpuMicros
  othersShare: number
}

export interface ReferenceRound {
  perSecond: number
  cpuMicrosPerPayment: CpuMicros
  /** Part of the machine's processors that was busy with anything else: a disturbed round tells little. */
  othersShare: number
}

/** The closed-loop rounds, one at a time, and what they add up to. */
export interface Rounds {
  readonly totals: { payments: number; tokens: number; reference: number }
  /** Ends when the round's background work is done, so that nothing of it is left to slow the next one. */
  runPayments(seconds: number): Promise<PaymentRound>
  /** The same payment in one call. */
  runServerPayments(seconds: number): Promise<ServerPaymentRound>
  runTokens(seconds: number): Promise<number>
  runReference(reference: Reference, seconds: number): Promise<ReferenceRound>
}

export function createRounds(parts: {
  deployment: Deployment
  databases: Databases
  merchant: Merchant
  callers: number
  deliver: boolean
}): Rounds {
  const { deployment, databases, merchant, callers, deliver } = parts
  const totals = { payments: 0, tokens: 0, reference: 0 }

  /** What `run` cost, per payment that it tells of. */
  async function withCpu<T extends { total: number }>(run: () => Promise<T>) {
    const cpuNow = () => ({ ...cpuByProcess(deployment), client: clientCpuMs() })
    const [before, machineBefore, startedMs] = [cpuNow(), machineCpuMs(), performance.now()]
    const result = await run()
    const [after, tookMs] = [cpuNow(), performance.now() - startedMs]
    const ours = sumOf(after) - sumOf(before)
    const others = machineCpuMs() - machineBefore - ours
    return {
      result,
      tookMs,
      cpuMicrosPerPayment: microsEach(before, after, result.total),
      othersShare: rounded(others / (tookMs * availableParallelism())),
    }
  }

  async function runUntilQuiet(seconds: number, payOnce: () => Promise<void>) {
    const { result, tookMs, ...cost } = await withCpu(async () => {
      const load = await runClosedLoop(callers, seconds, payOnce)
      await waitForQuiet(databases, deliver)
      return load
    })
    totals.payments += result.total
    totals.tokens += result.total
    return {
      perSecond: rounded(result.perSecond, 0),
      perSecondUntilQuiet: rounded((result.total * 1000) / tookMs, 0),
      ...cost,
    }
  }

  return {
    totals,
    async runPayments(seconds) {
      const latencies = noLatencies()
      const round = await runUntilQuiet(seconds, () => payOnce(merchant, latencies))
      const { wholeMs, tokenMs, paymentMs } = latencies
      return {
        ...round,
        latencyMs: { whole: latencyOf(wholeMs), token: latencyOf(tokenMs), payment: latencyOf(paymentMs) },
      }
    },
    async runServerPayments(seconds) {
      const wholeMs: number[] = []
      const round = await runUntilQuiet(seconds, async () => {
        const startMs = performance.now()
        await merchant.payInOneCall()
        wholeMs.push(performance.now() - startMs)
      })
      return { ...round, latencyMs: { whole: latencyOf(wholeMs) } }
    },
    async runTokens(seconds) {
      const { perSecond, total } = await runClosedLoop(callers, seconds, async () => {
        await merchant.tokenize()
      })
      totals.tokens += total
      return rounded(perSecond, 0)
    },
    async runReference(reference, seconds) {
      const {
        result,
        tookMs: _,
        ...cost
      } = await withCpu(() => runClosedLoop(callers, seconds, () => reference.payOnce()))
      totals.reference += result.total
      return { perSecond: rounded(result.perSecond, 0), ...cost }
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
  return { total: micros.reduce((sum, [, each]) => sum + each, 0), ...Object.fromEntries(micros) }
}

function sumOf(times: Record<string, number>): number {
  return Object.values(times).reduce((sum, each) => sum + each, 0)
}
