import { createHmac, randomUUID } from 'node:crypto'
import { threeDSecureTestNumber } from '@tessera/contracts/test-cards'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { type Inflow, inflowOf } from '../harness/inflow.ts'
import { operate } from '../harness/operator.ts'
import { formsOf, load, submit, walk } from '../harness/page-walker.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { type Receiver, startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

/** What a merchant makes of 3-D Secure: who is asked, whose word counts, and what becomes of the payment. */

let product: Product
let api: Api
let inflow: Inflow
let acquirer: Acquirer
let receiver: Receiver

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  inflow = inflowOf(product)
  acquirer = await acquirerOf(product)
  receiver = await startReceiver()
  await api.post('/v1/webhook_endpoints', { url: receiver.url })
})
afterAll(async () => {
  await receiver?.stop()
  await product?.dispose()
})

const shop = 'http://127.0.0.1:9/thanks?order=7'
const challengeCard = { number: '4000000000003220' }
let amountMinor = 5_000

function anAmount(): { amount: number; minor: number } {
  amountMinor += 1
  return { amount: amountMinor / 100, minor: amountMinor }
}
const read = async (id: string): Promise<Json> => (await api.get(`/v1/payments/${id}`)).json
const comesTo = (id: string, status: string): Promise<Json> =>
  until(async () => [await read(id)].find((each) => each.status === status), {
    withinMs: 20_000,
    everyMs: 100,
    what: `${id} to be ${status}`,
  })
const charges = async (minor: number): Promise<Json[]> =>
  (await acquirer.ledger()).filter((entry) => entry.amount_minor === minor && entry.status === 'approved')
const authentications = async (): Promise<Json[]> =>
  (await fetch(`${acquirer.url}/sandbox/authentications`)).json() as Promise<Json[]>
const authenticationOf = async (minor: number): Promise<Json> =>
  (await authentications()).find(({ purchase }) => purchase.amount === String(minor))
/** Where the shopper sees the issuer's page. */
const atTheIssuer = (url: string) => walk(url, { code: 'never' })

describe('an ordinary payment', () => {
  it('is charged at once, and has nothing to do with 3-D Secure', async () => {
    const { json } = await api.pay({}, { number: '4242424242424242' })
    expect(json.status).toBe('completed')
    expect(json).not.toHaveProperty('redirect_url')
    expect((await read(json.transaction_id)).three_d_secure).toBeNull()
  })
})

