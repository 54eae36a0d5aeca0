import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { type Ledger, ledgerOf } from '../harness/ledger.ts'
import { whileTimePasses } from '../harness/passing-time.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { type Receiver, startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let acquirer: Acquirer
let ledger: Ledger
let receiver: Receiver

/** Until the slowest dispute is there: after a warning it comes three times as late. */
const disputedAfterMs = 25 * 60_000

beforeAll(async () => {
  product = await startProduct({
    environment: {
      TESSERA_SANDBOX_SETTLE_AFTER_MS: '10m',
      TESSERA_SANDBOX_PAY_OUT_AFTER_MS: '5m',
      TESSERA_SANDBOX_DISPUTE_AFTER_MS: '5m',
      TESSERA_SANDBOX_DISPUTE_LASTS_MS: '60d',
    },
  })
  api = apiOf(product)
  acquirer = await acquirerOf(product)
  ledger = ledgerOf(product)
  receiver = await startReceiver()
  await api.post('/v1/webhook_endpoints', { url: receiver.url })
})
afterAll(async () => {
  await receiver?.stop()
  await product?.dispose()
})

const fraudCard = { number: '4000000000000259' }
const pathOf = (payment: Json) => `/v1/payments/${payment.transaction_id}`
const read = async (payment: Json) => (await api.get(pathOf(payment))).json
const disputeIs = (payment: Json, status: string) =>
  whileTimePasses(product, async () => (await read(payment)).dispute?.status === status && (await read(payment)), {
    withinMs: 20_000,
    what: `the dispute of ${payment.transaction_id} to be ${status}`,
  })
const balancesAre = (payment: Json, expected: Record<string, number>) =>
  whileTimePasses(
    product,
    async () => {
      const balances = await ledger.balances(payment.transaction_id)
      return Object.entries(expected).every(([account, minor]) => balances[account] === minor)
    },
    { withinMs: 20_000, what: `balances of ${payment.transaction_id}: ${JSON.stringify(expected)}` },
  )
const refund = (payment: Json, amount?: number) =>
  api.post(`${pathOf(payment)}/refund`, amount === undefined ? {} : { amount })

async function disputed(amount: number): Promise<Json> {
  const paid = (await api.pay({ amount }, fraudCard)).json
  expect(paid.status).toBe('completed')
  await product.advanceClock(disputedAfterMs)
  await disputeIs(paid, 'open')
  return paid
}

describe('a dispute', () => {
  it('is told by payment.chargeback, stands in the payment, and holds its money back', async () => {
    const paid = await disputed(40)
    const told = await until(() => receiver.of('payment.chargeback', paid.transaction_id)[0], {
      withinMs: 30_000,
      what: 'the webhook',
    })
    expect(told.json).toMatchObject({
      event: 'payment.chargeback',
      status: 'chargeback',
      amount: '40.00',
      sequence: 2,
      dispute: { status: 'open', amount: '40.00', reason: 'fraud', closed_at: null },
    })
    const payment = await read(paid)
    expect(payment).toMatchObject({
      status: 'completed',
      dispute: { status: 'open', amount: '40.00', reason: 'fraud' },
    })
    const [truth] = (await acquirer.disputes()).filter((each) => each.amount_minor === 4000)
    expect(payment.dispute.id).toBe(truth.id)
    await balancesAre(paid, { acquirer_receivable: 0, merchant_balance: 0, dispute_reserve: 4000 })
  })

  it('that is open or lost allows no refund, and a lost one leaves nothing earned', async () => {
    const paid = await disputed(41)
    const { dispute } = await read(paid)
    for (const amount of [undefined, 1]) {
      const refused = await refund(paid, amount)
      expect([refused.status, refused.json.error.code]).toEqual([400, 'invalid_status'])
    }
    await acquirer.endDispute(dispute.id, 'lost')
    const lost = await disputeIs(paid, 'lost')
    expect(lost.dispute.closed_at).toMatch(/^\d{4}-/)
    expect((await refund(paid, 1)).json.error.code).toBe('invalid_status')
    await balancesAre(paid, {
      acquirer_receivable: 0,
      acquirer_settled: 0,
      merchant_balance: 0,
      dispute_reserve: 0,
      merchant_payable: 0,
    })
    expect(await acquirer.authorization(await ledger.attempt(paid.transaction_id))).toMatchObject({
      refunded_minor: 0,
      dispute: { state: 'lost' },
    })
  })

  it('that is won gives the money back, and refunds are possible again', async () => {
    const paid = await disputed(42)
    await acquirer.endDispute((await read(paid)).dispute.id, 'won')
    await disputeIs(paid, 'won')
    await balancesAre(paid, { merchant_balance: 4200, dispute_reserve: 0, merchant_payable: -4200 })
    expect((await refund(paid, 2)).status).toBe(200)
    expect((await refund(paid)).status).toBe(200)
    expect((await read(paid)).status).toBe('refunded')
    await product.advanceClock(disputedAfterMs)
    await balancesAre(paid, { acquirer_receivable: 0, acquirer_settled: 0, merchant_balance: 0, merchant_payable: 0 })
    expect(await ledger.unbalanced()).toEqual([])
  })

  it('is about what was not refunded before it came', async () => {
    const paid = (await api.pay({ amount: 43 }, fraudCard)).json
    expect((await refund(paid, 3)).status).toBe(200)
    await product.advanceClock(disputedAfterMs)
    const payment = await disputeIs(paid, 'open')
    expect(payment).toMatchObject({ amount_refunded: '3.00', dispute: { amount: '40.00' } })
  })

  it('survives kill -9 of gateway and acquirer, and ends afterwards', async () => {
    const paid = await disputed(44)
    const { dispute } = await read(paid)
    await product.kill('gateway')
    await product.kill('sandbox')
    await until(async () => (await api.get(pathOf(paid)).catch(() => null))?.status === 200, {
      withinMs: 30_000,
      what: 'the gateway to answer again',
    })
    // Until it listens again it has no address.
    acquirer = await until(() => acquirerOf(product).catch(() => null), {
      withinMs: 30_000,
      what: 'the acquirer to be back',
    })
    await until(() => acquirer.endDispute(dispute.id, 'won').catch(() => null), {
      withinMs: 30_000,
      what: 'the acquirer to answer again',
    })
    expect((await disputeIs(paid, 'won')).dispute).toMatchObject({ id: dispute.id, amount: '44.00' })
    // The kill may have hit its delivery, which is then sent again when its lease has ended.
    const told = async () => receiver.of('payment.chargeback', paid.transaction_id)[0]
    const chargeback = await whileTimePasses(product, told, { withinMs: 20_000, what: 'the webhook' })
    expect(chargeback.json.sequence).toBe(2)
  }, 90_000)
})

describe('once a payment is settled', () => {
  it.each([
    ['4000000000002685', 'not_received'],
    ['4000000000001976', 'inquiry'],
    ['4000000000005423', 'early_fraud_warning'],
  ])('card %s brings a dispute for %s', async (number, reason) => {
    const paid = (await api.pay({ amount: 12 }, { number })).json
    await product.advanceClock(disputedAfterMs)
    expect((await disputeIs(paid, 'open')).dispute).toMatchObject({ reason, amount: '12.00' })
  })

  it('an ordinary card brings none', async () => {
    const paid = (await api.pay({ amount: 13 })).json
    await product.advanceClock(disputedAfterMs)
    await balancesAre(paid, { merchant_balance: 1300 })
    expect((await read(paid)).dispute).toBeNull()
  })
})
