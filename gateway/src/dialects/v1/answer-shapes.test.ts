import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { expect, it } from 'vitest'
import { failureOf } from '../../core/payments/failure.ts'
import { CreatedPaymentWire, ModifiedPaymentWire, PaymentListWire, PaymentWire, RefundWire } from './payment-wire.ts'
import { ErrorWire } from './route-documents.ts'
import { aToken, createTestApi, type Json } from './testing/test-api.ts'

/** The schema with nothing allowed beside what it names. */
function closed(schema: TSchema): TSchema {
  const close = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(close)
    if (typeof node !== 'object' || node === null) return node
    const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]))
    return 'properties' in copy ? { ...copy, additionalProperties: false } : copy
  }
  return Type.Unsafe(close(schema) as object)
}

function expectExactly(schema: TSchema, body: Json): void {
  expect([...Compile(closed(schema)).Errors(body)]).toEqual([])
}

it('answers hold exactly what the document says', async () => {
  const api = createTestApi()
  const paid = await api.post('/v1/payments', { amount: 5, currency: 'usd', token: aToken, metadata: { a: 1 } })
  expectExactly(CreatedPaymentWire, paid.json)
  expectExactly(CreatedPaymentWire, (await api.post('/v1/payments', { amount: 5, currency: 'usd' })).json)
  api.payments.next = { payment: { state: 'failed', failure: failureOf('expired_card') } }
  const declined = await api.post('/v1/payments', { amount: 5, currency: 'usd', token: aToken })
  expect(declined.json.error).toBeDefined()
  expectExactly(CreatedPaymentWire, declined.json)

  const payment = api.payments.has(api.mine.caller, 'captured')
  api.payments.hasOperation(payment, 'refund', 'approved', 5)
  const path = `/v1/payments/tx_${payment.paymentId}`
  expectExactly(PaymentWire, (await api.get(path)).json)
  expectExactly(PaymentListWire, (await api.get('/v1/payments')).json)
  api.payments.next = {}
  expectExactly(ModifiedPaymentWire, (await api.post(`${path}/void`)).json)
  expectExactly(ModifiedPaymentWire, (await api.post(`${path}/capture`)).json)
  expectExactly(RefundWire, (await api.post(`${path}/refund`)).json)
  api.payments.next = { operation: { state: 'declined', failure: failureOf('processing_error') } }
  expectExactly(ModifiedPaymentWire, (await api.post(`${path}/capture`)).json)
  expectExactly(RefundWire, (await api.post(`${path}/refund`)).json)
  expectExactly(ErrorWire, (await api.post('/v1/payments', {})).json)
  expectExactly(ErrorWire, (await api.get('/v1/nowhere')).json)
})

it('a field that the document does not name is noticed', () => {
  const keywords = [...Compile(closed(RefundWire)).Errors({ extra: 1 })].map(({ keyword }) => keyword)
  expect(keywords).toEqual(expect.arrayContaining(['additionalProperties', 'required']))
})
