import { cardTexts, strayNumbers } from './card-texts.ts'
import { type BodyCase, notAmounts } from './payment-cases.ts'
import type { Refusal } from './refusal.ts'
import type { Possessions } from './world.ts'

/** A body case of a call other than the creation of a payment. */
export interface CallCase extends BodyCase {
  /** `METHOD /path/{id}` of the document. */
  call: string
  /** Which of the merchant's objects the path names; by default the one that the call would be good for. */
  of?: keyof Possessions
}

const invalid = (...params: string[]): Refusal => ({ status: 400, code: 'validation_error', params })
const amountFault: Refusal = { status: 400, code: 'invalid_amount', params: ['amount'] }
const invalidAmount: Refusal = { status: 400, code: 'invalid_amount' }
const invalidStatus: Refusal = { status: 400, code: 'invalid_status' }

const on =
  (call: string) =>
  (name: string, body: CallCase['body'], refusal: Refusal, of?: CallCase['of']): CallCase => ({
    call,
    name,
    body,
    refusal,
    of,
  })

const capture = on('POST /v1/payments/{id}/capture')
const voiding = on('POST /v1/payments/{id}/void')
const refund = on('POST /v1/payments/{id}/refund')
const block = on('POST /v1/customers/payment-methods/{id}/block')
const addEndpoint = on('POST /v1/webhook_endpoints')
const changeEndpoint = on('PATCH /v1/webhook_endpoints/{id}')
const rotate = on('POST /v1/webhook_endpoints/{id}/rotate_secret')
const tryEndpoint = on('POST /v1/webhook_endpoints/{id}/test')
const resend = on('POST /v1/events/{id}/resend')

/** A text that is stored: wrong types, too much of it, a zero byte, card numbers. */
function textFaults(make: ReturnType<typeof on>, field: string): CallCase[] {
  return [
    ...[17, true, ['a'], { a: 1 }].map((value) =>
      make(`${field} ${JSON.stringify(value)}`, { [field]: value }, invalid(field)),
    ),
    make(`${field} of 60,000 characters`, { [field]: 'x'.repeat(60_000) }, invalid(field)),
    make(`a zero byte in ${field}`, { [field]: 'a\0b' }, invalid(field)),
    ...cardTexts.map((text, index) =>
      make(`a card number in ${field} (${index + 1})`, { [field]: text }, invalid(field)),
    ),
  ]
}

const amountFaults = (make: ReturnType<typeof on>): CallCase[] => [
  ...notAmounts.map(([name, json]) => make(`an amount of ${name}`, `{"amount":${json}}`, amountFault)),
  make('more decimals than dollars have', { amount: '1.005' }, invalidAmount),
  make('more than there is', { amount: 41.01 }, invalidAmount),
  make('far more than there is', { amount: '9007199254740993.07' }, invalidAmount),
]

const paymentCalls: CallCase[] = [
  ...amountFaults(capture),
  capture('final as a text', { final: 'no' }, invalid('final')),
  capture('final as a number', { final: 0 }, invalid('final')),
  capture('two faults at once', { amount: [], final: 1 }, invalid('amount', 'final')),
  capture('a captured payment', {}, invalidStatus, 'captured'),
  capture('a voided payment', {}, invalidStatus, 'voided'),
  capture('a payment that nobody has paid', {}, invalidStatus, 'hosted'),
  ...textFaults(voiding, 'reason'),
  voiding('a captured payment', {}, invalidStatus, 'captured'),
  voiding('a voided payment', {}, invalidStatus, 'voided'),
  ...amountFaults(refund),
  ...textFaults(refund, 'reason'),
  refund('a currency that is a number', { currency: 840 }, invalid('currency')),
  refund('a currency of four letters', { currency: 'usdx' }, invalid('currency')),
  refund('another currency', { currency: 'eur' }, { status: 400, code: 'validation_error' }),
  refund('three faults at once', { amount: '', currency: 840, reason: 5 }, invalid('amount', 'currency', 'reason')),
  refund('an authorized payment', {}, invalidStatus, 'authorized'),
  refund('a voided payment', {}, invalidStatus, 'voided'),
  refund('a payment that nobody has paid', {}, invalidStatus, 'hosted'),
]

const cardCalls: CallCase[] = [
  ...textFaults(block, 'reason'),
  block('no reason', '{}', invalid('reason')),
  block('an empty body', '', invalid('reason')),
]

