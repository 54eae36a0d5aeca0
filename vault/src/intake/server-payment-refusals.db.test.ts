import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { count } from '../testing/calls.ts'
import { card, number, openCardHost, order } from '../testing/card-host.ts'
import { secretKey } from '../testing/running-vault.ts'

const host = await openCardHost('refusals')
const { vault, post, passedOn, refused } = host

afterAll(host.stop)
beforeEach(host.beginAnew)

describe('a card that is wrong', () => {
  it.each([
    [{ number: '4242424242424241' }, ['card.number']],
    [{ number: Number(number) }, ['card.number']],
    [{ number: '1'.repeat(400) }, ['card.number']],
    [
      { number: '4000056655665557', cvc: 'x', expMonth: 13, expYear: 34 },
      ['card.number', 'card.expMonth', 'card.expYear', 'card.cvc'],
    ],
    [{ expYear: 2020 }, ['card.expYear']],
    [{ number: undefined, cvc: undefined }, ['card.number', 'card.cvc']],
  ])('is told to the gateway by what is wrong, and nothing of it is stored: %j', async (over, params) => {
    const before = await count(vault, 'tokens')
    await post({ ...order, card: { ...card, ...over } })
    const { json, headers } = passedOn()
    expect(json).toEqual({ ...order, card_faults: expect.any(Array) })
    expect(json.card_faults.map((fault: { param: string }) => fault.param)).toEqual(params)
    expect(headers['x-tessera-relay']).toBeDefined()
    expect(await count(vault, 'tokens')).toBe(before)
  })

  it.each([[number], [[card]], [5], [true]])('is no object: %j', async (wrong) => {
    await post({ ...order, card: wrong })
    expect(passedOn().json).toEqual({ ...order, card_faults: [{ param: 'card', message: 'must be an object' }] })
  })

  it('is a test card in live mode, and a real one in test mode', async () => {
    await post({ ...order, card }, { 'x-inflow-api-key': 'tsk_live_k8_everything' })
    expect(passedOn().json.card_faults[0].param).toBe('card.number')
    await post({ ...order, card: { ...card, number: '4532015112830366' } })
    expect(passedOn().json.card_faults[0].param).toBe('card.number')
  })
})

describe('a request that goes no further', () => {
  it('has no key, or none that counts', async () => {
    for (const headers of [
      { 'x-inflow-api-key': '' },
      { 'x-inflow-api-key': 'tsk_test_nobody' },
      { 'x-inflow-api-key': 'tsk_test_expired' },
    ]) {
      expect(await refused({ ...order, card }, headers)).toEqual({
        status: 401,
        message: 'Unauthorized',
        error: 'Unauthorized',
      })
    }
  })

  it('has a key that may not do this', async () => {
    const text = async (name: string) => {
      const { status, message } = await refused({ ...order, card }, { 'x-inflow-api-key': name })
      expect(status).toBe(403)
      return message
    }
    expect(await text('tsk_test_s2s_off')).toBe(
      'Not authorized to create payment, server to server payment not enabled, please contact support',
    )
    expect(await text('tsk_test_inactive')).toMatch(/switched off/)
    expect(await text('pk_test_public_key')).toMatch(/private key/)
    expect(await text('inflow_pub_test_public_key')).toMatch(/private key/)
    expect(await text(secretKey)).toMatch(/payments:write/)
  })

  it.each([
    ['no JSON', 'card=4242424242424242'],
    ['a list', '[1]'],
    ['a card twice', `{"card":${JSON.stringify(card)},"c\\u0061rd":${JSON.stringify(card)}}`],
    ['a number twice', `{"card":{"number":"${number}","number":"${number}"}}`],
    ['half a body', JSON.stringify({ ...order, card }).slice(0, -3)],
    ['deep nesting', `{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`],
    ['no UTF-8', Buffer.from('{"a":"\xff"}', 'latin1')],
  ])('has a body that is %s', async (_what, body) => {
    expect(await refused(body)).toMatchObject({
      status: 400,
      error: 'Bad Request',
      message: expect.stringMatching(/^The body/),
    })
  })

  it.each([
    ['beside its card', { ...order, card, firstName: `x ${number}` }, 'firstName'],
    ['instead of a card', { ...order, metadatas: { a: ['5555-5555-5555-4444'] } }, 'metadatas'],
    ['in a card of another name', { ...order, payment: { card } }, 'payment'],
    ['in a card with a capital', { ...order, Card: card }, 'Card'],
    ['as a number', { ...order, n: 4242424242424242 }, 'n'],
    ['as a key', { ...order, [number]: 1 }, '?'],
    ['in escapes', `{"card_number":"\\u0034242424242424242"}`, 'card_number'],
  ])('holds a card number %s', async (_what, body, member) => {
    const { status, message } = await refused(body)
    expect(status).toBe(400)
    expect(message).toEqual([`${member} must not hold a card number: a card belongs in card.number`])
  })

  it('hides the number of its card among other digits', async () => {
    expect(await refused({ ...order, card, note: `0000${number}0000` })).toMatchObject({
      message: ['card.number must not stand anywhere else in the body'],
    })
  })

  it('has a card number as its idempotency key', async () => {
    const { message } = await refused({ ...order, card }, { 'idempotency-key': number })
    expect(message[0]).toMatch(/^Idempotency-Key /)
  })

  it('is of another kind', async () => {
    expect(await refused({ ...order, card }, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
    expect(await refused({ ...order, card }, { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 })
    expect(await refused({ ...order, card, filler: 'x'.repeat(66_000) })).toMatchObject({ status: 413 })
    for (const [path, method] of [
      ['/api/server/payment', 'GET'],
      ['/api/server/payment', 'OPTIONS'],
      ['/api/server/payment/pay_1/confirm', 'POST'],
      ['/api/payment', 'POST'],
    ] as const) {
      expect(await refused({ ...order, card }, {}, path, method)).toMatchObject({ status: 404, error: 'Not Found' })
    }
  })
})

it('nothing of a card or its security code is logged', () => {
  expect(vault.logLines.join('\n')).not.toMatch(/4242|\b907\b/)
})
