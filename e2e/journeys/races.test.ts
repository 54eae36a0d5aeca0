import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Answer, type Api, apiOf, type Json } from '../harness/api.ts'
import { databasesOf } from '../harness/databases.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { until } from '../harness/until.ts'

let product: Product
let api: Api
let acquirer: Acquirer

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  acquirer = await acquirerOf(product)
})
afterAll(() => product?.dispose())

const read = async (id: string): Promise<Json> => (await api.get(`/v1/payments/${id}`)).json
const entriesOf = async (amountMinor: number) =>
  (await acquirer.ledger()).filter((entry) => entry.amount_minor === amountMinor && entry.type === 'authorization')
const minor = (text: string): number => Math.round(Number(text) * 100)

/** Until what was asked for at once is settled: nothing pending, and the acquirer and we say the same. */
async function settled(id: string, amountMinor: number) {
  return until(
    async () => {
      const [payment, [entry]] = [await read(id), await entriesOf(amountMinor)]
      const agrees =
        minor(payment.amount_captured) === entry.captured_minor &&
        minor(payment.amount_refunded) === entry.refunded_minor
      return agrees && payment.refunds.every((refund: Json) => refund.status !== 'pending') ? { payment, entry } : null
    },
    { withinMs: 30_000, what: 'acquirer and gateway to agree' },
  )
}

describe('at the same moment', () => {
  it('thirty captures of a third each capture three thirds', async () => {
    const { transaction_id: id } = (await api.pay({ amount: 90, capture_method: 'manual' })).json
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => api.post(`/v1/payments/${id}/capture`, { amount: 30, final: false })),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(3)
    const { entry } = await settled(id, 9000)
    expect(entry).toMatchObject({ captured_minor: 9000, held_minor: 0 })
    expect(entry.operations).toHaveLength(3)
  })

  it('thirty refunds of a third each refund three thirds', async () => {
    const { transaction_id: id } = (await api.pay({ amount: 93 })).json
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => api.post(`/v1/payments/${id}/refund`, { amount: 31 })),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(3)
    const { payment, entry } = await settled(id, 9300)
    expect(payment.status).toBe('refunded')
    expect(entry.operations).toHaveLength(3)
  })

  it('a capture and a void never both win, nor does money stay held', async () => {
    const seen = new Set<string>()
    const race = async (_: unknown, round: number) => {
      const amount = 1_000 + round
      const { transaction_id: id } = (await api.pay({ amount, capture_method: 'manual' })).json
      const ask = [() => api.post(`/v1/payments/${id}/capture`), () => api.post(`/v1/payments/${id}/void`)]
      const answers = await Promise.all((round % 2 === 0 ? ask : ask.reverse()).map((each) => each()))
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
      const { payment, entry } = await settled(id, amount * 100)
      expect(entry.held_minor).toBe(0)
      expect(payment.status).toBe(entry.captured_minor > 0 ? 'completed' : 'canceled')
      seen.add(payment.status)
    }
    await Promise.all(Array.from({ length: 12 }, race))
    expect(seen.size).toBeGreaterThan(0)
  })

  it('captures, refunds and voids from all sides leave books that agree', async () => {
    const { transaction_id: id } = (await api.pay({ amount: 97, capture_method: 'manual' })).json
    const calls = Array.from({ length: 60 }, (_, index) => {
      if (index % 3 === 0) return api.post(`/v1/payments/${id}/capture`, { amount: 7, final: false })
      if (index % 3 === 1) return api.post(`/v1/payments/${id}/refund`, { amount: 3 })
      return index > 50 ? api.post(`/v1/payments/${id}/void`) : api.post(`/v1/payments/${id}/capture`, { amount: 50 })
    })
    const answers = await Promise.all(calls)
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200, 400]))
    const { payment } = await settled(id, 9700)
    expect(minor(payment.amount_captured)).toBeLessThanOrEqual(9700)
    expect(minor(payment.amount_refunded)).toBeLessThanOrEqual(minor(payment.amount_captured))
  })
})

describe('a request that the vault sends late', () => {
  const countOf = async (role: 'gateway' | 'vault', rows: string): Promise<number> =>
    databasesOf(product).with(role, `tessera_${role}`, async (client) => {
      const result = await client.query(`select count(*) from ${rows}`)
      return Number(result.rows[0].count)
    })

  /** Whether somebody's write to the payments waits for the table to be free. */
  async function isWaitedFor(lock: Client): Promise<boolean> {
    const { rows } = await lock.query(`select 1 from pg_locks where relation = 'payments'::regclass and not granted`)
    return rows.length > 0
  }

  /**
   * Stops the vault between claim and send: the attempt's commit is held back until the claim is through and the vault
   * stands still, so that it finds the request in its hands when it goes on.
   */
  async function payWhileVaultStands(amount: number, meanwhile: () => Promise<void>): Promise<Answer | null> {
    const body = { amount, currency: 'USD', token: await api.token() }
    const vault = (await product.status()).processes.vault?.pid as number
    const lock = await databasesOf(product).connect('superuser', 'tessera_gateway')
    await lock.query('begin')
    await lock.query('lock table payments in share mode')
    const answer = api.post('/v1/payments', body).catch(() => null)
    try {
      // The claim is in the gateway's hands once it waits for our lock.
      await until(() => isWaitedFor(lock), { withinMs: 8_000, what: 'the claim' })
      process.kill(vault, 'SIGSTOP')
      await lock.query('rollback')
      await until(async () => (await countOf('gateway', `operations where state = 'sending'`)) > 0, {
        withinMs: 20_000,
        what: 'the attempt to be recorded',
      })
      // A gateway that answers others has gone on; however slow it is, it has sent its request meanwhile.
      for (let others = 0; others < 5; others += 1) await api.get('/v1/payments?limit=1')
      await sleep(500)
      await meanwhile()
    } finally {
      await lock.end()
      process.kill(vault, 'SIGCONT')
    }
    return answer
  }

  it('after its gateway was killed is found and adopted, once', async () => {
    await payWhileVaultStands(87, async () => {
      const before = (await product.status()).processes.gateway?.pid
      await product.kill('gateway')
      await until(
        async () => {
          const { gateway } = (await product.status()).processes
          return gateway?.pid && gateway.pid !== before
        },
        { withinMs: 30_000, what: 'the gateway to be started again' },
      )
    })
    await until(async () => (await entriesOf(87_00)).length > 0, {
      withinMs: 30_000,
      what: 'the late request to arrive',
    })
    await until(async () => (await api.get('/v1/payments?limit=1').catch(() => null))?.status === 200, {
      withinMs: 60_000,
      what: 'the gateway to answer again',
    })
    // What a killed gateway left is looked into half a minute later.
    await product.advanceClock(40_000)
    const [payment] = await until(
      async () => {
        const { data } = (await api.get('/v1/payments?limit=1')).json
        return data[0].status === 'pending' ? null : data
      },
      { withinMs: 30_000, what: 'the doubt to be settled' },
    )
    expect(payment).toMatchObject({ amount: '87.00', status: 'completed' })
    expect(await entriesOf(87_00)).toMatchObject([{ captured_minor: 87_00 }])
  })

  it('is not sent at all once its time has passed', async () => {
    const answer = await payWhileVaultStands(88, () => sleep(11_000))
    expect(answer).toMatchObject({ status: 400, json: { status: 'failed', error: { code: 'processing_error' } } })
    expect(await entriesOf(88_00)).toEqual([])
  })
})
