import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Answer, type Api, apiOf } from '../harness/api.ts'
import { whileTimePasses } from '../harness/passing-time.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { type Receiver, startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let acquirer: Acquirer
let receiver: Receiver

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  acquirer = await acquirerOf(product)
  receiver = await startReceiver()
  const endpoint = await api.post('/v1/webhook_endpoints', { url: receiver.url })
  expect(endpoint.status).toBe(201)
})
afterAll(async () => {
  await receiver?.stop()
  await product?.dispose()
})

const read = async (answer: Answer) => (await api.get(`/v1/payments/${answer.json.transaction_id}`)).json
const heldOf = async (amountMinor: number) =>
  (await acquirer.ledger()).filter((entry) => entry.amount_minor === amountMinor)

const settledStatus = (answer: Answer) =>
  until(
    async () => {
      const payment = await read(answer)
      return payment.status === 'pending' ? null : payment
    },
    { withinMs: 60_000, what: 'the doubt to be settled' },
  )

// Each has faults of its own, by its amount, and nobody moves the clock: they wait side by side.
describe.concurrent('a payment whose outcome is not known', () => {
  for (const [kind, amount] of [
    ['reset_after', 71],
    ['http_500_after', 72],
    ['garbage_after', 73],
    ['truncate_after', 74],
  ] as const) {
    it(`because of ${kind} is pending, never failed, and turns out paid`, async () => {
      await acquirer.faults([{ match: { amount_minor: amount * 100 }, fault: { kind }, times: 1 }])
      const answer = await api.pay({ amount })
      expect(answer.status).toBe(202)
      expect(answer.json.status).toBe('pending')
      expect(await settledStatus(answer)).toMatchObject({ status: 'completed' })
      expect(await heldOf(amount * 100)).toHaveLength(1)
      const told = await until(() => receiver.of('payment.succeeded', answer.json.transaction_id)[0], {
        withinMs: 30_000,
        what: 'the webhook that tells the truth',
      })
      expect(told.json).toMatchObject({ status: 'succeeded', amount: `${amount}.00` })
      expect(receiver.of('payment.failed', answer.json.transaction_id)).toHaveLength(0)
    })
  }

  it('because the acquirer never answered is settled by asking', async () => {
    await acquirer.faults([
      { match: { amount_minor: 7600, operation: 'authorize' }, fault: { kind: 'never_answer' }, times: 1 },
    ])
    const answer = await api.pay({ amount: 76 })
    expect(answer.status).toBe(202)
    expect(await settledStatus(answer)).toMatchObject({ status: 'completed' })
  })

  it('is repeated as pending with the same key, byte for byte, while reading tells the truth', async () => {
    await acquirer.faults([{ match: { amount_minor: 7800 }, fault: { kind: 'reset_after' }, times: 1 }])
    const body = { amount: 78, currency: 'USD', token: await api.token() }
    const first = await api.post('/v1/payments', body, { idempotencyKey: 'doubt' })
    expect(first.status).toBe(202)
    await settledStatus(first)
    const second = await api.post('/v1/payments', body, { idempotencyKey: 'doubt' })
    expect(second.text).toBe(first.text)
    expect(await heldOf(7800)).toHaveLength(1)
  })
})

describe('a payment whose outcome stays unknown', () => {
  afterEach(() => acquirer.clearFaults())

  it('because the connection broke before anything was processed fails only once the acquirer’s word is final', async () => {
    await acquirer.faults([{ match: { amount_minor: 7500 }, fault: { kind: 'reset_before' }, times: 1 }])
    const answer = await api.pay({ amount: 75 })
    expect(answer.status).toBe(202)
    await product.advanceClock(60_000)
    expect(await settledStatus(answer)).toMatchObject({ status: 'failed', error_code: 'processing_error' })
    expect(await heldOf(7500)).toHaveLength(0)
  })

  it('can be voided meanwhile, and what was approved goes back', async () => {
    await acquirer.faults([
      { match: { amount_minor: 7700, operation: 'authorize' }, fault: { kind: 'reset_after' }, times: 1 },
      { match: { operation: 'inquire' }, fault: { kind: 'http_503_before' }, times: 2 },
    ])
    const answer = await api.pay({ amount: 77 })
    expect(answer.json.status).toBe('pending')
    const voided = await api.post(`/v1/payments/${answer.json.transaction_id}/void`)
    expect(voided.json.status).toBe('canceled')
    const [entry] = await whileTimePasses(
      product,
      async () => {
        const entries = await heldOf(7700)
        return entries[0]?.held_minor === 0 && entries[0].operations.length > 0 ? entries : null
      },
      { withinMs: 30_000, what: 'the approval to be reversed' },
    )
    expect(entry.operations).toMatchObject([{ type: 'reversal' }])
    expect((await read(answer)).status).toBe('canceled')
  })
})

describe('a capture or refund whose outcome is not known', () => {
  afterEach(() => acquirer.clearFaults())

  it('keeps its amount reserved until the truth is known', async () => {
    const payment = await api.pay({ amount: 79, capture_method: 'manual' })
    await acquirer.faults([{ match: { operation: 'capture' }, fault: { kind: 'reset_after' }, times: 1 }])
    const captured = await api.post(`/v1/payments/${payment.json.transaction_id}/capture`)
    expect(captured.status).toBe(202)
    expect(captured.json.status).toBe('pending')
    const second = await api.post(`/v1/payments/${payment.json.transaction_id}/capture`)
    expect(second.status).toBe(400)
    const done = await whileTimePasses(
      product,
      async () => {
        const now = await read(payment)
        return now.status === 'completed' ? now : null
      },
      { withinMs: 30_000, what: 'the capture to be found' },
    )
    expect(done.amount_captured).toBe('79.00')
  })

  it('is not refunded twice', async () => {
    const payment = await api.pay({ amount: 80 })
    await acquirer.faults([{ match: { operation: 'refund' }, fault: { kind: 'http_500_after' }, times: 1 }])
    const refund = await api.post(`/v1/payments/${payment.json.transaction_id}/refund`)
    expect(refund.json.status).toBe('pending')
    const again = await api.post(`/v1/payments/${payment.json.transaction_id}/refund`)
    expect(again.status).toBe(400)
    await whileTimePasses(product, async () => (await read(payment)).status === 'refunded', {
      withinMs: 30_000,
      what: 'the refund to be found',
    })
    const [entry] = await heldOf(8000)
    expect(entry.operations.filter((operation: { type: string }) => operation.type === 'refund')).toHaveLength(1)
  })

  it('that stays pending at the acquirer ends as the acquirer says', async () => {
    const slow = await api.pay({ amount: 81 }, { number: '4000000000007726' })
    const refund = await api.post(`/v1/payments/${slow.json.transaction_id}/refund`)
    expect(refund.json.status).toBe('pending')
    const fails = await api.pay({ amount: 82 }, { number: '4000000000005126' })
    const doomed = await api.post(`/v1/payments/${fails.json.transaction_id}/refund`)
    expect(doomed.json.status).toBe('pending')
    await product.advanceClock(120_000)
    await whileTimePasses(product, async () => (await read(slow)).status === 'refunded', {
      withinMs: 30_000,
      what: 'the slow refund',
    })
    await whileTimePasses(product, async () => receiver.of('refund.failed', fails.json.transaction_id)[0], {
      withinMs: 30_000,
      what: 'the failed refund to be told',
    })
    expect((await read(fails)).status).toBe('completed')
  })
})
