import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorization, type RunningSandbox, runSandbox, send } from '../testing/running-sandbox.ts'

let sandbox: RunningSandbox
beforeEach(async () => {
  sandbox = await runSandbox()
})
afterEach(() => sandbox.stop())

const authorize = (reference: string, more: Parameters<typeof authorization>[1] = {}) =>
  sandbox.call('POST', '/v1/authorizations', authorization(reference, more))
const modify = (
  collection: string,
  reference: string,
  body: Record<string, unknown>,
  authorizationReference = 'att_1',
) => sandbox.call('POST', `/v1/authorizations/${authorizationReference}/${collection}`, { reference, ...body })
const inquire = (reference: string, account?: string) =>
  sandbox.call('GET', `/v1/references/${reference}`, undefined, account)

describe('an authorization', () => {
  test('that is approved says what it holds and until when', async () => {
    const { status, json } = await authorize('att_1')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      reference: 'att_1',
      status: 'approved',
      response_code: '00',
      cvc_result: 'M',
      amount_minor: 1762,
      currency: 'usd',
      captured: false,
      capture_before: '2030-01-22T12:00:00.000Z',
    })
    expect(json.network_transaction_id).toMatch(/^\d{15}$/)
  })

  test('that is repeated gets the first answer, byte for byte, and is in the ledger once', async () => {
    const first = await authorize('att_1', { capture: true })
    sandbox.clock.advance(1000)
    expect((await authorize('att_1', { capture: true })).body).toBe(first.body)
    expect(await sandbox.ledger()).toHaveLength(1)
  })

  test('that a hundred callers send at once is in the ledger once, and all get one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => authorize('att_1')))
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1)
    expect(await sandbox.ledger()).toHaveLength(1)
  })

  test.each([
    { amount_minor: 1763 },
    { currency: 'eur' },
    { capture: true },
    { initiator: 'merchant' },
    { card: { number: '4111111111111111' } },
    { card: { exp_year: 2033 } },
  ])('that comes again with %o is refused with 409 and changes nothing', async (change) => {
    const first = await authorize('att_1')
    expect(await authorize('att_1', change)).toMatchObject({
      status: 409,
      json: { error: { code: 'reference_reused' } },
    })
    expect((await inquire('att_1')).json.id).toBe(first.json.id)
    expect(await sandbox.ledger()).toHaveLength(1)
  })

  test('of another account may bear the same reference', async () => {
    await authorize('att_1')
    const other = await sandbox.call('POST', '/v1/authorizations', authorization('att_1', { amount_minor: 5 }), 'mer_2')
    expect(other.json).toMatchObject({ status: 'approved', amount_minor: 5 })
    expect((await inquire('att_1', 'mer_2')).json.amount_minor).toBe(5)
    expect(await sandbox.ledger('mer_2')).toHaveLength(1)
  })

  test('leaves neither number nor CVC in the journal or in any answer', async () => {
    const number = '4111111111111111'
    const { body } = await authorize('att_1', { card: { number, cvc: '8831' } })
    const seen = [body, (await inquire('att_1')).body, await sandbox.journalText()]
    seen.push(JSON.stringify(await sandbox.ledger()))
    // The plant must be found where it was put, or the search below proves nothing.
    expect([...seen, number].filter((text) => text.includes(number))).toEqual([number])
    expect(seen.filter((text) => text.includes('8831'))).toEqual([])
  })
})

