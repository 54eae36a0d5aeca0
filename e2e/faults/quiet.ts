import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../harness/api.ts'
import { databasesOf } from '../harness/databases.ts'
import type { Product } from '../harness/product.ts'

/** What still waits for somebody, and when it is due. A payout is due when the acquirer's report is read next. */
const unsettled = `
select 'operation ' || kind || ' ' || state as what, greatest(due_at, lease_until) as due_at from operations
  where state in ('sending', 'unknown', 'pending')
union all select 'delivery', greatest(due_at, lease_until) from deliveries
  join webhook_endpoints using (merchant_id, endpoint_id) where deliveries.state = 'waiting'
union all select 'card settlement', greatest(due_at, lease_until) from card_settlements
union all select 'event without a place', null from events_to_place
union all select 'amount reserved', null from payments
  where capturing_minor + reversing_minor + refunding_minor > 0 or state = 'processing'
union all select 'payout', (select min(greatest(due_at, lease_until)) from report_cursors)
  from operations o join payments p using (merchant_id, payment_id)
  where o.state = 'approved' and o.paid_out_at is null and p.captured_minor > 0
    and (o.kind in ('capture', 'refund') or (o.kind = 'authorize' and o.final))`

/** Claims that came to nothing are given back half a minute later. */
const unsent = 'select claimed_at_ms + 31000 as due_at from permits'

const longestStepMs = 10 * 60_000
const pauseMs = 300
/** What was due so many looks ago is not done: it waits for something that is due later. */
const patientLooks = 15

/**
 * Waits until nothing is in doubt and nothing is owed. Where all that is left is due later, the product's clock is moved
 * there: an acquirer that is asked in vain is asked again after pauses that grow, and a lease outlives its worker.
 * Answers how far the clock was moved; throws with what is left.
 */
export async function waitUntilQuiet(product: Product, withinMs: number): Promise<number> {
  const deadline = performance.now() + withinMs
  let movedMs = 0
  for (let looks = 1; ; looks += 1) {
    const left = await readUnsettled(product)
    if (left.length === 0) return movedMs
    if (performance.now() > deadline) throw new Error(`after ${withinMs} ms there is still: ${summaryOf(left)}`)
    const nowMs = Date.now() + (await offsetOf(product))
    const later = looks % patientLooks === 0 ? left.filter(({ due_at }) => Number(due_at) > nowMs) : left
    const stepMs = Math.min(stepToFirstDue(later, nowMs), longestStepMs)
    if (stepMs > 1_000) {
      await product.advanceClock(stepMs)
      movedMs += stepMs
    }
    await sleep(pauseMs)
  }
}

const offsetOf = async (product: Product): Promise<number> =>
  ((await product.status()) as unknown as { clockOffsetMs: number }).clockOffsetMs

function stepToFirstDue(left: Json[], nowMs: number): number {
  const due = left.flatMap((each) => (each.due_at === null ? [] : [Number(each.due_at)]))
  return due.length === 0 ? 0 : Math.ceil(Math.min(...due) - nowMs) + 10
}

async function readUnsettled(product: Product): Promise<Json[]> {
  const databases = databasesOf(product)
  const [gateway, vault] = await Promise.all([
    databases.with('gateway', 'tessera_gateway', (client) => client.query(unsettled)),
    databases.with('vault', 'tessera_vault', (client) => client.query(unsent)),
  ])
  return [...gateway.rows, ...vault.rows.map((row) => ({ what: 'claim', ...row }))]
}

function summaryOf(left: Json[]): string {
  const kinds = Map.groupBy(left, (each) => each.what)
  return [...kinds].map(([what, each]) => `${each.length} × ${what}`).join(', ')
}
