import { setTimeout as sleep } from 'node:timers/promises'
import type { Merchant } from './merchant.ts'

/** Work done by callers that each begin anew when they are done. */
export interface ClosedLoop {
  /** Finished within the window; what was under way at its end is finished too, but not counted here. */
  perSecond: number
  /** All that were finished. */
  total: number
}

export async function runClosedLoop(callers: number, seconds: number, once: () => Promise<void>): Promise<ClosedLoop> {
  const untilMs = performance.now() + seconds * 1000
  let inWindow = 0
  let total = 0
  async function call(): Promise<void> {
    while (performance.now() < untilMs) {
      await once()
      total += 1
      if (performance.now() < untilMs) inWindow += 1
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  return { perSecond: inWindow / seconds, total }
}

export interface PaymentLatencies {
  tokenMs: number[]
  paymentMs: number[]
  /** Token and payment together. */
  wholeMs: number[]
  /** What is left of the payment call without the acquirer's part. */
  overheadMs: number[]
}

export function noLatencies(): PaymentLatencies {
  return { tokenMs: [], paymentMs: [], wholeMs: [], overheadMs: [] }
}

/** One whole card payment: token, then payment. */
export async function payOnce(merchant: Merchant, latencies: PaymentLatencies): Promise<void> {
  const startMs = performance.now()
  const token = await merchant.tokenize()
  const tokenMs = performance.now() - startMs
  const { acquirerMs } = await merchant.pay(token)
  const wholeMs = performance.now() - startMs
  latencies.tokenMs.push(tokenMs)
  latencies.paymentMs.push(wholeMs - tokenMs)
  latencies.wholeMs.push(wholeMs)
  latencies.overheadMs.push(wholeMs - tokenMs - acquirerMs)
}

/** How long before its payment a shopper's token is made. */
const tokenLeadMs = 250

/**
 * Open loop: calls begin when their time has come, however slow the answers are, and latencies count from that intended
 * time. Each payment has an intended time of its own, so that a slow token shows in its payment's latency too.
 */
export async function runSteadyRate(
  merchant: Merchant,
  perSecond: number,
  seconds: number,
): Promise<{ latencies: PaymentLatencies; total: number }> {
  const latencies = noLatencies()
  const total = perSecond * seconds
  const firstMs = performance.now() + 50
  async function payAt(payMs: number): Promise<void> {
    const tokenAtMs = payMs - tokenLeadMs
    await waitUntil(tokenAtMs)
    const token = await merchant.tokenize()
    latencies.tokenMs.push(performance.now() - tokenAtMs)
    await waitUntil(payMs)
    const { acquirerMs } = await merchant.pay(token)
    const paymentMs = performance.now() - payMs
    latencies.paymentMs.push(paymentMs)
    latencies.overheadMs.push(paymentMs - acquirerMs)
  }
  await Promise.all(
    Array.from({ length: total }, (_, index) => payAt(firstMs + tokenLeadMs + (index * 1000) / perSecond)),
  )
  return { latencies, total }
}

/** The same pace for anything else that is done once per beat; latencies count from the intended time. */
export async function runPaced(perSecond: number, seconds: number, once: () => Promise<void>): Promise<number[]> {
  const firstMs = performance.now() + 50
  const latenciesMs: number[] = []
  async function doAt(timeMs: number): Promise<void> {
    await waitUntil(timeMs)
    await once()
    latenciesMs.push(performance.now() - timeMs)
  }
  await Promise.all(
    Array.from({ length: perSecond * seconds }, (_, index) => doAt(firstMs + (index * 1000) / perSecond)),
  )
  return latenciesMs
}

async function waitUntil(timeMs: number): Promise<void> {
  const leftMs = timeMs - performance.now()
  if (leftMs > 0) await sleep(leftMs)
}
