import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Answer } from '../harness/api.ts'
import { until } from '../harness/until.ts'
import { Account } from './testing/account.ts'
import { answerFault } from './testing/contract.ts'
import { startWorld, type World } from './testing/world.ts'

const seed = Number(process.env.BAD_INPUT_SEED ?? 20_261_121)

/** Answers that are late, broken, doubled or not there. */
const kinds = [
  'garbage_after',
  'truncate_after',
  'duplicate_answer',
  'http_500_after',
  'http_503_before',
  'reset_before',
  'reset_after',
  'delay_after',
]
const operations = ['authorize', 'capture', 'reverse', 'refund', 'inquire']

let world: World
beforeAll(async () => {
  world = await startWorld({ environment: { TESSERA_WEBHOOKS_ENABLED: 'false' } })
})
afterAll(() => world?.end())

it('whatever the acquirer answers, callers get answers of the contract, and in the end both say the same', async () => {
  const { api, acquirer, product } = world
  const rule = fc.record({
    match: fc.record({ operation: fc.constantFrom(...operations) }),
    fault: fc.record({ kind: fc.constantFrom(...kinds), ms: fc.constant(200) }),
    times: fc.integer({ min: 1, max: 6 }),
    probability: fc.constantFrom(0.3, 0.6, 1),
  })
  const plan = fc.record({
    manual: fc.boolean(),
    steps: fc.array(fc.constantFrom('capture', 'void', 'refund'), { maxLength: 3 }),
    amount: fc.integer({ min: 2, max: 12 }),
  })
  await acquirer.faults(fc.sample(rule, { seed, numRuns: 60 }))

  const faults: string[] = []
  const look = (call: string, answer: Answer) => {
    const fault = answer.status >= 500 ? `status ${answer.status}` : answerFault(call, answer.status, answer.json)
    if (fault !== null) faults.push(`${call}: ${fault}: ${answer.text}`)
  }
  const statuses: Record<string, number> = {}
  await eachOf(fc.sample(plan, { seed, numRuns: 120 }), async ({ manual, steps, amount }) => {
    const paid = await api.pay({ amount: 12, capture_method: manual ? 'manual' : 'automatic' })
    look('POST /v1/payments', paid)
    statuses[paid.json.status] = (statuses[paid.json.status] ?? 0) + 1
    for (const step of steps) {
      const body = step === 'void' ? {} : { amount }
      look(`POST /v1/payments/{id}/${step}`, await api.post(`/v1/payments/${paid.json.transaction_id}/${step}`, body))
      look('GET /v1/payments/{id}', await api.get(`/v1/payments/${paid.json.transaction_id}`))
    }
  })
  console.log(`seed ${seed}: ${JSON.stringify(statuses)}`)
  expect(faults).toEqual([])
  expect(statuses.pending).toBeGreaterThan(5)

  await acquirer.clearFaults()
  const account = await Account.open(world)
  await until(
    async () => {
      if (await account.isSettled()) return true
      // What was never heard of again is final only after the acquirer's own window.
      await product.advanceClock(60_000)
      return false
    },
    { withinMs: 60_000, what: 'all outcomes to be known', everyMs: 2_000 },
  )
  expect(await account.againstAcquirer()).toEqual([])
  await account.close()
}, 180_000)

/** Eight at a time. */
async function eachOf<T>(all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let one = all[next++]; one !== undefined; one = all[next++]) await run(one)
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}
