import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { authorize, claim } from '../testing/calls.ts'
import { type RunningVault, runVault } from '../testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from '../testing/stub-acquirer.ts'

let database: TestDatabase
let acquirer: StubAcquirer
let vault: RunningVault
let serial = 0
const newAttempt = (): string => `att_${++serial}`

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'claims' })
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

describe('a claim of a token', () => {
  it('tells the face of the card and when the hold ends', async () => {
    const before = vault.clock.now()
    const reply = await claim(vault, newAttempt(), await vault.token())
    expect(reply).toEqual({
      outcome: 'claimed',
      card: face,
      fingerprintId: null,
      holdExpiresAtMs: expect.any(Number),
    })
    expect(reply.holdExpiresAtMs).toBeGreaterThanOrEqual(before + 60 * 60_000)
  })

  it('gets the same answer when the same attempt asks again', async () => {
    const [attempt, token] = [newAttempt(), await vault.token()]
    const first = await claim(vault, attempt, token)
    expect(await claim(vault, attempt, token)).toEqual(first)
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'answered' })
    expect(await claim(vault, attempt, token)).toEqual(first)
  })

  it('is refused to another attempt', async () => {
    const token = await vault.token()
    await claim(vault, newAttempt(), token)
    expect(await claim(vault, newAttempt(), token)).toEqual({ outcome: 'token_already_used' })
  })

  it('is refused for another merchant and in the other mode as if there were no such token', async () => {
    const token = await vault.token()
    expect(await claim(vault, newAttempt(), token, { merchantId: 'mer_two' })).toEqual({ outcome: 'token_unknown' })
    expect(await claim(vault, newAttempt(), token, { mode: 'live' })).toEqual({ outcome: 'token_unknown' })
    expect(await claim(vault, newAttempt(), 'tok_nobody')).toEqual({ outcome: 'token_unknown' })
    expect(await claim(vault, newAttempt(), token)).toMatchObject({ outcome: 'claimed' })
  })

  it('is won by one of two attempts that ask at once, always', async () => {
    for (let round = 0; round < 50; round += 1) {
      const token = await vault.token()
      const outcomes = await Promise.all([claim(vault, newAttempt(), token), claim(vault, newAttempt(), token)])
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['claimed', 'token_already_used'])
    }
  })

  it('made twice at once by one attempt is one claim', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [attempt, token] = [newAttempt(), await vault.token()]
      const replies = await Promise.all([1, 2, 3].map(() => claim(vault, attempt, token)))
      expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1)
      expect(replies[0].outcome).toBe('claimed')
    }
  })

  it('of two tokens by one attempt is refused for the second, which stays free', async () => {
    const [attempt, first, second] = [newAttempt(), await vault.token(), await vault.token()]
    await claim(vault, attempt, first)
    await expect(claim(vault, attempt, second)).rejects.toThrow(/^409 .*another token/)
    expect(await claim(vault, newAttempt(), second)).toMatchObject({ outcome: 'claimed' })
  })

  it('of two tokens at once by one attempt wins one of them and spends no other', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [attempt, first, second] = [newAttempt(), await vault.token(), await vault.token()]
      const outcomes = await Promise.allSettled([claim(vault, attempt, first), claim(vault, attempt, second)])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const lost = outcomes[0]?.status === 'rejected' ? first : second
      expect(await claim(vault, newAttempt(), lost)).toMatchObject({ outcome: 'claimed' })
    }
  })

  it('gives one public fingerprint to one number, whatever the token, and another one to another number', async () => {
    const withFingerprint = { withFingerprint: true }
    const one = await claim(vault, newAttempt(), await vault.token(), withFingerprint)
    const two = await claim(vault, newAttempt(), await vault.token({ exp_year: 2038 }), withFingerprint)
    const other = await claim(vault, newAttempt(), await vault.token({ number: '5555555555554444' }), withFingerprint)
    expect(one.fingerprintId).toMatch(/^fp_[0-9a-z]{26}$/)
    expect(two.fingerprintId).toBe(one.fingerprintId)
    expect(other.fingerprintId).not.toBe(one.fingerprintId)
  })
})
