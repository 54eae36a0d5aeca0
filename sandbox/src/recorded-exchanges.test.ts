import { outcomeTestNumber } from '@tessera/contracts/test-cards'
import { expect, test } from 'vitest'
import { authorization, type RunningSandbox, runSandbox } from './testing/running-sandbox.ts'

interface Exchange {
  name: string
  operation: string
  request: { method: string; path: string; headers: Record<string, string>; body: unknown }
  answer: { status: number; contentType: string; body: string }
}

const account = 'mer_1'
const headers = { authorization: `Bearer sbx_${account}` }

/**
 * What the sandbox truly says, as the connector's contract suite reads it. Run with `--update` after a change that is
 * meant; without one, a difference fails here first.
 */
test('the recorded exchanges are what the sandbox still says', async () => {
  const sandbox = await runSandbox()
  try {
    const exchanges = await record(sandbox)
    const file = new URL('../../contracts/test-vectors/sandbox-exchanges.json', import.meta.url)
    await expect(`${JSON.stringify(exchanges, null, 2)}\n`).toMatchFileSnapshot(file.pathname)
  } finally {
    await sandbox.stop()
  }
})

async function record(sandbox: RunningSandbox): Promise<Exchange[]> {
  const exchanges: Exchange[] = []
  async function exchange(name: string, operation: string, method: string, path: string, body?: unknown) {
    const { status, contentType, body: text } = await sandbox.call(method, path, body, account)
    const answer = { status, contentType, body: text }
    exchanges.push({ name, operation, request: { method, path, headers, body: body ?? null }, answer })
  }
  const authorize = (name: string, reference: string, more: Parameters<typeof authorization>[1] = {}) =>
    exchange(name, 'authorize', 'POST', '/v1/authorizations', authorization(reference, more))
  const modify = (name: string, operation: string, collection: string, of: string, body: unknown) =>
    exchange(name, operation, 'POST', `/v1/authorizations/${of}/${collection}`, body)
  const inquire = (name: string, reference: string) => exchange(name, 'inquire', 'GET', `/v1/references/${reference}`)

  await authorize('authorization approved', 'att_1')
  await authorize('sale approved', 'att_2', { capture: true })
  await authorize('mastercard approved', 'att_3', { card: { number: '5555555555554444' } })
  await authorize('declined for insufficient funds', 'att_4', { card: { number: '4000000000009995' } })
  await authorize('declined until authenticated', 'att_5', { card: { number: '4000000000003220' } })
  await authorize('mastercard soft decline', 'att_6', { card: { number: outcomeTestNumber('0065', 'mastercard') } })
  await authorize('declined with advice', 'att_7', { card: { number: outcomeTestNumber('0221', 'mastercard') } })
  await authorize('reference reused', 'att_1', { amount_minor: 1 })
  await authorize('verification without an amount', 'att_8', {
    amount_minor: 0,
    card: { number: outcomeTestNumber('0085') },
  })

  await modify('capture of a part', 'capture', 'captures', 'att_1', {
    reference: 'cap_1',
    amount_minor: 1000,
    final: false,
  })
  await modify('capture of too much', 'capture', 'captures', 'att_1', {
    reference: 'cap_2',
    amount_minor: 763,
    final: true,
  })
  await modify('capture of nothing known', 'capture', 'captures', 'att_99', {
    reference: 'cap_3',
    amount_minor: 1,
    final: true,
  })

  await modify('reversal of the rest', 'reverse', 'reversals', 'att_1', { reference: 'rev_1', amount_minor: 762 })
  await modify('reversal of a sale', 'reverse', 'reversals', 'att_2', { reference: 'rev_2', amount_minor: 1762 })
  await modify('reversal of nothing known', 'reverse', 'reversals', 'att_98', {
    reference: 'rev_3',
    amount_minor: 1762,
  })
  await modify('reversal of what is captured', 'reverse', 'reversals', 'att_1', {
    reference: 'rev_4',
    amount_minor: 1000,
  })

  await modify('refund', 'refund', 'refunds', 'att_1', { reference: 'orf_1', amount_minor: 400 })
  await modify('refund of too much', 'refund', 'refunds', 'att_1', { reference: 'orf_2', amount_minor: 601 })
  await authorize('sale whose refunds fail later', 'att_9', { capture: true, card: { number: '4000000000005126' } })
  await modify('refund pending', 'refund', 'refunds', 'att_9', { reference: 'orf_3', amount_minor: 5 })
  await inquire('inquiry about a pending refund', 'orf_3')
  sandbox.clock.advance(10_000)
  await inquire('inquiry about a failed refund', 'orf_3')
  await authorize('authorization after its reversal', 'att_98', { capture: true })

  await inquire('inquiry about an approved authorization', 'att_1')
  await inquire('inquiry about a declined authorization', 'att_4')
  await inquire('inquiry about a capture', 'cap_1')
  await inquire('inquiry about a refused capture', 'cap_2')
  await inquire('inquiry about a reversal that found nothing', 'rev_3')
  await inquire('inquiry about nothing known', 'att_97')

  const report = (name: string, after: number, limit: number) =>
    exchange(name, 'reports', 'GET', `/v1/reports?after=${after}&limit=${limit}`)
  for (const [reference, number] of [
    ['att_10', '4000000000000259'],
    ['att_11', '4000000000002685'],
  ] as const) {
    await sandbox.call('POST', '/v1/authorizations', authorization(reference, { capture: true, card: { number } }))
  }
  sandbox.clock.advance(60_000)
  await report('report from its beginning', 0, 4)
  await report('report from its middle', 4, 100)
  await report('report without news', 1_000, 100)
  return exchanges
}