const endpointFields = (make: ReturnType<typeof on>): CallCase[] => [
  ...textFaults(make, 'description'),
  ...[17, true, ['https://shop.example'], { href: 'https://shop.example' }].map((url) =>
    make(`the URL ${JSON.stringify(url)}`, { url }, invalid('url')),
  ),
  make('a URL of 3,000 characters', { url: `https://shop.example/${'x'.repeat(3_000)}` }, invalid('url')),
  make('a card number in the URL', { url: `https://shop.example/?card=${strayNumbers.visa}` }, invalid('url')),
  make('events as a text', { event_types: 'payment.succeeded' }, invalid('event_types')),
  make('no events at all', { event_types: [] }, invalid('event_types')),
  make('an unknown event', { event_types: ['payment.succeeded', 'payment.imagined'] }, invalid('event_types.1')),
  make('a number among the events', { event_types: [5] }, invalid('event_types.0')),
]

const webhookCalls: CallCase[] = [
  ...endpointFields(addEndpoint),
  addEndpoint('no URL', '{}', invalid('url')),
  addEndpoint('null for the URL', { url: null }, invalid('url')),
  addEndpoint('an unknown dialect', { dialect: 'v9' }, invalid('dialect')),
  ...endpointFields(changeEndpoint),
  changeEndpoint('null for the URL', { url: null }, invalid('url')),
  changeEndpoint('an unknown status', { status: 'paused' }, invalid('status')),
  changeEndpoint('a status as a boolean', { status: true }, invalid('status')),
  ...[-1, 1_000_000, '24', true, [24], { hours: 24 }].map((hours) =>
    rotate(`an overlap of ${JSON.stringify(hours)}`, { overlap_hours: hours }, invalid('overlap_hours')),
  ),
  ...['payment.imagined', 5, [], {}].map((type) =>
    tryEndpoint(`the event ${JSON.stringify(type)}`, { event_type: type }, invalid('event_type')),
  ),
  ...[5, [], {}, true].map((id) =>
    resend(`to the endpoint ${JSON.stringify(id)}`, { endpoint_id: id }, invalid('endpoint_id')),
  ),
  resend(
    'to an endpoint that nobody has',
    { endpoint_id: 'whe_01jd0000000000000000000000' },
    { status: 404, code: 'not_found' },
  ),
]

export const callCases: readonly CallCase[] = [...paymentCalls, ...cardCalls, ...webhookCalls]

/** Query strings that a list refuses. */
export interface QueryCase {
  path: string
  params: readonly string[]
}

const limits = ['0', '-1', '101', '1.5', '1e1', '0x1', ' 5', 'ten', '', '99999999999999999999']
const everyList = ['/v1/payments', '/v1/events'].flatMap((path): QueryCase[] => [
  ...limits.map((limit) => ({ path: `${path}?limit=${encodeURIComponent(limit)}`, params: ['limit'] })),
  { path: `${path}?limit=5&limit=6`, params: ['limit'] },
  { path: `${path}?starting_after=x`, params: ['starting_after'] },
  { path: `${path}?starting_after=`, params: ['starting_after'] },
  { path: `${path}?starting_after=tx_01jd0000000000000000000000`, params: ['starting_after'] },
  { path: `${path}?starting_after=evt_01jd0000000000000000000000`, params: ['starting_after'] },
  { path: `${path}?starting_after=%00`, params: ['starting_after'] },
  { path: `${path}?limit=0&starting_after=x`, params: ['limit', 'starting_after'] },
])

export const queryCases: readonly QueryCase[] = [
  ...everyList,
  ...['paid', '', 'Completed', 'completed,failed'].map((status) => ({
    path: `/v1/payments?status=${status}`,
    params: ['status'],
  })),
  ...['yesterday', '1700000000', '2026-13-01T00:00:00Z', '2026-01-01T00:00:00', ''].flatMap((time) => [
    { path: `/v1/payments?created_gte=${time}`, params: ['created_gte'] },
    { path: `/v1/payments?created_lte=${time}`, params: ['created_lte'] },
  ]),
  ...['external_id', 'customer_id'].flatMap((name) => [
    ...cardTexts.map((text) => ({ path: `/v1/payments?${name}=${encodeURIComponent(text)}`, params: [name] })),
    { path: `/v1/payments?${name}=${'x'.repeat(256)}`, params: [name] },
    { path: `/v1/payments?${name}=a%00b`, params: [name] },
    { path: `/v1/payments?${name}=a&${name}=b`, params: [name] },
  ]),
  {
    path: '/v1/payments?status=paid&limit=x&created_gte=x&external_id=a%00',
    params: ['status', 'limit', 'created_gte', 'external_id'],
  },
  { path: '/v1/events?type=payment.imagined', params: ['type'] },
  { path: '/v1/customers//payment-methods', params: ['customer_id'] },
  { path: `/v1/customers/${'x'.repeat(256)}/payment-methods`, params: ['customer_id'] },
  { path: `/v1/customers/${encodeURIComponent(strayNumbers.visa)}/payment-methods`, params: ['customer_id'] },
  { path: `/v1/customers/${encodeURIComponent('4111 1111 1111 1111')}/payment-methods`, params: ['customer_id'] },
]
