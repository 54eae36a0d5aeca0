import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { activate, authorize, claim, claimCard, count, erase, fence, release } from '../testing/calls.ts'
import { merchantId, type RunningVault, runVault } from '../testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from '../testing/stub-acquirer.ts'

let database: TestDatabase
let acquirer: StubAcquirer
let vault: RunningVault
let serial = 0
const newAttempt = (): string => `att_${++serial}`

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'holds' })
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

describe('a fence', () => {
  it('of an attempt that was claimed and not sent keeps it from being sent', async () => {
    const attempt = newAttempt()
    await claim(vault, attempt, await vault.token())
    const sentBefore = acquirer.received.length
    expect(await fence(vault, attempt)).toEqual({ outcome: 'never_sent' })
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'not_sent', reason: 'fenced' })
    expect(await fence(vault, attempt)).toEqual({ outcome: 'never_sent' })
    expect(acquirer.received.length).toBe(sentBefore)
  })

  it('takes the CVC of an attempt that it stopped', async () => {
    const [attempt, token] = [newAttempt(), await vault.token()]
    await claim(vault, attempt, token)
    await fence(vault, attempt)
    expect((await vault.sql.query('select 1 from cvcs where token = $1', [token])).rowCount).toBe(0)
  })

  it('of an attempt that was sent says so', async () => {
    const attempt = newAttempt()
    await claim(vault, attempt, await vault.token())
    await authorize(vault, attempt)
    expect(await fence(vault, attempt)).toEqual({ outcome: 'may_have_been_sent' })
  })

  it('that comes before the claim holds against it', async () => {
    const attempt = newAttempt()
    expect(await fence(vault, attempt)).toEqual({ outcome: 'never_sent' })
    await claim(vault, attempt, await vault.token())
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'not_sent', reason: 'fenced' })
  })

  it('and a send at the same moment never both have their way', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < 100; round += 1) {
      const attempt = newAttempt()
      await claim(vault, attempt, await vault.token())
      const calls = [() => fence(vault, attempt), () => authorize(vault, attempt)]
      if (round % 2 === 1) calls.reverse()
      const replies = await Promise.all(calls.map((run) => run()))
      const [fenced, sent] = round % 2 === 1 ? [replies[1], replies[0]] : replies
      const arrived = acquirer.received.filter(({ body }) => body.includes(`"${attempt}"`)).length
      seen.add(fenced.outcome)
      if (fenced.outcome === 'never_sent') {
        expect(sent).toMatchObject({ outcome: 'not_sent', reason: 'fenced' })
        expect(arrived).toBe(0)
      } else {
        expect(sent.outcome).toBe('answered')
        expect(arrived).toBe(1)
      }
    }
    expect(seen.size, 'both orders were seen').toBe(2)
  })

  it('holds after the short-lived tables were emptied by a crash, and knows what was sent before it', async () => {
    const [sent, unsent] = [newAttempt(), newAttempt()]
    await claim(vault, sent, await vault.token())
    await claim(vault, unsent, await vault.token())
    await authorize(vault, sent)
    await vault.sql.query('truncate tokens, holds, permits, cvcs, epoch_keys')
    expect(await authorize(vault, unsent)).toMatchObject({ outcome: 'not_sent', reason: 'hold_gone' })
    expect(await authorize(vault, sent)).toEqual({ outcome: 'already_sent' })
    expect(await fence(vault, sent)).toEqual({ outcome: 'may_have_been_sent' })
    expect(await fence(vault, unsent)).toEqual({ outcome: 'never_sent' })
    await vault.vault.runChores()
    const attempt = newAttempt()
    await claim(vault, attempt, await vault.token())
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'answered' })
  })
})

