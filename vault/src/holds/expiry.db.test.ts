import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { authorize, claim, count, release } from '../testing/calls.ts'
import { type RunningVault, runVault } from '../testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from '../testing/stub-acquirer.ts'

let database: TestDatabase
let acquirer: StubAcquirer
let vault: RunningVault
let serial = 0
const newAttempt = (): string => `att_${++serial}`

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'expiry' })
  acquirer = await startStubAcquirer()
  vault = await runVault(database.url, { environment: { TESSERA_SANDBOX_URL: acquirer.url } })
})

afterAll(async () => {
  await vault.stop()
  await acquirer.stop()
  await database.drop()
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
    // Time goes on by itself as well, by what the calls below take.
    vault.clock.advance(30 * 60_000 - 20_000)
    await vault.pushKeys()
    await vault.vault.runChores()
    await claim(vault, attempt, token)
    vault.clock.advance(60 * 60_000 - 20_000)
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
