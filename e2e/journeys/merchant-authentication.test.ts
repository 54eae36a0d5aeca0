import { randomUUID } from 'node:crypto'
import { threeDSecureTestNumber } from '@tessera/contracts/test-cards'
import { afterAll, describe, expect, it } from 'vitest'
import type { Json } from '../harness/api.ts'
import { challengeCard, openAuthenticatingShop, shop } from '../harness/authenticating-shop.ts'
import { operate } from '../harness/operator.ts'
import { walk } from '../harness/page-walker.ts'
import { until } from '../harness/until.ts'

/** What a merchant makes of 3-D Secure: results of its own, saved cards, orders to confirm, and its policy. */

const { product, api, inflow, acquirer, read, anAmount, comesTo, charges, authenticationOf } =
  await openAuthenticatingShop()

afterAll(() => product.dispose())

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
      exemption: null,
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
  /** Every gateway notices within a second or two; a payment that the policy decides about shows that it has. */
  const set = async (becomes: string, words: string[], probe: Record<string, unknown> = { amount: 99.99 }) => {
    await operate(product, 'merchants', 'set', product.credentials.merchantId, ...words)
    await until(async () => (await api.pay(probe)).json.status === becomes, {
      withinMs: 20_000,
      everyMs: 300,
      what: 'the policy',
    })
  }

  it('asks first where it says so, and charges the proof', async () => {
    await set('requires_action', ['--three-d-secure', 'above_amount', '--three-d-secure-above', 'usd=9000'])
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
    await set('completed', ['--three-d-secure', 'when_acquirer_asks'])
  })

  it('under the rules of the EEA claims what is exempt, asks for the rest, and asks nevertheless where the issuer insists', async () => {
    const eur = (amount: number) => ({ amount, currency: 'EUR', return_url: shop })
    const rules = ['--home-country', 'fr', '--three-d-secure', 'eea_rules', '--risk-analysis-up-to', '100']
    await set('requires_action', rules, eur(100.01))
    const attemptsOf = async (minor: number) =>
      (await acquirer.ledger())
        .filter((entry) => entry.amount_minor === minor && entry.currency === 'eur')
        .map(({ status, exemption, three_d_secure }) => [status, exemption ?? null, three_d_secure?.result ?? null])
    for (const [amount, exemption] of [
      [29.87, 'low_value'],
      [99.87, 'transaction_risk'],
    ] as const) {
      const { json } = await api.pay(eur(amount))
      expect(json.status).toBe('completed')
      const { three_d_secure } = await read(json.transaction_id)
      expect(three_d_secure).toMatchObject({ status: 'exempt', exemption, liability_shift: false })
      expect(await attemptsOf(Math.round(amount * 100))).toEqual([['approved', exemption, null]])
    }

    const insisting = (await api.pay(eur(29.86), challengeCard)).json
    expect(insisting.status).toBe('requires_action')
    await walk(insisting.redirect_url)
    expect(await comesTo(insisting.transaction_id, 'completed')).toMatchObject({
      three_d_secure: { status: 'authenticated', flow: 'challenge', liability_shift: true, exemption: null },
    })
    expect(await attemptsOf(29_86)).toEqual([
      ['declined', 'low_value', null],
      ['approved', null, 'verified'],
    ])
    await set('completed', ['--three-d-secure', 'when_acquirer_asks', '--risk-analysis-up-to', '0'], eur(100.02))
  })

  it('is refused where it is none, and says what there is', async () => {
    const words = ['--three-d-secure', 'sometimes', '--category-code', '12']
    await expect(operate(product, 'merchants', 'set', product.credentials.merchantId, ...words)).rejects.toThrow(
      /policy is one of .*categoryCode has four digits/,
    )
  })
})