describe('a capture', () => {
  test('takes part of the amount and keeps the rest for another, unless it is final', async () => {
    await authorize('att_1')
    expect((await modify('captures', 'cap_1', { amount_minor: 1000, final: false })).json).toMatchObject({
      status: 'succeeded',
      released_minor: 0,
    })
    expect((await modify('captures', 'cap_2', { amount_minor: 700, final: true })).json).toMatchObject({
      status: 'succeeded',
      released_minor: 62,
    })
    expect((await inquire('att_1')).json).toMatchObject({ captured_minor: 1700, released_minor: 62 })
    expect((await modify('captures', 'cap_3', { amount_minor: 1, final: true })).json.code).toBe('already_captured')
  })

  test('beyond what is held is refused, and the same reference stays refused', async () => {
    await authorize('att_1')
    const refused = await modify('captures', 'cap_1', { amount_minor: 1763, final: true })
    expect(refused).toMatchObject({ status: 422, json: { status: 'refused', code: 'amount_too_large' } })
    expect((await modify('captures', 'cap_1', { amount_minor: 1763, final: true })).body).toBe(refused.body)
    expect((await inquire('cap_1')).json).toMatchObject({ status: 'refused', code: 'amount_too_large' })
    expect((await inquire('att_1')).json.captured_minor).toBe(0)
  })

  test('that fifty callers ask for at once never takes more than was authorized', async () => {
    await authorize('att_1', { amount_minor: 1000 })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => modify('captures', `cap_${index}`, { amount_minor: 100, final: false })),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(10)
    expect((await inquire('att_1')).json.captured_minor).toBe(1000)
  })

  test('comes too late after seven days', async () => {
    await authorize('att_1')
    sandbox.clock.advance(7 * 24 * 3_600_000 + 1)
    expect((await modify('captures', 'cap_1', { amount_minor: 1, final: true })).json.code).toBe(
      'authorization_expired',
    )
  })

  test('of a declined authorization is refused; of an unknown one it is 404 and leaves no trace', async () => {
    await authorize('att_1', { card: { number: '4000000000000002' } })
    expect((await modify('captures', 'cap_1', { amount_minor: 1, final: true })).json.code).toBe('not_capturable')
    expect((await modify('captures', 'cap_2', { amount_minor: 1, final: true }, 'att_9')).status).toBe(404)
    expect((await inquire('cap_2')).status).toBe(404)
  })
})

describe('a reversal', () => {
  test('gives back what is not captured', async () => {
    await authorize('att_1')
    await modify('captures', 'cap_1', { amount_minor: 1000, final: false })
    expect((await modify('reversals', 'rev_1', { amount_minor: null })).json).toMatchObject({
      status: 'succeeded',
      effect: 'released',
      amount_minor: 762,
    })
  })

  test('undoes a sale as a whole, until some of it is refunded', async () => {
    await authorize('att_1', { capture: true })
    expect((await modify('reversals', 'rev_1', { amount_minor: 1762 })).json).toMatchObject({
      effect: 'undone',
      amount_minor: 1762,
    })
    expect((await inquire('att_1')).json).toMatchObject({ captured_minor: 0, released_minor: 1762 })
    await authorize('att_2', { capture: true })
    await modify('refunds', 'ref_1', { amount_minor: 1 }, 'att_2')
    expect((await modify('reversals', 'rev_2', { amount_minor: null }, 'att_2')).json.code).toBe('already_refunded')
  })

  test('of what a capture took is refused', async () => {
    await authorize('att_1')
    await modify('captures', 'cap_1', { amount_minor: 1762, final: true })
    expect((await modify('reversals', 'rev_1', { amount_minor: null })).json.code).toBe('already_captured')
  })

  test('of a declined or an already reversed authorization is taken and finds nothing', async () => {
    await authorize('att_1', { card: { number: '4000000000000002' } })
    expect((await modify('reversals', 'rev_1', { amount_minor: null })).json.effect).toBe('nothing_held')
    await authorize('att_2')
    await modify('reversals', 'rev_2', { amount_minor: null }, 'att_2')
    expect((await modify('reversals', 'rev_3', { amount_minor: 1762 }, 'att_2')).json).toMatchObject({
      status: 'succeeded',
      effect: 'nothing_held',
      amount_minor: 0,
    })
  })

  test('that comes before its authorization stops it, also across a restart', async () => {
    expect((await modify('reversals', 'rev_1', { amount_minor: 1762 })).json).toMatchObject({
      status: 'succeeded',
      effect: 'nothing_held',
    })
    await sandbox.restart()
    expect((await authorize('att_1', { capture: true })).json).toMatchObject({
      status: 'declined',
      response_code: '12',
      captured: false,
    })
  })
})

