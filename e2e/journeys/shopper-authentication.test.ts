import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import type { Json } from '../harness/api.ts'
import { challengeCard, openAuthenticatingShop, shop } from '../harness/authenticating-shop.ts'
import { formsOf, load, submit, walk } from '../harness/page-walker.ts'
import { startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

/** A payment that waits for its shopper: what becomes of it, and whose word counts. */

const { product, api, read, anAmount, comesTo, charges, authenticationOf, atTheIssuer } = await openAuthenticatingShop()
const receiver = await startReceiver()
await api.post('/v1/webhook_endpoints', { url: receiver.url })

afterAll(async () => {
  await receiver.stop()
  await product.dispose()
})

const webhookOf = (id: string, event: string): Json | undefined =>
  receiver.received.find(({ json }) => json?.transaction_id === id && json.event === event)?.json

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
      exemption: null,
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
      exemption: null,
    })
    const [charge] = await charges(minor)
    expect(charge.three_d_secure ?? charge.authentication).toMatchObject({ result: 'verified' })
    // They are sent side by side: either may be the last to arrive.
    const events = () =>
      receiver.received
        .filter((each) => each.json?.transaction_id === json.transaction_id)
        .map((each) => each.json.event)
    await until(() => events().length >= 2, { withinMs: 30_000, what: 'both webhooks' })
    expect(new Set(events())).toEqual(new Set(['payment.requires_action', 'payment.succeeded']))
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
    const told = await until(async () => webhookOf(json.transaction_id, 'payment.failed'), {
      withinMs: 20_000,
      what: 'the webhook of the failure',
    })
    expect(told.error).toMatchObject({ code: 'authentication_failed', category: 'authentication_failed' })
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
    const [theirs, ours] = [anAmount(), anAmount()]
    const paid = await api.pay({ amount: theirs.amount, return_url: shop }, challengeCard)
    const mine = await api.pay({ amount: ours.amount, return_url: shop }, challengeCard)
    await walk(paid.json.redirect_url)
    await atTheIssuer(mine.json.redirect_url)
    const replayed = await authenticationOf(theirs.minor)
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
    expect((await charges(ours.minor)).length).toBe(0)
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
