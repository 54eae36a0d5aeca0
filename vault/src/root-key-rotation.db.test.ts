import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tools/testing/database.ts'
import { rotateRootKey } from './admin.ts'
import { createMerchantKeys } from './crypto/merchant-keys.ts'
import { openRootKey } from './crypto/root-key.ts'
import { openDatabase } from './store/database.ts'
import { merchantKeyRows } from './store/keys.ts'
import { activate, authorize, claim, claimCard } from './testing/calls.ts'
import { runVault } from './testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from './testing/stub-acquirer.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

/** Of so many merchants' keys some are on the second page, some on the third. */
const merchantsInAll = 1_100
const ringFile = join(temporaryFolder(), 'ring.key')
const [oldKey, newKey] = [secureRandom.bytes(32).toString('base64'), secureRandom.bytes(32).toString('base64')]
const holds = (...keys: string[]) => writeFileSync(ringFile, `${keys.join('\n')}\n`)

let database: TestDatabase
let acquirer: StubAcquirer
let sql: pg.Client

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../migrations/', import.meta.url), name: 'rotation' })
  acquirer = await startStubAcquirer()
  sql = new pg.Client({ connectionString: database.url })
  await sql.connect()
})
afterAll(async () => {
  await sql.end()
  await acquirer.stop()
  await database.drop()
})

const aVault = () =>
  runVault(database.url, {
    environment: { TESSERA_SANDBOX_URL: acquirer.url, TESSERA_ROOT_KEY: `file:${ringFile}` },
  })
const rotate = () => rotateRootKey({ VAULT_DATABASE_URL: database.url, TESSERA_ROOT_KEY: `file:${ringFile}` })

let attempts = 0
async function payWithSavedCard(vault: Awaited<ReturnType<typeof aVault>>): Promise<string> {
  attempts += 1
  const attempt = `att_saved_${attempts}`
  await claimCard(vault, attempt, 'pmi_kept')
  await authorize(vault, attempt)
  return JSON.parse(acquirer.received.at(-1)?.body ?? '{}').card?.number
}

async function addMerchantKeys(): Promise<void> {
  const log = createLogger({ process: 'test', clock: systemClock, level: 'silent' })
  const opened = openDatabase(database.url, log)
  const rootKey = openRootKey(`file:${ringFile}`, {}, secureRandom)
  const parts = { rows: merchantKeyRows(opened), rootKey, clock: systemClock, random: secureRandom }
  const keys = createMerchantKeys(parts)
  const merchants = Array.from({ length: merchantsInAll }, (_, index) => `mer_${String(index).padStart(4, '0')}`)
  for (const merchantId of merchants) await keys.current(merchantId, 'live', 'card')
  await opened.close()
}

/** What the statement locks the rotation waits for, and ends there. */
async function killRotationAt(statement: string): Promise<void> {
  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  try {
    await holder.query('begin')
    await holder.query(statement)
    const ended = expect(rotate()).rejects.toThrow()
    const killWaiting = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await sql.query(killWaiting)).rows.length).toBe(1)
    await ended
  } finally {
    await holder.end()
  }
}

describe('the root key', () => {
  it('is changed beside a vault that works on, also after an interruption, and then the old one opens nothing', async () => {
    holds(oldKey)
    const first = await aVault()
    await claim(first, 'att_1', await first.token())
    await authorize(first, 'att_1', { card: { attemptId: 'att_1', saveAs: 'pmi_kept' } })
    await activate(first, 'pmi_kept')
    await addMerchantKeys()
    await first.stop()

    holds(newKey, oldKey)
    const working = await aVault()
    const kept = await working.token()
    const total = (await sql.query('select count(*)::integer as count from merchant_keys')).rows[0].count
    // On the second page.
    await killRotationAt(`select 1 from merchant_keys where merchant_id = 'mer_0700' for update`)
    expect(await payWithSavedCard(working)).toBe('4242424242424242')

    const resumed = await rotate()
    expect(resumed.rewrapped).toBeGreaterThan(0)
    expect(resumed.rewrapped).toBeLessThan(total)
    expect(resumed.changed).toBe(0)
    expect((await rotate()).rewrapped).toBe(0)
    expect(await payWithSavedCard(working)).toBe('4242424242424242')
    await working.stop()

    holds(oldKey)
    await expect(aVault()).rejects.toThrow('this root key did not seal this database')
    holds(newKey)
    const last = await aVault()
    expect(await payWithSavedCard(last)).toBe('4242424242424242')
    await claim(last, 'att_kept', kept)
    expect(await authorize(last, 'att_kept')).toMatchObject({ outcome: 'answered' })
    await last.stop()
    const { rows } = await sql.query(`select count(*)::integer as count from audit_log where action = 'keys_rewrapped'`)
    expect(rows[0].count).toBe(3)
  })

  it('whose change has not ended is not enough alone', async () => {
    holds(newKey, oldKey)
    await rotate()
    const wrapped = await sql.query('select wrapped from merchant_keys order by merchant_id limit 1')
    const thirdKey = secureRandom.bytes(32).toString('base64')
    holds(thirdKey, newKey)
    await killRotationAt('select 1 from root_key_checks for update')
    const now = await sql.query('select wrapped from merchant_keys order by merchant_id limit 1')
    expect(now.rows[0].wrapped.equals(wrapped.rows[0].wrapped)).toBe(false)
    holds(thirdKey)
    await expect(aVault()).rejects.toThrow('this root key did not seal this database')
  })
})
