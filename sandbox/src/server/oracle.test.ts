import { afterEach, beforeEach, expect, test } from 'vitest'
import { authorization, type RunningSandbox, runSandbox } from '../testing/running-sandbox.ts'

let sandbox: RunningSandbox
beforeEach(async () => {
  sandbox = await runSandbox()
})
afterEach(() => sandbox.stop())

async function liveThroughEverything(): Promise<void> {
  const post = (path: string, body: unknown, account?: string) => sandbox.call('POST', path, body, account)
  await post('/v1/authorizations', authorization('att_1'))
  await post('/v1/authorizations/att_1/captures', { reference: 'cap_1', amount_minor: 1000, final: false })
  await post('/v1/authorizations/att_1/captures', { reference: 'cap_2', amount_minor: 5000, final: false })
  await post('/v1/authorizations/att_1/refunds', { reference: 'ref_1', amount_minor: 400 })
  await post('/v1/authorizations/att_1/reversals', { reference: 'rev_1', amount_minor: 700 })
  await post('/v1/authorizations', authorization('att_2', { currency: 'eur', card: { number: '4000000000009995' } }))
  await post('/v1/authorizations/att_3/reversals', { reference: 'rev_3', amount_minor: null })
  await post('/v1/authorizations', authorization('att_1', { currency: 'jpy', capture: true }), 'mer_2')
}

test('the ledger tells per authorization all that was done to it, and what is still held', async () => {
  await liveThroughEverything()
  const [first, second, third, ...rest] = await sandbox.ledger('mer_1')
  expect(rest).toEqual([])
  expect(first).toMatchObject({
    account: 'mer_1',
    type: 'authorization',
    reference: 'att_1',
    status: 'approved',
    last4: '4242',
    captured_minor: 1000,
    refunded_minor: 400,
    released_minor: 700,
    held_minor: 62,
    operations: [
      { type: 'capture', reference: 'cap_1', status: 'succeeded', amount_minor: 1000 },
      { type: 'capture', reference: 'cap_2', status: 'refused', code: 'amount_too_large' },
      { type: 'refund', reference: 'ref_1', status: 'succeeded', amount_minor: 400 },
      { type: 'reversal', reference: 'rev_1', status: 'succeeded', effect: 'released', amount_minor: 700 },
    ],
  })
  expect(second).toMatchObject({ reference: 'att_2', status: 'declined', response_code: '51', held_minor: 0 })
  expect(third).toMatchObject({ type: 'reversal', authorization: 'att_3', tombstone: true })
  expect(await sandbox.ledger()).toHaveLength(4)
})

test('the summary counts and adds up per currency', async () => {
  await liveThroughEverything()
  expect((await sandbox.call('GET', '/sandbox/summary')).json).toMatchObject({
    authorizations: 3,
    approved: 2,
    declined: 1,
    captures: 2,
    reversals: 2,
    refunds: 1,
    refused: 1,
    currencies: {
      usd: { held_minor: 62, captured_minor: 1000, refunded_minor: 400 },
      eur: { held_minor: 0, captured_minor: 0, refunded_minor: 0 },
      jpy: { held_minor: 0, captured_minor: 1762, refunded_minor: 0 },
    },
  })
  const other = await sandbox.call('GET', '/sandbox/summary?account=mer_2')
  expect(other.json).toMatchObject({ authorizations: 1, captures: 0 })
})

test('a restart changes nothing of the truth', async () => {
  await liveThroughEverything()
  const before = await sandbox.ledger()
  await sandbox.restart()
  expect(await sandbox.ledger()).toEqual(before)
})

test('a pending refund can be settled at once, either way', async () => {
  await sandbox.call(
    'POST',
    '/v1/authorizations',
    authorization('att_1', { capture: true, card: { number: '4000000000007726' } }),
  )
  const refund = (reference: string) =>
    sandbox.call('POST', '/v1/authorizations/att_1/refunds', { reference, amount_minor: 100 })
  const statusOf = async (reference: string) => (await sandbox.call('GET', `/v1/references/${reference}`)).json.status
  await refund('ref_1')
  await refund('ref_2')
  expect((await sandbox.call('POST', '/sandbox/refunds/ref_1/settle')).json).toEqual({ settled: 1 })
  await sandbox.call('POST', '/sandbox/refunds/ref_2/settle', { outcome: 'failed' })
  expect([await statusOf('ref_1'), await statusOf('ref_2')]).toEqual(['succeeded', 'failed'])
  expect((await sandbox.call('POST', '/sandbox/refunds/ref_1/settle')).json).toEqual({ settled: 0 })
})

test('a ledger of thousands is streamed whole', async () => {
  const references = Array.from({ length: 3000 }, (_, index) => `att_${index}`)
  for (let index = 0; index < references.length; index += 100) {
    const some = references.slice(index, index + 100)
    await Promise.all(some.map((each) => sandbox.call('POST', '/v1/authorizations', authorization(each))))
  }
  const seen = await sandbox.ledger('mer_1')
  expect(seen.map((line) => line.reference).sort()).toEqual([...references].sort())
})