describe('a refund', () => {
  test('gives back up to what was captured, whoever asks at once', async () => {
    await authorize('att_1', { capture: true, amount_minor: 1000 })
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => modify('refunds', `ref_${index}`, { amount_minor: 300 })),
    )
    expect(answers.map((answer) => answer.json.code).filter((code) => code === null)).toHaveLength(3)
    expect((await inquire('att_1')).json).toMatchObject({ captured_minor: 1000, refunded_minor: 900 })
  })

  test('of what was never captured is refused', async () => {
    await authorize('att_1')
    expect((await modify('refunds', 'ref_1', { amount_minor: 1 })).json.code).toBe('not_refundable')
  })

  test.each([
    ['4000000000007726', 'succeeded', 1762],
    ['4000000000005126', 'failed', 0],
  ])('of the card %s is pending for ten seconds, then %s', async (number, settled, refundedMinor) => {
    await authorize('att_1', { capture: true, card: { number } })
    expect((await modify('refunds', 'ref_1', { amount_minor: 1762 })).json.status).toBe('pending')
    expect((await modify('refunds', 'ref_2', { amount_minor: 1 })).json.code).toBe('amount_too_large')
    sandbox.clock.advance(9_999)
    expect((await inquire('ref_1')).json.status).toBe('pending')
    sandbox.clock.advance(1)
    expect((await inquire('ref_1')).json.status).toBe(settled)
    await sandbox.restart()
    expect((await inquire('ref_1')).json.status).toBe(settled)
    expect((await inquire('att_1')).json).toMatchObject({ refunded_minor: refundedMinor, refund_pending_minor: 0 })
  })
})

describe('the server', () => {
  test('answers 404 for a reference that it does not know', async () => {
    expect(await inquire('att_9')).toMatchObject({ status: 404, json: { status: 'not_found', reference: 'att_9' } })
  })

  test.each([
    ['POST', '/v1/authorizations', '{', 400],
    ['POST', '/v1/authorizations', '[]', 400],
    ['POST', '/v1/authorizations', '', 400],
    ['POST', '/v1/authorizations', '{"reference":"a","reference":"b"}', 400],
    ['POST', '/v1/authorizations', JSON.stringify(authorization('att 1')), 400],
    ['POST', '/v1/authorizations', JSON.stringify(authorization('att_1', { amount_minor: 1.5 })), 400],
    ['POST', '/v1/authorizations', JSON.stringify(authorization('att_1', { card: { number: '4242' } })), 400],
    ['POST', '/v1/authorizations', 'x'.repeat(20_000), 413],
    ['GET', '/v1/authorizations', undefined, 404],
    ['POST', '/v1/authorizations/att_1/settlements', '{}', 404],
    ['GET', '/v1/references/a/b', undefined, 404],
    ['GET', '/v1/references/..%2f', undefined, 404],
    ['PATCH', '/sandbox/faults', undefined, 404],
    ['GET', '/', undefined, 404],
  ])('answers %s %s with the body %j by %i and writes nothing', async (method, path, body, status) => {
    const answer = await send(undefined, `${sandbox.url}${path}`, method, body, { authorization: 'Bearer sbx_mer_1' })
    expect(answer.status).toBe(status)
    expect(answer.body).not.toContain('424242')
    expect(await sandbox.journalText()).toBe('')
  })

  test.each(['', 'Bearer ', 'Bearer tsk_test_1', 'sbx_mer_1'])('refuses the key "%s"', async (authorizationHeader) => {
    const answer = await send(undefined, `${sandbox.url}/v1/references/att_1`, 'GET', undefined, {
      authorization: authorizationHeader,
    })
    expect(answer.status).toBe(401)
  })
})
