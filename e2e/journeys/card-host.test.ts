import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Answer, type Api, apiOf } from '../harness/api.ts'
import { databasesOf } from '../harness/databases.ts'
import { operate } from '../harness/operator.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { anOrder, type ServerPayments, serverPaymentsOf, theCard } from '../harness/server-payments.ts'
import { until } from '../harness/until.ts'

let product: Product
let payments: ServerPayments
let api: Api
let acquirer: Acquirer

beforeAll(async () => {
  product = await startProduct()
  payments = serverPaymentsOf(product)
  api = apiOf(product)
  acquirer = await acquirerOf(product)
})
afterEach(() => acquirer.clearFaults())
afterAll(() => product?.dispose())

const withCard = (price: number, card: object = {}, more: object = {}) =>
  anOrder(price, { card: { ...theCard, ...card }, ...more })
const authorizations = async (amountMinor: number) =>
  (await acquirer.ledger()).filter((entry) => entry.amount_minor === amountMinor)
const vaultCount = (query: string) =>
  databasesOf(product).with('vault', 'tessera_vault', async (client) => {
    const { rows } = await client.query(`select count(*) from ${query}`)
    return Number(rows[0].count)
  })
const paymentsInAll = async (): Promise<number> => (await payments.list()).json.total

describe('a card sent to the card host', () => {
  it('is charged in one call, and the payment is read at the API host, in both dialects', async () => {
    const answer = await payments.create(withCard(1_701))
    expect([answer.status, answer.json.status, answer.json.amountTaxesIncluded]).toEqual([
      201,
      'CHECKOUT_SUCCESS',
      1_701,
    ])
    expect((await payments.read(answer.json.id)).json.depositStatus).toBe('succeeded')
    const other = await api.get(`/v1/payments/${answer.json.id.replace('pay_', 'tx_')}`)
    expect(other.json).toMatchObject({ status: 'completed', amount: '17.01', card_last4: '4242' })
    expect(await authorizations(1_701)).toHaveLength(1)
  })

  it('waits to be confirmed where that is asked for, and nothing is charged before', async () => {
    const created = await payments.create(withCard(1_702, {}, { autoConfirm: false }))
    expect(created.json).toMatchObject({ status: 'INITIATION', depositStatus: 'requires_confirmation' })
    expect(await authorizations(1_702)).toHaveLength(0)
    const confirmed = await payments.confirm(created.json.id)
    expect(confirmed.json).toMatchObject({ status: 'CHECKOUT_SUCCESS', depositStatus: 'succeeded' })
    expect(await authorizations(1_702)).toHaveLength(1)
  })

  it('is declined as a payment, not as a request', async () => {
    const { status, json } = await payments.create(withCard(1_703, { number: '4000000000000002' }))
    expect([status, json.status, json.lastDepositAttempt.status]).toEqual([201, 'PAYMENT_FAILED', 'failed'])
  })

  it('is taken with either spelling of the key', async () => {
    const { secretKey, inflowPrivateKey } = product.credentials
    const bearer = { headers: { authorization: `Bearer ${secretKey}` } }
    for (const options of [{ key: secretKey }, { key: inflowPrivateKey }, { ...bearer, key: secretKey }]) {
      expect((await payments.create(withCard(1_704), options)).status).toBe(201)
    }
  })

  it('and without a card passes the request on', async () => {
    const { status, json } = await payments.create(anOrder(1_705))
    expect([status, json.status, json.depositStatus]).toEqual([201, 'INITIATION', null])
  })
})

