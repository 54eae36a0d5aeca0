import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../../harness/api.ts'
import { type Inflow, inflowOf } from '../../harness/inflow.ts'
import { whileTimePasses } from '../../harness/passing-time.ts'
import { type Product, startProduct } from '../../harness/product.ts'

let product: Product
let inflow: Inflow

beforeAll(async () => {
  product = await startProduct({
    environment: {
      TESSERA_SANDBOX_SETTLE_AFTER_MS: '10m',
      TESSERA_SANDBOX_PAY_OUT_AFTER_MS: '10m',
      TESSERA_SANDBOX_DISPUTE_AFTER_MS: '5m',
      TESSERA_SANDBOX_DISPUTE_LASTS_MS: '60d',
    },
  })
  inflow = inflowOf(product)
})
afterAll(() => product?.dispose())

const paid = async (card: Record<string, unknown> = {}): Promise<Json> =>
  (await inflow.pay({ autoConfirm: true }, card)).json

/** Lets the acquirer's days pass. */
async function reaches(id: string, what: string, isThere: (payment: Json) => boolean): Promise<Json> {
  await product.advanceClock(20 * 60_000)
  return whileTimePasses(
    product,
    async () => {
      const read = await inflow.read(id)
      return isThere(read) ? read : null
    },
    { withinMs: 60_000, what },
  )
}

const statusesOf = ({ timeline }: Json): string[] => timeline.map(({ status }: Json) => status)

describe('after its capture a payment', () => {
  it('is received when the acquirer settles it, and a success on the balance of its merchant', async () => {
    const { id } = await paid()
    const done = await reaches(id, 'PAYMENT_SUCCESS', ({ status }) => status === 'PAYMENT_SUCCESS')
    expect(statusesOf(done)).toEqual([
      'INITIATION',
      'CHECKOUT_PENDING',
      'CHECKOUT_SUCCESS',
      'PAYMENT_RECEIVED',
      'PAYMENT_SUCCESS',
    ])
    expect(done.depositStatus).toBe('succeeded')
    const refunded = await inflow.api('POST', `/api/payment/${id}/refund`)
    expect([refunded.status, refunded.json.status]).toEqual([201, 'FULLY_REFUNDED'])
  })

  it('that is disputed stays as it was, tells of it in its timeline, and is not refunded meanwhile', async () => {
    const { id } = await paid({ number: '4000000000000259' })
    const disputed = await reaches(id, 'the dispute', (read) => statusesOf(read).includes('DISPUTED'))
    expect(disputed).toMatchObject({ depositStatus: 'succeeded', transactionSummary: { refunded: 0 } })
    expect(['PAYMENT_RECEIVED', 'PAYMENT_SUCCESS']).toContain(disputed.status)
    const refused = await inflow.api('POST', `/api/payment/${id}/refund`)
    expect([refused.status, refused.json.error]).toEqual([400, 'Bad Request'])
  })
})
