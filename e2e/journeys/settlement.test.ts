import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { type Ledger, ledgerOf } from '../harness/ledger.ts'
import { whileTimePasses } from '../harness/passing-time.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let acquirer: Acquirer
let ledger: Ledger

const [settleAfterMs, payOutAfterMs] = [600_000, 300_000]

beforeAll(async () => {
  product = await startProduct({
    environment: {
      TESSERA_SANDBOX_SETTLE_AFTER_MS: String(settleAfterMs),
      TESSERA_SANDBOX_PAY_OUT_AFTER_MS: String(payOutAfterMs),
    },
  })
  api = apiOf(product)
  acquirer = await acquirerOf(product)
  ledger = ledgerOf(product)
})
afterAll(() => product?.dispose())

const pathOf = (payment: Json) => `/v1/payments/${payment.transaction_id}`
const onBalance = (payment: Json, balance: number) =>
  whileTimePasses(
    product,
    async () => {
      const balances = await ledger.balances(payment.transaction_id)
      return balances.merchant_balance === balance && balances.acquirer_receivable === 0 && balances
    },
    { withinMs: 30_000, what: `${balance} of ${payment.transaction_id} on the balance` },
  )
/** Lets the acquirer's days pass. */
const paidOut = async (payment: Json, balance: number) => {
  await product.advanceClock(settleAfterMs + payOutAfterMs)
  return onBalance(payment, balance)
}

/** Nothing is on its way any more; what was earned is what is on the balance. */
const allOnBalance = (minor: number) => ({
  acquirer_receivable: 0,
  acquirer_settled: 0,
  merchant_balance: minor,
  merchant_payable: -minor,
})

describe('a captured payment', () => {
  it('is settled and paid out by the acquirer, and the books follow', async () => {
    const paid = (await api.pay({ amount: 17.62 })).json
    expect(await paidOut(paid, 1762)).toEqual(allOnBalance(1762))
    const entry = await acquirer.authorization(await ledger.attempt(paid.transaction_id))
    expect(entry).toMatchObject({ settled_minor: 1762, paid_out_minor: 1762 })
  })

  it('stays completed in v1, whose events tell nothing of it and leave no gap', async () => {
    const paid = (await api.pay({ amount: 18 })).json
    await paidOut(paid, 1800)
    expect((await api.get(pathOf(paid))).json).toMatchObject({ status: 'completed', dispute: null })
    expect(await ledger.eventTypes(paid.transaction_id)).toEqual([
      'payment.created',
      'payment.succeeded',
      'payment.settled',
      'payment.paid_out',
    ])
    await api.post(`${pathOf(paid)}/refund`, { amount: 1 })
    const events = await until(
      async () => {
        const { data } = (await api.get('/v1/events?limit=100')).json as { data: Json[] }
        const own = data.filter((event) => event.transaction_id === paid.transaction_id)
        return own.length === 2 ? own : null
      },
      { withinMs: 30_000, what: 'two events in the feed' },
    )
    expect(events.map((event) => [event.sequence, event.event]).sort()).toEqual([
      [1, 'payment.succeeded'],
      [2, 'payment.refunded'],
    ])
  })

  it('in parts is settled capture by capture', async () => {
    const payment = (await api.pay({ amount: 30, capture_method: 'manual' })).json
    for (const amount of [10, 5.5]) await api.post(`${pathOf(payment)}/capture`, { amount, final: false })
    expect(await paidOut(payment, 1550)).toEqual(allOnBalance(1550))
    await api.post(`${pathOf(payment)}/capture`, { amount: 4 })
    expect(await paidOut(payment, 1950)).toEqual(allOnBalance(1950))
  })

  it('that is only authorized, or voided, is never settled', async () => {
    const held = (await api.pay({ amount: 31, capture_method: 'manual' })).json
    await api.post(`${pathOf(held)}/void`)
    const paid = (await api.pay({ amount: 32 })).json
    await paidOut(paid, 3200)
    expect(await ledger.balances(held.transaction_id)).toEqual({})
  })
})

describe('a refund', () => {
  it('before the settlement reduces what is paid out', async () => {
    const paid = (await api.pay({ amount: 20 })).json
    expect((await api.post(`${pathOf(paid)}/refund`, { amount: 5 })).status).toBe(200)
    expect(await paidOut(paid, 1500)).toEqual(allOnBalance(1500))
    expect((await api.get(pathOf(paid))).json).toMatchObject({ status: 'partially_refunded', amount_refunded: '5.00' })
  })

  it('after the payout is taken off the balance again', async () => {
    const paid = (await api.pay({ amount: 21 })).json
    await paidOut(paid, 2100)
    await api.post(`${pathOf(paid)}/refund`, { amount: 6 })
    expect((await ledger.balances(paid.transaction_id)).merchant_payable).toBe(-1500)
    expect(await paidOut(paid, 1500)).toEqual(allOnBalance(1500))
    await api.post(`${pathOf(paid)}/refund`)
    expect(await paidOut(paid, 0)).toEqual({
      acquirer_receivable: 0,
      acquirer_settled: 0,
      merchant_balance: 0,
      merchant_payable: 0,
    })
  })
})

describe('what is reported', () => {
  const payments = async (count: number) =>
    Promise.all(Array.from({ length: count }, async () => (await api.pay({ amount: 7 })).json))
  const reports = async () => {
    const reported = await fetch(`${acquirer.url}/v1/reports?after=0&limit=500`, {
      headers: { authorization: `Bearer sbx_${product.credentials.merchantId}` },
    })
    return ((await reported.json()) as Json).entries as Json[]
  }

  it('is recorded once, through kill -9 of gateway and acquirer in the midst of it', async () => {
    const known = (await reports()).length
    const made = await payments(30)
    const reported = (count: number) =>
      until(async () => (await reports()).length >= known + count, { withinMs: 20_000, what: `${count} lines more` })
    await product.advanceClock(settleAfterMs)
    await reported(30)
    await product.advanceClock(payOutAfterMs)
    await reported(31)
    await product.kill('gateway')
    const before = await reports()
    await product.kill('sandbox')
    await until(async () => (await api.get('/v1/payments?limit=1').catch(() => null))?.status === 200, {
      withinMs: 30_000,
      what: 'the gateway to answer again',
    })
    acquirer = await until(() => acquirerOf(product).catch(() => null), {
      withinMs: 30_000,
      what: 'the acquirer to be back',
    })
    await until(() => acquirer.ledger().catch(() => null), { withinMs: 30_000, what: 'the acquirer to answer again' })
    expect((await reports()).slice(0, before.length)).toEqual(before)
    for (const payment of made) expect(await onBalance(payment, 700)).toEqual(allOnBalance(700))
    for (const payment of made) {
      const types = await ledger.eventTypes(payment.transaction_id)
      expect(types.filter((type) => type.endsWith('settled') || type.endsWith('paid_out'))).toHaveLength(2)
    }
    expect(await ledger.unbalanced()).toEqual([])
  }, 120_000)

  it('is read again later where the acquirer does not answer, or answers nonsense', async () => {
    const kinds = ['http_503_before', 'garbage_after', 'truncate_after']
    await acquirer.faults(kinds.map((kind) => ({ match: { operation: 'report' }, fault: { kind } })))
    const [paid] = await payments(1)
    expect(await paidOut(paid, 700)).toEqual(allOnBalance(700))
  }, 60_000)
})
