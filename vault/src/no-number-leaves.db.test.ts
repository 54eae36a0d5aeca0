import { readFileSync } from 'node:fs'
import { reservedTestNumber } from '@tessera/contracts/test-cards'
import { vaultPaths } from '@tessera/contracts/vault-protocol'
import { secureRandom } from '@tessera/lib/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tools/testing/database.ts'
import { activate, authorize, claim, claimCard, erase, fence, release } from './testing/calls.ts'
import { type Answer, type RunningVault, runVault } from './testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from './testing/stub-acquirer.ts'

/** A fresh number and a CVC that no innocent text holds: whatever shows them has them from here. */
const number = reservedTestNumber(Math.floor(secureRandom.unit() * 9_999_999))
const cvc = '907'
const spellings = [
  number,
  number.replace(/(.{4})(?=.)/g, '$1 '),
  number.replace(/(.{4})(?=.)/g, '$1-'),
  number.slice(2, -4),
  Buffer.from(number).toString('hex'),
  ...[0, 1, 2].map((before) =>
    Buffer.from('x'.repeat(before) + number)
      .toString('base64')
      .slice(before === 0 ? 0 : before + 1, 20),
  ),
]

let database: TestDatabase
let acquirer: StubAcquirer
let vault: RunningVault
const said: string[] = []

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../migrations/', import.meta.url), name: 'leaves' })
  acquirer = await startStubAcquirer()
  // The worst acquirer: it says back everything that it was sent, in every way.
  acquirer.behave((request, res) => {
    const { card } = JSON.parse(request.body || '{"card":{}}')
    res.setHeader('content-type', `text/plain; echo=${card.number ?? ''}`)
    res.end(
      JSON.stringify({
        request,
        card,
        numeric: Number(card.number ?? 0),
        base64: Buffer.from(JSON.stringify(card)).toString('base64'),
        grouped: String(card.number ?? '').replace(/(.{4})/g, '$1 '),
      }),
    )
  })
  vault = await runVault(database.url, { environment: { TESSERA_SANDBOX_URL: acquirer.url } })
  const { call, post } = vault
  const keep = async (answer: Promise<Answer>): Promise<Answer> => {
    const { status, headers, text } = await answer
    said.push(`${status} ${JSON.stringify([...headers])} ${text}`)
    return answer
  }
  vault.call = (...parameters) => keep(call(...parameters))
  vault.post = (...parameters) => keep(post(...parameters))
})

afterAll(async () => {
  await vault.stop()
  await acquirer.stop()
  await database.drop()
})

const card = { number, exp_month: 11, exp_year: 2041, cvc, cardholder_name: 'Grace Hopper' }

function search(texts: readonly string[]): string[] {
  return spellings.filter((spelling) => texts.some((text) => text.includes(spelling)))
}

describe('a card number', () => {
  it('goes to the acquirer, and there alone, through every call that there is', async () => {
    const token = (await vault.post({ card })).json.id
    const broken = [
      { card: { ...card, exp_month: 13 } },
      { card: { ...card, cvc: `${cvc}${cvc}` } },
      { card: { ...card, cardholder_name: number } },
      { card: { ...card, number: `${number}0` } },
      { card: { [number]: number } },
      { [number]: { card } },
      `{"card":{"number":"${number}"`,
      `{"card":{"number":${number}}}`,
      `{"card":{"number":"${number}","number":"${number}"}}`,
      `"${number}"`,
      number,
    ]
    for (const body of broken) expect((await vault.post(body)).status).toBe(400)
    expect((await vault.post({ card }, { headers: { 'content-type': `text/${number}` } })).status).toBe(415)
    expect((await vault.post({ card }, { key: number })).status).toBe(401)

    await claim(vault, 'att_1', token, { withFingerprint: true })
    await claim(vault, 'att_1', token)
    await claim(vault, 'att_2', token)
    await authorize(vault, 'att_1', { card: { attemptId: 'att_1', saveAs: 'pmi_1' } })
    await authorize(vault, 'att_1')
    await authorize(vault, 'att_1', { stepId: 'att_1.2' })
    await activate(vault, 'pmi_1')
    await claimCard(vault, 'att_3', 'pmi_1', { withFingerprint: true })
    await authorize(vault, 'att_3')
    await fence(vault, 'att_3')
    await fence(vault, 'att_4')
    await vault.call(vaultPaths.unsentClaims, { olderThanMs: 0, claimedFromMs: 0, limit: 10 })
    await vault.call(vaultPaths.cardTestingAlerts, { acknowledged: [] })
    await release(vault, 'att_1', 'ended')
    await release(vault, 'att_3', 'unused')
    await vault.pushKeys()
    await vault.vault.runChores()
    await erase(vault, 'pmi_1')
    for (const path of Object.values(vaultPaths)) {
      await vault.call(path, { number, cvc, card })
      await vault.call(path, card)
    }
    for (const origin of [vault.vault.urls.public, vault.vault.urls.internal]) {
      for (const path of ['/metrics', '/healthz', '/readyz', `/v1/tokens/${token}`, '/v1/tokens', `/${number}`]) {
        const response = await fetch(`${origin}${path}`)
        said.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`)
      }
    }

    expect(acquirer.received.filter(({ body }) => body.includes(number)).length).toBe(3)
    expect(
      search(['planted: ', number, Buffer.from(`xx${number}`).toString('base64')]),
      'the search finds',
    ).not.toEqual([])
    expect(said.length).toBeGreaterThan(50)
    expect(search(said)).toEqual([])
    expect(search(vault.logLines)).toEqual([])
    expect(said.filter((text) => /\b907\b/.test(text))).toEqual([])
    expect(vault.logLines.filter((line) => /\b907\b/.test(line))).toEqual([])
  })

  it('is in no table, in no column, in clear', async () => {
    const [{ rows: tables }] = [
      await vault.sql.query(`select table_name from information_schema.tables where table_schema = 'public'`),
    ]
    await vault.post({ card })
    const texts: string[] = []
    for (const { table_name: table } of tables) {
      const { rows } = await vault.sql.query(`select * from ${table}`)
      texts.push(
        JSON.stringify(rows, (_key, value) =>
          value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
        ),
      )
    }
    expect(tables.length).toBeGreaterThan(10)
    expect(texts.join()).toContain('Grace Hopper')
    expect(search(texts)).toEqual([])
  })

  it('has no call that could return it: every path of the protocol is one of these', () => {
    const listener = readFileSync(new URL('./internal/internal-calls.ts', import.meta.url), 'utf8')
    const served = [...listener.matchAll(/vaultPaths\.(\w+)/g)].map((match) => match[1])
    // A group is no call of its own: it carries calls of this list, and each is answered as it would be alone.
    expect([...served, 'groups'].sort()).toEqual(Object.keys(vaultPaths).sort())
  })
})