describe('the same request again, with its key', () => {
  const keyed = (idempotencyKey: string) => ({ idempotencyKey })

  it('gets the first answer byte for byte, though its card came as another token', async () => {
    const first = await payments.create(withCard(1_711), keyed('again'))
    const second = await payments.create(withCard(1_711), keyed('"again"'))
    expect([second.status, second.text]).toEqual([201, first.text])
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(await authorizations(1_711)).toHaveLength(1)
  })

  it('is the same whatever its CVC, and however its number is grouped', async () => {
    const first = await payments.create(withCard(1_712), keyed('cvc'))
    for (const card of [{ cvc: '999' }, { number: '4242 4242-4242 4242' }, { expMonth: '12' }]) {
      expect((await payments.create(withCard(1_712, card), keyed('cvc'))).text).toBe(first.text)
    }
    expect(await authorizations(1_712)).toHaveLength(1)
  })

  it('is another request with another card, another expiry, no card, or anything else changed', async () => {
    await payments.create(withCard(1_713), keyed('other'))
    const others = [
      withCard(1_713, { number: '4000056655665556' }),
      withCard(1_713, { expMonth: 11 }),
      withCard(1_713, { expYear: 2033 }),
      anOrder(1_713),
      withCard(1_714),
    ]
    for (const body of others) {
      const { status, json } = await payments.create(body, keyed('other'))
      expect([status, json.error]).toEqual([400, 'Bad Request'])
      expect(json.message).toContain('Idempotency-Key')
    }
    expect(await authorizations(1_713)).toHaveLength(1)
    expect(await authorizations(1_714)).toHaveLength(0)
  })

  it('is a decline again, not a second try', async () => {
    const card = { number: '4000000000000002' }
    const first = await payments.create(withCard(1_715, card), keyed('declined'))
    expect((await payments.create(withCard(1_715, card), keyed('declined'))).text).toBe(first.text)
    expect(await authorizations(1_715)).toHaveLength(1)
  })

  it('is possible after it was refused for what was wrong with it', async () => {
    const wrong = await payments.create(withCard(1_716, { number: '4242424242424241' }), keyed('mended'))
    expect(wrong.status).toBe(400)
    expect((await payments.create(withCard(1_716), keyed('mended'))).json.status).toBe('CHECKOUT_SUCCESS')
  })

  it('fifty times at once charges once, and all get the same answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => payments.create(withCard(1_717), keyed('fifty'))),
    )
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1)
    expect(await authorizations(1_717)).toHaveLength(1)
  })

  it('without its key is another payment', async () => {
    const [one, two] = await Promise.all([payments.create(withCard(1_718)), payments.create(withCard(1_718))])
    expect(one.json.id).not.toBe(two.json.id)
    expect(await authorizations(1_718)).toHaveLength(2)
  })

  it('leaves no spare token in the vault, and no claim', async () => {
    const tokens = await vaultCount('tokens')
    await payments.create(withCard(1_719), keyed('spare'))
    expect(await vaultCount('tokens')).toBe(tokens + 1)
    await Promise.all(Array.from({ length: 20 }, () => payments.create(withCard(1_719), keyed('spare'))))
    await payments.create(withCard(1_719, { number: '5555555555554444' }), keyed('spare'))
    await payments.create(withCard(1_719, {}, { currency: 'XXX' }))
    expect(await vaultCount('tokens')).toBe(tokens + 1)
    expect(await vaultCount('permits')).toBe(0)
  })
})

describe('what a caller says in the name of the vault', () => {
  const forged = async (host: 'create' | 'createWithoutCard', headers?: Record<string, string>): Promise<Answer> => {
    const token = await api.token()
    const body = { card_token: token, card_digest: 'x', ...anOrder(1_721) }
    const answer = await payments[host](body, headers && { headers })
    expect(await authorizations(1_721)).toHaveLength(0)
    // Nobody used it.
    expect((await api.post('/v1/payments', { amount: 5, currency: 'USD', token })).json.status).toBe('completed')
    return answer
  }

  it.each(['create', 'createWithoutCard'] as const)('means nothing, at either host: %s', async (host) => {
    expect((await forged(host)).json).toMatchObject({ status: 'INITIATION', depositStatus: null })
  })

  it('with a signature of its own is refused at the API host, and replaced at the card host', async () => {
    const headers = { 'x-tessera-relay': `Tessera-HMAC-SHA256 ${Date.now()}.${'A'.repeat(22)}.${'B'.repeat(43)}` }
    const before = await paymentsInAll()
    const refused = await forged('createWithoutCard', headers)
    expect([refused.status, refused.json]).toEqual([
      401,
      { statusCode: 401, message: 'Unauthorized', error: 'Unauthorized' },
    ])
    // The one that the token was tried with afterwards.
    expect(await paymentsInAll()).toBe(before + 1)
    expect((await forged('create', headers)).json).toMatchObject({ status: 'INITIATION', depositStatus: null })
  })

  it('cannot put faults of a card into another’s answer', async () => {
    const body = { ...anOrder(1_722), card_faults: [{ param: 'card.number', message: 'is wrong' }] }
    for (const host of ['create', 'createWithoutCard'] as const) expect((await payments[host](body)).status).toBe(201)
  })
})

