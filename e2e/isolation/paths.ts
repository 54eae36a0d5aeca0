import type { Acquirer } from '../harness/acquirer.ts'
import type { Answer } from '../harness/api.ts'
import { until } from '../harness/until.ts'
import type { Callers } from './callers.ts'
import type { MarkedCard, Marks } from './marks.ts'
import { sendInOneCall, wrongInOneCall } from './server-payments.ts'
import { wrongBodies } from './wrong-bodies.ts'

/** Every way in which a card passes through the product, or is brought to a place where it must not be. */
export async function sendMarkedCards(marks: Marks, callers: Callers, acquirer: Acquirer): Promise<void> {
  await sendGoodCards(marks, callers)
  await sendIntoDoubt(marks, callers, acquirer)
  await sendSavedCard(marks, callers)
  await sendInOneCall(marks, callers, acquirer)
  await wrongInOneCall(marks, callers)
  await wrongBodies.toVault(marks, callers)
  await wrongBodies.toGateway(marks, callers)
}

async function sendGoodCards(marks: Marks, callers: Callers): Promise<void> {
  const paid = await callers.pay(marks.card('success'))
  expectStatus(paid, 'completed')
  await callers.toGateway({ path: pathOf(paid, '/refund'), body: { amount: 5, reason: 'wrong size' } })

  const grouped = marks.card('success, grouped by spaces')
  const spaced = grouped.number.replace(/(.{4})(?=.)/g, '$1 ')
  expectStatus(await callers.pay(grouped, {}, { number: spaced, cardholder_name: 'ADA LOVELACE' }), 'completed')

  const declined = await callers.pay(marks.card('decline'), {}, { cardholder_name: 'DECLINED' })
  expectStatus(declined, 'failed')

  const manual = await callers.pay(marks.card('capture and refund'), { capture_method: 'manual' })
  await callers.toGateway({ path: pathOf(manual, '/capture'), body: { amount: 10 } })
  await callers.toGateway({ path: pathOf(manual, '/refund'), body: {} })

  const voided = await callers.pay(marks.card('void'), { capture_method: 'manual' })
  await callers.toGateway({ path: pathOf(voided, '/void'), body: {} })

  // A published number: here only its four-digit security code is looked for.
  expectStatus(await callers.pay(marks.card('four-digit security code', '378282246310005')), 'completed')
  await callers.tokenOf(marks.card('token that nobody uses'))
}

async function sendIntoDoubt(marks: Marks, callers: Callers, acquirer: Acquirer): Promise<void> {
  const kinds = ['reset_after', 'http_500_after', 'garbage_after', 'truncate_after', 'duplicate_answer', 'reset_before']
  for (const kind of kinds) {
    const card = marks.card(`doubt: ${kind}`)
    await acquirer.faults([
      { match: { operation: 'authorize', last4: card.number.slice(-4) }, fault: { kind }, times: 1 },
    ])
    await callers.pay(card)
  }
  const silent = marks.card('doubt: time-out')
  const match = { operation: 'authorize', last4: silent.number.slice(-4) }
  await acquirer.faults([{ match, fault: { kind: 'never_answer' }, times: 1 }])
  const pending = await callers.pay(silent)
  await until(async () => (await read(callers, pending)).status === 'completed', {
    withinMs: 30_000,
    what: 'the payment whose acquirer never answered',
  })
}

async function sendSavedCard(marks: Marks, callers: Callers): Promise<void> {
  const saved = await callers.pay(marks.card('saved card'), { save_card: true, customer_id: 'cus-marked' })
  const { payment_method_id } = await read(callers, saved)
  if (!payment_method_id) throw new Error(`the card was not saved: ${saved.text}`)
  const charge = { amount: 9, currency: 'USD', payment_method_id, customer_id: 'cus-marked' }
  expectStatus(await callers.toGateway({ path: '/v1/payments', body: charge }), 'completed')
  expectStatus(
    await callers.toGateway({ path: '/v1/payments', body: { ...charge, initiator: 'merchant' } }),
    'completed',
  )
  const erased = await callers.pay(marks.card('erased card'), { save_card: true, customer_id: 'cus-erased' })
  const method = (await read(callers, erased)).payment_method_id
  await callers.toGateway({ method: 'DELETE', path: `/v1/customers/payment-methods/${method}` })
}

/** The marker that may be stored: in both databases, in memory, in answers, webhooks and what the acquirer is sent. */
export async function plant(marks: Marks, callers: Callers): Promise<void> {
  expectStatus(await payPlanted(marks, callers), 'completed')
}

/** With the marker, whatever becomes of the payment. */
export function payPlanted(marks: Marks, callers: Callers): Promise<Answer> {
  const card: MarkedCard = marks.card('card of the planted payment')
  const named = { external_id: marks.planted, product_name: `order ${marks.planted}` }
  return callers.pay(
    card,
    { ...named, save_card: true, customer_id: 'cus-planted' },
    { cardholder_name: `PLANTED ${marks.planted}` },
  )
}

async function read(callers: Callers, answer: Answer) {
  return (await callers.toGateway({ method: 'GET', path: pathOf(answer) })).json
}

const pathOf = (answer: Answer, call = '') => `/v1/payments/${answer.json.transaction_id}${call}`

function expectStatus(answer: Answer, status: string): void {
  if (answer.json?.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`)
}
