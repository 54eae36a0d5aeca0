import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { activate, authorize, claim, claimCard, erase, fence } from '../testing/calls.ts'
import { type RunningVault, runVault } from '../testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from '../testing/stub-acquirer.ts'

let database: TestDatabase
let acquirer: StubAcquirer
let vault: RunningVault
let serial = 0
const newAttempt = (): string => `att_${++serial}`

beforeAll(async () => {
  database = await createTestDatabase({
    migrations: new URL('../../migrations/', import.meta.url),
    name: 'saved_cards',
  })
  acquirer = await startStubAcquirer()
  vault = await runVault(database.url, { environment: { TESSERA_SANDBOX_URL: acquirer.url } })
})

afterAll(async () => {
  await vault.stop()
  await acquirer.stop()
  await database.drop()
})

const face = {
  bin: '424242',
  last4: '4242',
  brand: 'visa',
  expMonth: 12,
  expYear: 2039,
  cardholderName: 'Ada Lovelace',
}

describe('a saved card', () => {
  async function saved(cardId: string): Promise<void> {
    const attempt = newAttempt()
    await claim(vault, attempt, await vault.token())
    await authorize(vault, attempt, { card: { attemptId: attempt, saveAs: cardId } })
  }

  it('is there before its first send, cannot be used until it is activated, and then sends without CVC', async () => {
    await saved('pmi_1')
    expect(await claimCard(vault, newAttempt(), 'pmi_1')).toEqual({ outcome: 'card_unknown' })
    expect(await activate(vault, 'pmi_1')).toEqual({ outcome: 'active' })
    expect(await activate(vault, 'pmi_1')).toEqual({ outcome: 'active' })
    const attempt = newAttempt()
    expect(await claimCard(vault, attempt, 'pmi_1')).toMatchObject({ outcome: 'claimed', card: face })
    expect(await claimCard(vault, attempt, 'pmi_1')).toMatchObject({ outcome: 'claimed', card: face })
    await authorize(vault, attempt)
    expect(JSON.parse(acquirer.received.at(-1)?.body ?? '').card).toEqual({
      number: '4242424242424242',
      exp_month: 12,
      exp_year: 2039,
      holder: 'Ada Lovelace',
    })
  })

  it('may be claimed by many attempts at once', async () => {
    await saved('pmi_many')
    await activate(vault, 'pmi_many')
    const replies = await Promise.all([1, 2, 3, 4].map(() => claimCard(vault, newAttempt(), 'pmi_many')))
    expect(replies.map(({ outcome }) => outcome)).toEqual(['claimed', 'claimed', 'claimed', 'claimed'])
  })

  it('that was erased is gone for claims, for holds that are open, and for good', async () => {
    await saved('pmi_2')
    await activate(vault, 'pmi_2')
    const attempt = newAttempt()
    await claimCard(vault, attempt, 'pmi_2')
    expect(await erase(vault, 'pmi_2')).toEqual({ outcome: 'erased' })
    expect(await erase(vault, 'pmi_2')).toEqual({ outcome: 'erased' })
    expect(await activate(vault, 'pmi_2')).toEqual({ outcome: 'erased' })
    expect(await claimCard(vault, newAttempt(), 'pmi_2')).toEqual({ outcome: 'card_unknown' })
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'not_sent', reason: 'hold_gone' })
    const { rows } = await vault.sql.query("select sealed_number, wrapped_key from cards where card_id = 'pmi_2'")
    expect(rows).toEqual([{ sealed_number: null, wrapped_key: null }])
  })

  it('of another merchant is unknown', async () => {
    await saved('pmi_3')
    await activate(vault, 'pmi_3')
    expect(await claimCard(vault, newAttempt(), 'pmi_3', { merchantId: 'mer_two' })).toEqual({
      outcome: 'card_unknown',
    })
    expect(await erase(vault, 'pmi_nobody')).toEqual({ outcome: 'card_unknown' })
    expect(await activate(vault, 'pmi_nobody')).toEqual({ outcome: 'card_unknown' })
  })

  it('is not written when nothing was sent', async () => {
    const attempt = newAttempt()
    await claim(vault, attempt, await vault.token())
    await fence(vault, attempt)
    await authorize(vault, attempt, { card: { attemptId: attempt, saveAs: 'pmi_never' } })
    expect((await vault.sql.query("select 1 from cards where card_id = 'pmi_never'")).rowCount).toBe(0)
  })

  it('does not open in the row of another one, or with the key of another one', async () => {
    await saved('pmi_a')
    await saved('pmi_b')
    await activate(vault, 'pmi_a')
    await activate(vault, 'pmi_b')
    await vault.sql.query(`update cards set sealed_number = other.sealed_number from cards other
      where cards.card_id = 'pmi_a' and other.card_id = 'pmi_b'`)
    const attempt = newAttempt()
    await claimCard(vault, attempt, 'pmi_a')
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'not_sent', reason: 'hold_gone' })
    await vault.sql.query(`update cards set wrapped_key = other.wrapped_key from cards other
      where cards.card_id = 'pmi_a' and other.card_id = 'pmi_b'`)
    const second = newAttempt()
    await claimCard(vault, second, 'pmi_a')
    expect(await authorize(vault, second)).toMatchObject({ outcome: 'not_sent', reason: 'hold_gone' })
  })

  it('keeps its id: another number is not written under it', async () => {
    await saved('pmi_4')
    const attempt = newAttempt()
    await claim(vault, attempt, await vault.token({ number: '5555555555554444' }))
    await expect(authorize(vault, attempt, { card: { attemptId: attempt, saveAs: 'pmi_4' } })).rejects.toThrow(/^409/)
    expect(await fence(vault, attempt)).toEqual({ outcome: 'never_sent' })
  })
})
