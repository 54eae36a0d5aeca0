import type { Json } from '../../harness/api.ts'
import { type Order, type SeenAnswer, type ShopRequest, statusOf } from '../orders.ts'
import type { Check } from './disagreement.ts'

interface Account {
  order: Order
  /** The payment that the answers named, as its row and as the API shows it. */
  row: Json | undefined
  shown: Json | undefined
  operations: Json[]
}

/** What a shop was told must still be true, and one key stands for one payment. */
export const keepsItsWord: Check = (books) => {
  const byName = Map.groupBy(books.payments, (payment) => payment.external_id)
  const operations = Map.groupBy(books.operations, (operation) => operation.payment_id)
  return books.orders.flatMap((order) => {
    const rows = byName.get(order.name) ?? []
    const [row] = rows
    const shown = row && books.shown.get(`tx_${row.payment_id}`)
    const account: Account = { order, row, shown, operations: (row && operations.get(row.payment_id)) ?? [] }
    const faults = [
      ...(rows.length > 1 ? [`${rows.length} payments for one key`] : []),
      ...(row !== undefined && shown === undefined ? [`${row.payment_id} is not listed by the API`] : []),
      ...faultsOfIdentity(account),
      ...order.requests.flatMap((request) =>
        request.answers.flatMap((answer) => faultsOfAnswer(account, request, answer)),
      ),
    ]
    return faults.map((what) => ({ order: order.name, what }))
  })
}

function faultsOfIdentity({ order, row }: Account): string[] {
  const told = order.requests.flatMap(({ answers }) => answers.flatMap(({ json }) => json?.transaction_id ?? []))
  const ids = new Set(told)
  if (ids.size > 1) return [`one order, but told of ${[...ids].join(' and ')}`]
  const [id] = ids
  if (id === undefined || id === `tx_${row?.payment_id}`) return []
  return [
    row === undefined ? `${id} was acknowledged and is lost` : `told of ${id}, but the payment is ${row.payment_id}`,
  ]
}

function faultsOfAnswer(account: Account, request: ShopRequest, answer: SeenAnswer): string[] {
  const faults = stillTrue[request.what](account, answer)
  return faults.map((what) => `${request.what} was answered ${answer.status} ${statusOf(answer)}: ${what}`)
}

type StillTrue = (account: Account, answer: SeenAnswer) => string[]

const afterPaying = ['completed', 'partially_refunded', 'refunded']
/** Where a payment may be now, after this was told when it was made. */
const laterStatuses: Record<string, string[]> = {
  completed: afterPaying,
  partially_refunded: afterPaying,
  refunded: ['refunded'],
  authorized: ['authorized', 'canceled', ...afterPaying],
  pending: ['authorized', 'failed', 'canceled', ...afterPaying],
  failed: ['failed'],
  canceled: ['canceled'],
}

function stillTrueOfPayment({ order, shown }: Account, answer: SeenAnswer): string[] {
  const told = statusOf(answer)
  // Refused without a payment: the token was gone, for example, as after a crash of the database. A first request with the same
  // key that was still under way may make the payment after that; it finds no card either, and fails.
  if (told === undefined)
    return shown === undefined || shown.status === 'failed'
      ? []
      : [`refused with ${answer.json?.error?.code}, but there is a payment that is ${shown.status}`]
  if (shown === undefined) return ['the payment is gone']
  const faults: string[] = []
  if (!(laterStatuses[told] ?? []).includes(shown.status)) faults.push(`now it is ${shown.status}`)
  const isVoided = order.requests.some((request) => request.what === 'void')
  if (shown.status === 'canceled' && !isVoided) faults.push('now it is canceled, and nobody asked for that')
  return faults
}

function stillTrueOfCapture({ row, operations }: Account, answer: SeenAnswer): string[] {
  if (answer.status !== 200) return []
  const amountMinor = minorOf(answer.json.amount)
  const isThere = operations.some(
    (each) => each.kind === 'capture' && each.state === 'approved' && each.amount_minor === amountMinor,
  )
  const faults = isThere ? [] : [`there is no capture of ${amountMinor}`]
  if (row !== undefined && row.captured_minor < minorOf(answer.json.amount_captured))
    faults.push(`${row.captured_minor} captured now`)
  return faults
}

function stillTrueOfRefund({ operations }: Account, answer: SeenAnswer): string[] {
  const { id, status } = answer.json ?? {}
  if (!id || answer.status >= 300) return []
  const refund = operations.find((each) => each.operation_id === id)
  if (refund === undefined) return [`refund ${id} is gone`]
  if (refund.amount_minor !== minorOf(answer.json.amount)) return [`refund ${id} is of ${refund.amount_minor} now`]
  return status === 'succeeded' && refund.state !== 'approved' ? [`refund ${id} is ${refund.state} now`] : []
}

function stillTrueOfVoid({ row, shown }: Account, answer: SeenAnswer): string[] {
  if (answer.status !== 200 || row === undefined) return []
  const held = row.authorized_minor - row.captured_minor - row.reversed_minor
  const faults = held === 0 ? [] : [`${held} is still held`]
  if (row.captured_minor === 0 && shown?.status !== 'canceled') faults.push(`now it is ${shown?.status}`)
  return faults
}

const stillTrue: Record<ShopRequest['what'], StillTrue> = {
  create: stillTrueOfPayment,
  capture: stillTrueOfCapture,
  refund: stillTrueOfRefund,
  void: stillTrueOfVoid,
}

/** All of this is in dollars. */
const minorOf = (amount: string | number): number => Math.round(Number(amount) * 100)
