import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { authorize, claim, fence, release } from '../testing/calls.ts'
import { merchantId, type RunningVault, runVault } from '../testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from '../testing/stub-acquirer.ts'

let database: TestDatabase
let acquirer: StubAcquirer
let vault: RunningVault
let serial = 0
const newAttempt = (): string => `att_${++serial}`

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'releases' })
  acquirer = await startStubAcquirer()
  vault = await runVault(database.url, { environment: { TESSERA_SANDBOX_URL: acquirer.url } })
})

afterAll(async () => {
  await vault.stop()
  await acquirer.stop()
  await database.drop()
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
    for (let round = 0; round < 100 || (seen.size < 2 && round < 2_000); round += 1) {
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
      vault
        .call('/internal/v1/unsent-claims', { olderThanMs, claimedFromMs: 0, limit: 10 })
        .then((answer) => answer.json.claims)
    expect(await list(60_000)).toEqual([])
    expect(await list(0)).toEqual([{ merchantId, mode: 'test', attemptId: waiting, claimedAtMs: expect.any(Number) }])
  })
})