describe('nothing is stored or charged of', () => {
  const text = (body: unknown): string => JSON.stringify(body)
  const card = text(theCard)
  const order = text(anOrder(1_731)).slice(0, -1)

  it.each([
    ['a card on the wrong host', 'createWithoutCard', withCard(1_731), /^card must not be sent to this host/],
    [
      'its key in escapes',
      'createWithoutCard',
      `${order},"c\\u0061rd":${card}}`,
      /^card must not be sent to this host/,
    ],
    ['a card twice', 'create', `${order},"card":${card},"card":${card}}`, /^The body is not valid JSON/],
    [
      'a card twice, once in escapes',
      'create',
      `${order},"card":${card},"c\\u0061rd":${card}}`,
      /^The body is not valid/,
    ],
    ['a number twice', 'create', `${order},"card":{"number":"4","number":"4"}}`, /^The body is not valid/],
    ['a card in another place', 'create', anOrder(1_731, { payment: { card: theCard } }), /^payment must not hold/],
    ['a card of another name', 'create', anOrder(1_731, { creditCard: theCard }), /^creditCard must not hold/],
    [
      'a number beside its card',
      'create',
      withCard(1_731, {}, { firstName: '5555 5555 5555 4444' }),
      /^firstName must/,
    ],
    ['a security code alone', 'create', anOrder(1_731, { cvc: '123' }), /^card must not be sent to this host/],
    ['a card that is a text', 'create', anOrder(1_731, { card: '4242424242424242' }), /^card must be an object$/],
    ['a number that is a number', 'create', withCard(1_731, { number: 4242424242424242 }), /^card\.number must be/],
    [
      'a year beyond all numbers',
      'create',
      `${order},"card":${card.replace('2034', '1e999')}}`,
      /^card\.expYear must be/,
    ],
    [
      'a price beyond all numbers',
      'create',
      `${order.replace('1731', '1e999')},"card":${card}}`,
      /number is out of range/,
    ],
    ['an endless number', 'create', withCard(1_731, { number: '4'.repeat(9_000) }), /^card\.number must have/],
  ] as const)('%s', async (_what, host, body, message) => {
    const [stored, tokens] = [await paymentsInAll(), await vaultCount('tokens')]
    const { status, json, text: answer } = await payments[host](body)
    expect(status).toBe(400)
    expect([json.message].flat()[0]).toMatch(message)
    expect(answer).not.toMatch(/4242|5555/)
    expect([await paymentsInAll(), await vaultCount('tokens')]).toEqual([stored, tokens])
    expect(await authorizations(1_731)).toHaveLength(0)
  })

  it('a request with faults in its card and elsewhere, which are all told at once', async () => {
    const body = withCard(1_732, { number: '4242424242424241', cvc: 'x' }, { customerEmail: 'nobody', currency: 'XXX' })
    const { status, json } = await payments.create(body)
    expect(status).toBe(400)
    const properties = json.message.map((each: string) => each.split(' ')[0])
    expect(properties.sort()).toEqual(['card.cvc', 'card.number', 'currency', 'customerEmail'].sort())
  })
})

it('a merchant for whom it is switched off is refused at both hosts, and goes on when it is on again', async () => {
  const { merchantId } = product.credentials
  const turn = async (state: 'on' | 'off', status: number) => {
    await operate(product, 'merchants', 'set', merchantId, '--server-payments', state)
    await until(
      async () =>
        (await payments.create(withCard(1_741))).status === status &&
        (await payments.createWithoutCard(anOrder(1_741))).status === status,
      { withinMs: 30_000, what: `the switch to be ${state}` },
    )
  }
  await turn('off', 403)
  const tokens = await vaultCount('tokens')
  const refused = await payments.create(withCard(1_742))
  expect(refused.json).toEqual({
    statusCode: 403,
    message: 'Not authorized to create payment, server to server payment not enabled, please contact support',
    error: 'Forbidden',
  })
  expect(await vaultCount('tokens')).toBe(tokens)
  await turn('on', 201)
})

describe('the gateway dies', () => {
  const settled = (body: object, idempotencyKey: string) =>
    until(
      async () => {
        const answer = await payments.create(body, { idempotencyKey })
        return answer.status === 201 ? answer : null
      },
      { withinMs: 60_000, what: 'the payment to be settled', everyMs: 200 },
    )

  it('before a payment reaches it: nothing was charged, which is said, and the same request succeeds later', async () => {
    await product.kill('gateway')
    const seen: Answer[] = []
    await until(
      async () => {
        seen.push(await payments.create(withCard(1_751), { idempotencyKey: 'away' }))
        return seen.at(-1)?.status === 201
      },
      { withinMs: 60_000, what: 'the gateway to be back' },
    )
    const away = seen.filter(({ status }) => status === 503)
    expect(away.length).toBeGreaterThan(0)
    for (const { json, headers } of away) {
      expect(json).toMatchObject({ statusCode: 503, error: 'Service Unavailable' })
      expect(headers.get('retry-after')).not.toBeNull()
    }
    expect(away.some(({ json }) => json.message.includes('Nothing was charged'))).toBe(true)
    expect(await authorizations(1_751)).toHaveLength(1)
  })

  it('with a payment at the acquirer: nothing is claimed, and repeating the request tells what became of it', async () => {
    const match = { operation: 'authorize', amount_minor: 1_752 }
    await acquirer.faults([{ match, fault: { kind: 'delay_after', ms: 7_000 }, times: 1 }])
    const lost = payments.create(withCard(1_752), { idempotencyKey: 'dies' })
    await until(async () => (await authorizations(1_752)).length === 1, { withinMs: 7_000, what: 'the authorization' })
    await product.kill('gateway')
    const { status, json } = await lost
    expect([status, json.error]).toEqual([502, 'Bad Gateway'])
    expect(json.message).toContain('the same Idempotency-Key')
    // What a killed gateway left is looked into half a minute later.
    await until(
      () =>
        product.advanceClock(40_000).then(
          () => true,
          () => null,
        ),
      {
        withinMs: 60_000,
        what: 'the gateway to be back',
      },
    )
    const found = await settled(withCard(1_752), 'dies')
    expect(found.json.depositStatus).toBe('succeeded')
    expect(await authorizations(1_752)).toHaveLength(1)
  })
})