describe('a release', () => {
  it('of a claim that came to nothing frees the token for another attempt', async () => {
    const [first, second, token] = [newAttempt(), newAttempt(), await vault.token()]
    await claim(vault, first, token)
    await release(vault, first, 'unused')
    expect(await claim(vault, second, token)).toMatchObject({ outcome: 'claimed' })
    expect(await authorize(vault, first)).toMatchObject({ outcome: 'not_sent', reason: 'hold_gone' })
    expect(await authorize(vault, second)).toMatchObject({ outcome: 'answered' })
  })

  it('as unused is passed over once the attempt was sent', async () => {
    const [attempt, token] = [newAttempt(), await vault.token()]
    await claim(vault, attempt, token)
    await authorize(vault, attempt)
    await release(vault, attempt, 'unused')
    expect(await claim(vault, newAttempt(), token)).toEqual({ outcome: 'token_already_used' })
  })

  it('as unused and a send at the same moment never both have their way', async () => {
    for (let round = 0; round < 50; round += 1) {
      const [attempt, token] = [newAttempt(), await vault.token()]
      await claim(vault, attempt, token)
      const [sent] = await Promise.all([authorize(vault, attempt), release(vault, attempt, 'unused')])
      const again = await claim(vault, newAttempt(), token)
      expect([sent.outcome, again.outcome]).toEqual(
        sent.outcome === 'answered' ? ['answered', 'token_already_used'] : ['not_sent', 'claimed'],
      )
    }
  })

  it('at the end of a payment leaves nothing of number and CVC, and the token used', async () => {
    const [attempt, token] = [newAttempt(), await vault.token()]
    await claim(vault, attempt, token)
    await release(vault, attempt, 'ended')
    const { rows } = await vault.sql.query('select sealed_number from tokens where token = $1', [token])
    expect(rows).toEqual([{ sealed_number: null }])
    expect((await vault.sql.query('select 1 from cvcs where token = $1', [token])).rowCount).toBe(0)
    expect((await vault.sql.query('select 1 from holds where attempt_id = $1', [attempt])).rowCount).toBe(0)
    expect(await claim(vault, newAttempt(), token)).toEqual({ outcome: 'token_already_used' })
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'not_sent', reason: 'hold_gone' })
  })

  it('of something unknown changes nothing', async () => {
    expect(await release(vault, 'att_nobody', 'unused')).toEqual({ outcome: 'released' })
    expect(await release(vault, 'att_nobody', 'ended')).toEqual({ outcome: 'released' })
  })
})

describe('a list of unsent claims', () => {
  it('has the claims of that age whose permit is there, and no others', async () => {
    await vault.sql.query('truncate tokens, holds, permits, cvcs')
    const [waiting, sent, released] = [newAttempt(), newAttempt(), newAttempt()]
    for (const attempt of [waiting, sent, released]) await claim(vault, attempt, await vault.token())
    await authorize(vault, sent)
    await release(vault, released, 'unused')
    const list = (olderThanMs: number) =>
      vault.call('/internal/v1/unsent-claims', { olderThanMs, limit: 10 }).then((answer) => answer.json.claims)
    expect(await list(60_000)).toEqual([])
    expect(await list(0)).toEqual([{ merchantId, mode: 'test', attemptId: waiting }])
  })
})

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

describe('time', () => {
  it('ends tokens after 30 minutes, holds after 60, and takes number and CVC along', async () => {
    await vault.sql.query('truncate tokens, holds, permits, cvcs')
    const [unclaimed, claimed, attempt] = [await vault.token(), await vault.token(), newAttempt()]
    await claim(vault, attempt, claimed)
    vault.clock.advance(30 * 60_000)
    expect(await claim(vault, newAttempt(), unclaimed)).toEqual({ outcome: 'token_expired' })
    await vault.vault.runChores()
    expect(await count(vault, 'cvcs')).toBe(1)
    vault.clock.advance(30 * 60_000)
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'not_sent', reason: 'hold_gone' })
    await vault.vault.runChores()
    expect(await count(vault, 'cvcs')).toBe(0)
    expect(await count(vault, 'holds')).toBe(0)
    expect(await count(vault, 'permits')).toBe(0)
    expect(await count(vault, 'tokens where sealed_number is not null')).toBe(0)
    expect(await claim(vault, newAttempt(), unclaimed)).toEqual({ outcome: 'token_expired' })
    expect(await claim(vault, newAttempt(), claimed)).toEqual({ outcome: 'token_already_used' })
    vault.clock.advance(25 * 3_600_000)
    await vault.vault.runChores()
    expect(await count(vault, 'tokens')).toBe(0)
  })

  it('lets a claim made in the last moment be sent up to 60 minutes later, with the keys that are left', async () => {
    const [attempt, token] = [newAttempt(), await vault.token()]
    vault.clock.advance(30 * 60_000 - 2_000)
    await vault.pushKeys()
    await vault.vault.runChores()
    await claim(vault, attempt, token)
    vault.clock.advance(60 * 60_000 - 2_000)
    await vault.vault.runChores()
    expect(await authorize(vault, attempt)).toMatchObject({ outcome: 'answered' })
  })

  it('destroys the keys that sealed what is over', async () => {
    await vault.vault.runChores()
    const before = (await vault.sql.query('select version from epoch_keys')).rows.map((row) => row.version)
    vault.clock.advance(100 * 60_000)
    await vault.vault.runChores()
    const after = (await vault.sql.query('select version from epoch_keys')).rows.map((row) => row.version)
    expect(after.length).toBe(2)
    expect(after.filter((version) => before.includes(version))).toEqual([])
  })

  it('empties a token whose claim is given back after its time', async () => {
    const [attempt, token] = [newAttempt(), await vault.token()]
    await claim(vault, attempt, token)
    vault.clock.advance(40 * 60_000)
    await vault.vault.runChores()
    await release(vault, attempt, 'unused')
    expect((await vault.sql.query('select 1 from cvcs where token = $1', [token])).rowCount).toBe(0)
    expect(await claim(vault, newAttempt(), token)).toEqual({ outcome: 'token_expired' })
  })
})
