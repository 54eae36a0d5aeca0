import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@tessera/lib/random'
import { databasesOf } from '../harness/databases.ts'
import type { ProcessName, Product } from '../harness/product.ts'
import { until } from '../harness/until.ts'
import type { InFlight, Order } from './orders.ts'

export const targets: ProcessName[] = ['gateway', 'vault', 'worker', 'sandbox', 'postgres']
/** Below this a kill proves little. */
export const fewestInFlight = 20

export interface Kill {
  targets: ProcessName[]
  /** Payments with an unanswered request at that moment. */
  inFlight: Order[]
  /** Requests to the acquirer that were recorded and not settled, by the gateway's own books. */
  sending: number
  /** Until payments were answered again. */
  recoveredAfterMs: number
}

export interface KillerParts {
  product: Product
  inFlight: InFlight
  random: Random
  /** Answers that told a shop something, so far. */
  answers(): number
  /** So many must come between a recovery and the next kill. */
  answersBetweenKills: number
  /** The acquirer is back, without its faults. */
  onSandboxBack(): Promise<void>
}

const readyWithinMs = 60_000

/** Waits for a moment with enough payments in flight and everything running, kills with SIGKILL, and waits for recovery. */
export async function killAtRandomMoment(parts: KillerParts, chosen: ProcessName[]): Promise<Kill> {
  const { product, random, inFlight } = parts
  await sleep(random.unit() * 1_000)
  await until(async () => inFlight.count >= fewestInFlight && (await isComplete(product)), {
    withinMs: readyWithinMs,
    everyMs: 20,
    what: () => `${fewestInFlight} payments in flight with everything running (there are ${inFlight.count})`,
  })
  const [before, sending] = await Promise.all([pidsOf(product), countSending(product)])
  const orders = inFlight.orders
  if (orders.length < fewestInFlight) return killAtRandomMoment(parts, chosen)
  for (const target of chosen) process.kill(before[target] as number, 'SIGKILL')
  const killedAt = performance.now()
  await until(
    async () => {
      const now = await pidsOf(product)
      return (await isComplete(product)) && chosen.every((target) => now[target] !== before[target])
    },
    { withinMs: readyWithinMs, what: () => `${chosen.join(' and ')} to be started again:\n${product.output()}` },
  )
  if (chosen.includes('sandbox')) await parts.onSandboxBack()
  await answered(parts, 1, chosen)
  const recoveredAfterMs = Math.round(performance.now() - killedAt)
  await answered(parts, parts.answersBetweenKills, chosen)
  return { targets: chosen, inFlight: orders, sending, recoveredAfterMs }
}

async function answered(parts: KillerParts, more: number, killed: ProcessName[]): Promise<void> {
  const before = parts.answers()
  await until(() => parts.answers() >= before + more, {
    withinMs: readyWithinMs,
    what: `payments to be answered again after ${killed.join(' and ')} was killed`,
  })
}

async function countSending(product: Product): Promise<number> {
  return databasesOf(product).with('gateway', 'tessera_gateway', async (client) => {
    const { rows } = await client.query(`select count(*) from operations where state = 'sending'`)
    return Number(rows[0].count)
  })
}

async function pidsOf(product: Product): Promise<Partial<Record<ProcessName, number>>> {
  const { processes, postgres } = await product.status()
  const pids = Object.entries(processes).map(([name, { pid }]) => [name, pid])
  return Object.fromEntries(
    [...pids, ['postgres', postgres?.pid]].filter(([, pid]) => pid !== null && pid !== undefined),
  )
}

/** Each process has said that it listens. */
async function isComplete(product: Product): Promise<boolean> {
  const { processes, postgres } = await product.status()
  return targets.every((name) => (name === 'postgres' ? postgres?.pid : processes[name]?.urls && processes[name].pid))
}