describe('a payment whose issuer asks for authentication', () => {
  it('goes to the shopper’s page and back, and tells of it on the way', async () => {
    const { amount, minor } = anAmount()
    const { status, json } = await api.pay({ amount, return_url: shop }, challengeCard)
    expect(status).toBe(202)
    expect((await read(json.transaction_id)).three_d_secure).toEqual({
      version: null,
      status: 'pending',
      eci: null,
      flow: null,
      liability_shift: false,
    })
    const { returnedTo } = await walk(json.redirect_url)
    const told = Object.fromEntries(returnedTo?.searchParams ?? [])
    expect(told).toMatchObject({ order: '7', status: 'succeeded', payment_id: json.transaction_id })
    const signed = createHmac('sha256', product.credentials.returnSigningSecret)
      .update(`${told.payment_id}.${told.status}.${told.timestamp}`)
      .digest('hex')
    expect(told.signature).toBe(signed)
    expect((await read(json.transaction_id)).three_d_secure).toEqual({
      version: '2.2.0',
      status: 'authenticated',
      eci: '05',
      flow: 'challenge',
      liability_shift: true,
    })
    const [charge] = await charges(minor)
    expect(charge.three_d_secure ?? charge.authentication).toMatchObject({ result: 'verified' })
    await until(
      () =>
        receiver.received.some(
          (each) => each.json?.transaction_id === json.transaction_id && each.json.event === 'payment.succeeded',
        ),
      {
        withinMs: 20_000,
        what: 'the webhook of the success',
      },
    )
    const events = receiver.received
      .filter((each) => each.json?.transaction_id === json.transaction_id)
      .map((each) => each.json.event)
    expect(new Set(events)).toEqual(new Set(['payment.requires_action', 'payment.succeeded']))
  })

  it('is the same payment when the request is repeated, before and after', async () => {
    const token = await api.token(challengeCard)
    const body = { amount: anAmount().amount, currency: 'USD', token, return_url: shop }
    const first = await api.post('/v1/payments', body, { idempotencyKey: 'asks-1' })
    const again = await api.post('/v1/payments', body, { idempotencyKey: 'asks-1' })
    expect([again.status, again.text]).toEqual([202, first.text])
    await walk(first.json.redirect_url)
    expect((await api.post('/v1/payments', body, { idempotencyKey: 'asks-1' })).text).toBe(first.text)
    expect(await comesTo(first.json.transaction_id, 'completed')).toBeTruthy()
  })

  it('is authorized only, where it is to be captured later', async () => {
    const { amount } = anAmount()
    const { json } = await api.pay({ amount, capture_method: 'manual', return_url: shop }, challengeCard)
    await walk(json.redirect_url)
    await comesTo(json.transaction_id, 'authorized')
    expect((await api.post(`/v1/payments/${json.transaction_id}/capture`)).json.status).toBe('completed')
  })

  it('says so on the page where the shop has no address to go back to', async () => {
    const { json } = await api.pay({ amount: anAmount().amount }, challengeCard)
    const { returnedTo, page } = await walk(json.redirect_url)
    expect(returnedTo).toBeNull()
    expect([page.status, /<h1 class="good">/.test(page.html)]).toEqual([200, true])
  })

  it('fails after three wrong codes, and never charges', async () => {
    const { amount, minor } = anAmount()
    const { json } = await api.pay({ amount, return_url: shop }, challengeCard)
    const { returnedTo } = await walk(json.redirect_url, { code: 'wrong' })
    expect(returnedTo?.searchParams.get('status')).toBe('failed')
    expect(await read(json.transaction_id)).toMatchObject({ status: 'failed', error_code: 'authentication_failed' })
    expect(await charges(minor)).toEqual([])
  })

  it('survives the death of the gateway in the middle of a challenge', async () => {
    const { amount, minor } = anAmount()
    const { json } = await api.pay({ amount, return_url: shop }, challengeCard)
    const { page } = await atTheIssuer(json.redirect_url)
    await product.kill('gateway')
    await until(async () => (await fetch(json.redirect_url).catch(() => null))?.ok, {
      withinMs: 30_000,
      everyMs: 200,
      what: 'the gateway to be back',
    })
    const [form] = formsOf(page)
    const code = /id="one-time-code">(\d+)</.exec(page.html)?.[1] ?? ''
    const after = await submit(
      { action: form?.action ?? '', fields: { ...form?.fields, code, action: 'confirm' } },
      page.url,
    )
    const [back] = formsOf(after)
    await submit(back ?? { action: '', fields: {} }, after.url)
    const { returnedTo } = await walk(json.redirect_url)
    expect(returnedTo?.searchParams.get('status')).toBe('succeeded')
    expect(await charges(minor)).toHaveLength(1)
  })
})

