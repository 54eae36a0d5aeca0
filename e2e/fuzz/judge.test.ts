import { describe, expect, it } from 'vitest'
import type { Case } from './cases.ts'
import { routes } from './documents.ts'
import { faultOf, faultOfLog } from './judge.ts'
import { IdPool, type Parties } from './parties.ts'
import type { Told } from './sending.ts'

/** Each fault that a product could have is put before the judge once. */
const theirs = 'tx_01jd0000000000000000000001'
const keys = (name: string) => ({ publishableKey: `pk_test_${name}`, secretKey: `tsk_test_${name}` })
const parties = {
  mine: keys('mine'),
  theirs: keys('theirs'),
  live: keys('live'),
  readerKey: 'tsk_test_reader',
  owned: new IdPool(),
  foreign: new Set([theirs]),
} as unknown as Parties

const voids = routes.find(({ name }) => name === 'POST /v1/payments/{id}/void') as Case['route']
const lists = routes.find(({ name }) => name === 'GET /v1/payments') as Case['route']
const one = (more: Partial<Case> = {}): Case => ({
  index: 0,
  route: voids,
  host: 'gateway',
  caller: 'mine',
  target: '/v1/payments/x/void',
  isOfRoute: true,
  namesForeign: false,
  headers: {},
  idempotencyKey: null,
  body: null,
  ...more,
})
const error = {
  type: 'invalid_request_error',
  code: 'invalid_status',
  message: 'No.',
  request_id: 'rq_1',
  doc_url: 'x',
}
const told = (status: number, body: unknown, headers: Told['headers'] = {}): Told => ({
  status,
  headers: { 'x-request-id': 'rq_1', 'content-type': 'application/json; charset=utf-8', ...headers },
  text: typeof body === 'string' ? body : JSON.stringify(body),
})
const refused = (message: string) => told(400, { error: { ...error, message } })
const list = (data: unknown[]) => told(200, { data, has_more: false })

it('an honest refusal and an empty list are no faults', () => {
  expect(faultOf(one(), refused('No.'), parties)).toBeNull()
  expect(faultOf(one({ route: lists }), list([]), parties)).toBeNull()
})

it('a payment that was declined is no fault, though the bytes of its request were spoilt', () => {
  const creates = routes.find(({ name }) => name === 'POST /v1/payments') as Case['route']
  const payment = {
    ...{ id: 'req_1', transaction_id: 'tx_1', status: 'failed', amount: 12.5, currency: 'eur' },
    ...{
      capture_method: 'automatic',
      external_id: null,
      metadata: null,
      flow_id: 'flow_default',
      payment_type: 'token',
    },
    ...{ payment_url: null, card: null, customer_id: null, created_at: '2026-11-21T21:58:50.248Z' },
    error: {
      ...{ ...error, type: 'payment_error', code: 'insufficient_funds' },
      ...{ category: 'soft_decline', recommended_action: 'use_different_card' },
    },
  }
  expect(faultOf(one({ route: creates, isOfRoute: false }), told(400, payment), parties)).toBeNull()
})

describe('the judge sees', () => {
  it.each<[string, Case, Told, RegExp]>([
    ['a failure', one(), told(500, { error }), /status 500/],
    ['503 without an hour', one(), told(503, { error }), /without Retry-After/],
    ['an answer without its id', one(), told(400, { error }, { 'x-request-id': undefined }), /no X-Request-Id/],
    ['a card number', one(), refused('card 4111 1111 1111 1111 is not known'), /card number/],
    ['a card number in a header', one(), told(400, { error }, { 'x-note': '378282246310005' }), /card number/],
    ['a key', one(), refused('tsk_test_mine is not known'), /a key in the answer/],
    ['a stack', one(), refused('x at run (file:///srv/gateway/main.ts:3:1)'), /of the inside/],
    ['SQL', one(), refused('insert into payments values'), /of the inside/],
    ['what is no JSON', one(), told(400, 'Bad Request'), /no JSON/],
    ['another content type', one(), told(400, { error }, { 'content-type': 'text/plain' }), /content type/],
    ['another shape', one(), told(400, { fault: 'No.' }), /required/],
    ['a status that the document does not name', one(), told(418, { error }), /knows no 418/],
    ['a list without its end', one({ route: lists }), told(200, { data: [] }), /has_more/],
  ])('%s', (_what, asked, answer, fault) => expect(faultOf(asked, answer, parties)).toMatch(fault))

  const done = told(404, { id: 'x' })
  it('a refusal in no known shape, wherever the path leads', () => {
    expect(faultOf(one(), done, parties)).toMatch(/no known error shape/)
  })

  it('a refusal in no known shape, though the call be another one', () => {
    expect(faultOf(one({ isOfRoute: false }), told(400, { id: 'x' }), parties)).toMatch(/no known error shape/)
  })

  it.each<[Partial<Case>, RegExp]>([
    [{ caller: 'nobody' }, /without a key/],
    [{ caller: 'odd' }, /without a key/],
    [{ caller: 'publishable' }, /of the other kind/],
    [{ caller: 'live', namesForeign: true }, /under a live key/],
    [{ caller: 'mine', namesForeign: true }, /another merchant/],
  ])('what is done by %o', (more, fault) => {
    expect(faultOf(one({ route: lists, ...more }), list([]), parties)).toMatch(fault)
  })

  it('what a key of one scope does beyond it', () => {
    const answer = told(200, { id: 'tx_01jd0000000000000000000002', status: 'canceled' })
    const asked = one({ caller: 'reader', isOfRoute: false })
    expect(faultOf(asked, answer, parties)).toMatch(/without its scope/)
  })

  it('an object of another merchant in an answer', () => {
    const asked = one({ route: lists, isOfRoute: false })
    expect(faultOf(asked, list([{ id: theirs }]), parties)).toMatch(/id of another merchant/)
  })

  it('what must not stand in a log', () => {
    expect(faultOfLog('{"event":"request","status":400}', parties)).toBeNull()
    expect(faultOfLog('{"event":"x","note":"4242 4242 4242 4242"}', parties)).toMatch(/card number/)
    expect(faultOfLog('{"event":"x","note":"tsk_test_theirs"}', parties)).toMatch(/a key/)
    expect(faultOfLog('{"event":"request failed"}', parties)).toMatch(/a failure/)
  })
})
