import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@tessera/lib/random'
import { freshNumber } from '../harness/cards.ts'
import type { Order, SeenAnswer, ShopRequest } from './orders.ts'
import { statusOf } from './orders.ts'
import { persist, type ShopParts, tokenFor } from './shop.ts'

/** One order from card to whatever the shop wants of it. */
type Journey = (visit: Visit) => Promise<unknown>

interface Visit {
  parts: ShopParts
  order: Order
  /** Another payment on the same visit. */
  another(): Order
}

const pendingRefundCards = ['4000000000007726', '4000000000005126']
/** Disputed once they are settled. */
const disputeCards = ['4000000000000259', '4000000000002685']

/** How often each is taken, in a hundred. */
const journeys: [share: number, journey: Journey][] = [
  [27, (visit) => pay(visit)],
  [10, (visit) => payThen(visit, 'manual', async () => capture(visit, {}))],
  [7, (visit) => payThen(visit, 'manual', async () => capture(visit, { amount: part(visit) }))],
  [5, (visit) => payThen(visit, 'manual', () => captureTwice(visit))],
  [5, (visit) => payThen(visit, 'manual', () => captureAndVoid(visit))],
  [7, (visit) => payThen(visit, 'manual', async () => voidIt(visit))],
  [4, (visit) => payThen(visit, 'manual', () => Promise.all([capture(visit, {}), voidIt(visit)]))],
  [8, (visit) => payThen(visit, 'automatic', async () => refund(visit, { amount: part(visit) }))],
  [4, (visit) => payThen(visit, 'automatic', async () => refund(visit, {}))],
  [4, (visit) => payThen(visit, 'automatic', () => refundTwiceAtOnce(visit))],
  [
    3,
    (visit) => payThen(visit, 'automatic', async () => refund(visit, {}), { number: pick(visit, pendingRefundCards) }),
  ],
  [2, (visit) => pay(visit, { card: { number: pick(visit, disputeCards) } })],
  [2, (visit) => payThen(visit, 'automatic', () => refundWhileDisputed(visit), { number: pick(visit, disputeCards) })],
  [6, (visit) => pay(visit, { card: { cardholder_name: 'DECLINED' } })],
  [7, (visit) => saveAndChargeAgain(visit)],
  [3, (visit) => payTwiceAtOnce(visit)],
]

/** Orders, one after the other, until told to stop. */
export async function keepShopping(
  parts: ShopParts,
  name: string,
  stop: AbortSignal,
  onOrder: (order: Order) => void,
): Promise<void> {
  let count = 0
  function newOrder(amountMinor = 100 + Math.floor(parts.random.unit() * 9_900)): Order {
    count += 1
    const order: Order = { name: `${name}-${count}`, amountMinor, requests: [], transactionId: null }
    onOrder(order)
    return order
  }
  while (!stop.aborted) {
    const order = newOrder()
    await choose(parts.random)({ parts, order, another: () => newOrder(order.amountMinor) })
  }
}

function choose(random: Random): Journey {
  let left = random.unit() * journeys.reduce((sum, [share]) => sum + share, 0)
  for (const [share, journey] of journeys) {
    left -= share
    if (left < 0) return journey
  }
  return pay
}

interface Payment {
  captureMethod?: 'automatic' | 'manual'
  card?: Record<string, unknown>
  more?: Record<string, unknown>
}

async function pay(visit: Visit, payment: Payment = {}): Promise<SeenAnswer | null> {
  const request = await paymentRequest(visit, payment)
  return request && persist(visit.parts, visit.order, request)
}

async function paymentRequest({ parts, order }: Visit, payment: Payment): Promise<ShopRequest | null> {
  const token = await tokenFor(parts, { number: freshNumber(), ...payment.card })
  if (token === null) return null
  return requestOf(order, 'create', '/v1/payments', {
    amount: order.amountMinor / 100,
    currency: 'USD',
    external_id: order.name,
    capture_method: payment.captureMethod ?? 'automatic',
    token,
    ...payment.more,
  })
}

/** What comes next is tried on anything but a failure: on a payment in doubt it is refused, or waits like the payment. */
async function payThen(
  visit: Visit,
  captureMethod: 'automatic' | 'manual',
  next: () => Promise<unknown>,
  card: Record<string, unknown> = {},
): Promise<void> {
  const answer = await pay(visit, { captureMethod, card })
  if (answer === null || visit.order.transactionId === null || statusOf(answer) === 'failed') return
  await next()
}

async function captureTwice(visit: Visit): Promise<void> {
  await capture(visit, { amount: part(visit), final: false })
  await capture(visit, {})
}

async function captureAndVoid(visit: Visit): Promise<void> {
  await capture(visit, { amount: part(visit), final: false })
  await voidIt(visit)
}

/** Together they are never more than the payment. */
async function refundTwiceAtOnce(visit: Visit): Promise<void> {
  const half = Math.floor(visit.order.amountMinor / 2) / 100
  await Promise.all([refund(visit, { amount: half }), refund(visit, { amount: half })])
}

/** Before, while or after the acquirer's dispute comes to be known: whatever is refused must be refused on both sides. */
async function refundWhileDisputed(visit: Visit): Promise<void> {
  await sleep(visit.parts.random.unit() * 6_000)
  await refund(visit, { amount: part(visit) })
}

async function saveAndChargeAgain(visit: Visit): Promise<void> {
  const { order, parts } = visit
  const customer_id = `cus-${order.name}`
  await pay(visit, { more: { save_card: true, customer_id } })
  if (order.transactionId === null) return
  const saved = await parts.api.get(`/v1/payments/${order.transactionId}`).catch(() => null)
  const payment_method_id = saved?.json?.payment_method_id
  if (!payment_method_id) return
  const again = visit.another()
  const body = { amount: again.amountMinor / 100, currency: 'USD', external_id: again.name }
  const initiator = parts.random.unit() < 0.5 ? 'merchant' : 'customer'
  const request = { ...body, payment_method_id, customer_id, initiator }
  await persist(parts, again, requestOf(again, 'create', '/v1/payments', request))
}

/** The same request twice at the same moment, as when a shop's queue delivers a job twice. */
async function payTwiceAtOnce(visit: Visit): Promise<void> {
  const request = await paymentRequest(visit, {})
  if (request === null) return
  const twin: ShopRequest = { ...request, answers: [] }
  await Promise.all([persist(visit.parts, visit.order, request), persist(visit.parts, visit.order, twin)])
}

const capture = (visit: Visit, body: Record<string, unknown>) => change(visit, 'capture', body)
const refund = (visit: Visit, body: Record<string, unknown>) => change(visit, 'refund', body)
const voidIt = (visit: Visit) => change(visit, 'void', {})

async function change(visit: Visit, what: ShopRequest['what'], body: Record<string, unknown>): Promise<void> {
  const { order, parts } = visit
  // Some come at once, some while the answer before them is still being digested.
  if (parts.random.unit() < 0.3) await sleep(parts.random.unit() * 200)
  await persist(parts, order, requestOf(order, what, `/v1/payments/${order.transactionId}/${what}`, body))
}

function requestOf(order: Order, what: ShopRequest['what'], path: string, body: Record<string, unknown>): ShopRequest {
  return { what, path, body, key: `${order.name}-${what}-${order.requests.length}`, answers: [] }
}

/** Some of the amount, at least a cent of it and never all. */
const part = ({ order, parts }: Visit): number => (1 + Math.floor(parts.random.unit() * (order.amountMinor - 1))) / 100

const pick = <T>({ parts }: Visit, choices: T[]): T => choices[Math.floor(parts.random.unit() * choices.length)] as T