describe('whose word counts', () => {
  const results = () => `${product.credentials.gatewayUrl}/3ds/results`
  const sendResult = async (message: unknown): Promise<Json> => {
    const response = await fetch(results(), {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: typeof message === 'string' ? message : JSON.stringify(message),
    })
    return response.json()
  }
  const forged = (about: Json, change: Json = {}) => ({
    messageType: 'RReq',
    messageVersion: '2.2.0',
    messageCategory: '01',
    threeDSServerTransID: about.three_ds_server_trans_id,
    acsTransID: about.acs_trans_id,
    dsTransID: randomUUID(),
    transStatus: 'Y',
    authenticationType: '02',
    interactionCounter: '01',
    eci: '05',
    authenticationValue: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=',
    ...change,
  })

  it('a forged result is answered with an Erro, and nothing comes of it', async () => {
    const { amount, minor } = anAmount()
    const { json } = await api.pay({ amount, return_url: shop }, challengeCard)
    await atTheIssuer(json.redirect_url)
    const about = await authenticationOf(minor)
    const answers = [
      await sendResult(forged(about)),
      await sendResult(forged({ ...about, three_ds_server_trans_id: randomUUID() }, { dsTransID: about.ds_trans_id })),
      await sendResult(forged({ ...about, acs_trans_id: randomUUID() }, { dsTransID: about.ds_trans_id })),
      await sendResult(forged(about, { transStatus: 'C' })),
      await sendResult('transStatus=Y'),
      await sendResult({ messageType: 'RReq' }),
    ]
    expect(answers.map(({ messageType, errorCode }) => `${messageType} ${errorCode}`)).toEqual([
      'Erro 301',
      'Erro 301',
      'Erro 301',
      'Erro 203',
      'Erro 101',
      'Erro 201',
    ])
    expect((await read(json.transaction_id)).status).toBe('requires_action')
    await walk(json.redirect_url)
    expect(await charges(minor)).toHaveLength(1)
  })

  it('what the browser brings back is not: neither a made-up answer nor one of another payment ends a challenge', async () => {
    const paid = await api.pay({ amount: anAmount().amount, return_url: shop }, challengeCard)
    const mine = await api.pay({ amount: anAmount().amount, return_url: shop }, challengeCard)
    const theirs = await authenticationOf(amountMinor - 1)
    expect(theirs).toBeUndefined()
    await walk(paid.json.redirect_url)
    await atTheIssuer(mine.json.redirect_url)
    const replayed = await authenticationOf(amountMinor - 1)
    const cres = {
      messageType: 'CRes',
      messageVersion: '2.2.0',
      threeDSServerTransID: replayed.three_ds_server_trans_id,
      acsTransID: replayed.acs_trans_id,
      transStatus: 'Y',
    }
    const bring = (value: string) =>
      load(`${mine.json.redirect_url}/returned`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ cres: value }).toString(),
      })
    for (const value of [Buffer.from(JSON.stringify(cres)).toString('base64url'), 'not-a-message', '']) {
      await bring(value)
      expect(await read(mine.json.transaction_id)).toMatchObject({ status: 'requires_action' })
    }
    expect((await charges(amountMinor)).length).toBe(0)
    const { returnedTo } = await walk(mine.json.redirect_url)
    expect(returnedTo?.searchParams.get('status')).toBe('succeeded')
  })

  it('a session that nobody was given is a readable page, and no payment', async () => {
    const base = `${product.credentials.gatewayUrl}/authenticate`
    for (const id of ['0'.repeat(26), 'tx_01jd0000000000000000000000', '../../etc/passwd', '%00']) {
      const page = await load(`${base}/${id}`)
      expect(page.status).toBeGreaterThanOrEqual(400)
      expect(page.status).toBeLessThan(500)
    }
  })

  it('a void while the shopper is with the issuer wins', async () => {
    const { amount, minor } = anAmount()
    const { json } = await api.pay({ amount, return_url: shop }, challengeCard)
    const { page } = await atTheIssuer(json.redirect_url)
    expect((await api.post(`/v1/payments/${json.transaction_id}/void`)).json.status).toBe('canceled')
    const [form] = formsOf(page)
    const code = /id="one-time-code">(\d+)</.exec(page.html)?.[1] ?? ''
    await submit({ action: form?.action ?? '', fields: { ...form?.fields, code, action: 'confirm' } }, page.url)
    const { returnedTo } = await walk(json.redirect_url)
    expect(returnedTo?.searchParams.get('status')).toBe('failed')
    expect((await read(json.transaction_id)).status).toBe('canceled')
    expect(await charges(minor)).toEqual([])
  })
})

describe('the merchant’s own result', () => {
  const made = (about: Json) => ({
    version: '2.2.0',
    trans_status: 'Y',
    eci: about.eci,
    cavv: about.cavv,
    ds_trans_id: about.ds_trans_id,
  })

  it('goes into the authorization, and counts for what the network makes of it', async () => {
    const price = 61_17
    const order = { products: [{ name: 'Tea', price, quantity: 1 }], pricingMode: 'TAX_INCLUSIVE' }
    const elsewhere = await inflow.pay({ ...order, autoConfirm: true, threeDsSuccessUrl: shop }, challengeCard)
    await walk(elsewhere.json.threeDsSessionUrl)
    const result = made(await authenticationOf(price))
    const paid = await api.pay({ amount: 61.17, currency: 'EUR', three_d_secure_result: result }, challengeCard)
    expect(paid.json.status).toBe('completed')
    expect((await read(paid.json.transaction_id)).three_d_secure).toEqual({
      version: '2.2.0',
      status: 'authenticated',
      eci: '05',
      flow: null,
      liability_shift: true,
    })
    const again = await api.pay({ amount: 61.17, currency: 'EUR', three_d_secure_result: result }, challengeCard)
    expect(again.json).toMatchObject({ status: 'failed', error: { code: 'authentication_required' } })
  })

  it('that the network does not know shifts nothing, and no shopper is asked in its place', async () => {
    const about = { eci: '05', cavv: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=', ds_trans_id: randomUUID() }
    const plain = await api.pay({ three_d_secure_result: made(about) }, { number: '4242424242424242' })
    expect((await read(plain.json.transaction_id)).three_d_secure).toMatchObject({ eci: '07', liability_shift: false })
    const asked = await api.pay({ three_d_secure_result: made(about) }, challengeCard)
    expect(asked.json).toMatchObject({ status: 'failed', error: { code: 'authentication_required' } })
  })
})

describe('saved cards', () => {
  const save = async (number: string, customer: string): Promise<string> => {
    const { json } = await api.pay(
      { amount: anAmount().amount, save_card: true, customer_id: customer, return_url: shop },
      { number },
    )
    if (json.status === 'requires_action') await walk(json.redirect_url)
    const paid = await comesTo(json.transaction_id, 'completed')
    const { json: list } = await api.get(`/v1/customers/${customer}/payment-methods`)
    expect(list.payment_methods.map(({ id }: Json) => id)).toContain(paid.payment_method_id)
    return paid.payment_method_id
  }
  const charge = (id: string, initiator: 'customer' | 'merchant') =>
    api.post('/v1/payments', { ...anAmount(), currency: 'USD', payment_method_id: id, initiator, return_url: shop })

  it('a card whose shopper authenticated is saved, and charged by the merchant without one', async () => {
    const id = await save('4000000000003220', 'shopper-1')
    expect((await charge(id, 'merchant')).json.status).toBe('completed')
    expect((await charge(id, 'customer')).json.status).toBe('completed')
  })

  it('with the shopper present, the issuer may ask again; without, the charge has failed', async () => {
    const id = await save('4000002760003184', 'shopper-2')
    const present = await charge(id, 'customer')
    expect(present.json.status).toBe('requires_action')
    await walk(present.json.redirect_url)
    await comesTo(present.json.transaction_id, 'completed')
    const absent = await charge(id, 'merchant')
    expect(absent.json).toMatchObject({ status: 'failed', error: { code: 'authentication_required' } })
  })
})

describe('an order of the other dialect', () => {
  it('is authenticated, then confirmed', async () => {
    const price = 71_31
    const success = 'http://127.0.0.1:9/success'
    const failure = 'http://127.0.0.1:9/failure'
    const order = {
      products: [{ name: 'Tea', price, quantity: 1 }],
      pricingMode: 'TAX_INCLUSIVE',
      autoConfirm: true,
      threeDsSuccessUrl: success,
      threeDsFailureUrl: failure,
    }
    const created = await inflow.pay(order, challengeCard)
    expect(created.status).toBe(201)
    const { id, threeDsSessionUrl } = created.json
    expect(created.json).toMatchObject({ status: 'CHECKOUT_PENDING', depositStatus: 'requires_action' })
    const { returnedTo } = await walk(threeDsSessionUrl)
    expect(`${returnedTo?.origin}${returnedTo?.pathname}`).toBe(success)
    expect(returnedTo?.searchParams.get('paymentId')).toBe(id)
    expect(await inflow.read(id)).toMatchObject({
      status: 'INITIATION',
      depositStatus: 'requires_confirmation',
      threeDsSessionUrl: null,
    })
    expect(await charges(price)).toEqual([])
    expect((await inflow.confirm(id)).json).toMatchObject({ status: 'CHECKOUT_SUCCESS', depositStatus: 'succeeded' })
    expect(await charges(price)).toHaveLength(1)

    const refused = (await inflow.pay(order, challengeCard)).json
    const elsewhere = await walk(refused.threeDsSessionUrl, { code: 'wrong' })
    expect(`${elsewhere.returnedTo?.origin}${elsewhere.returnedTo?.pathname}`).toBe(failure)
    expect(await inflow.read(refused.id)).toMatchObject({
      status: 'PAYMENT_FAILED',
      depositStatus: 'failed',
      lastDepositAttempt: { status: 'failed', error: 'authentication_required' },
    })
  })

  it('whose price changes after the shopper has authenticated is authenticated anew', async () => {
    const order = (price: number) => ({ products: [{ name: 'Tea', price, quantity: 1 }], pricingMode: 'TAX_INCLUSIVE' })
    const { id, threeDsSessionUrl } = (await inflow.pay({ ...order(72_01), autoConfirm: true }, challengeCard)).json
    await walk(threeDsSessionUrl)
    const same = await inflow.api('POST', `/api/server/payment/${id}`, { metadatas: { a: 1 } })
    expect(same.json).toMatchObject({ depositStatus: 'requires_confirmation', threeDsSessionUrl: null })
    const changed = await inflow.api('POST', `/api/server/payment/${id}`, order(72_02))
    expect(changed.json).toMatchObject({ depositStatus: 'requires_action' })
    expect(changed.json.threeDsSessionUrl).not.toBe(threeDsSessionUrl)
    expect((await inflow.confirm(id)).status).toBe(400)
    await walk(threeDsSessionUrl)
    expect(await inflow.read(id)).toMatchObject({ depositStatus: 'requires_confirmation' })
    expect((await inflow.confirm(id)).json.status).toBe('CHECKOUT_SUCCESS')
    expect([await charges(72_01), (await charges(72_02)).length]).toEqual([[], 1])
  })
})

describe('the merchant’s policy', () => {
  const set = async (...words: string[]) => {
    await operate(product, 'merchants', 'set', product.credentials.merchantId, ...words)
    // Every gateway notices within a second or two.
    await until(async () => (await api.pay({ amount: 99.99 })).json.status !== last, {
      withinMs: 5_000,
      everyMs: 300,
      what: 'the policy',
    })
  }
  let last = 'completed'

  it('asks first where it says so, and charges the proof', async () => {
    await set('--three-d-secure', 'above_amount', '--three-d-secure-above', 'usd=9000')
    last = 'requires_action'
    const { amount, minor } = anAmount()
    expect((await api.pay({ amount })).json.status).toBe('completed')
    const above = await api.pay({ amount: 90.01, return_url: shop })
    expect(above.json.status).toBe('requires_action')
    expect(await charges(90_01)).toEqual([])
    const { returnedTo } = await walk(above.json.redirect_url)
    expect(returnedTo?.searchParams.get('status')).toBe('succeeded')
    expect(await read(above.json.transaction_id)).toMatchObject({
      status: 'completed',
      three_d_secure: { status: 'authenticated', flow: 'frictionless', eci: '05', liability_shift: true },
    })
    expect((await charges(minor)).length).toBe(1)
    expect((await api.pay({ amount: 95, three_d_secure: 'skip' })).json.status).toBe('completed')

    const unavailable = { number: threeDSecureTestNumber('0053') }
    const without = await api.pay({ amount: 90.02, return_url: shop }, unavailable)
    await walk(without.json.redirect_url)
    expect(await read(without.json.transaction_id)).toMatchObject({
      status: 'completed',
      three_d_secure: { status: 'unavailable', eci: null, liability_shift: false },
    })
    expect(await charges(90_02)).toHaveLength(1)
    await set('--three-d-secure', 'when_acquirer_asks')
  })

  it('is refused where it is none, and says what there is', async () => {
    const words = ['--three-d-secure', 'sometimes', '--category-code', '12']
    await expect(operate(product, 'merchants', 'set', product.credentials.merchantId, ...words)).rejects.toThrow(
      /policy is one of .*categoryCode has four digits/,
    )
  })
})
