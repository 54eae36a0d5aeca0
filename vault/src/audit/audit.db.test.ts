import { createSecretKey } from 'node:crypto'
import { systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { readAuditLog } from '../store/audit-log.ts'
import { cardRows } from '../store/cards.ts'
import { batching, type Database, openDatabase } from '../store/database.ts'
import { permitConsumer, type SendRow } from '../store/sends.ts'
import { activate, authorize, claim, claimCard, erase } from '../testing/calls.ts'
import { type RunningVault, runVault } from '../testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from '../testing/stub-acquirer.ts'
import { createAuditChains } from './audit-chains.ts'
import type { AuditEntry } from './audit-entry.ts'
import { type AuditFindings, type ChainEnd, verifyAuditLog } from './verify.ts'

const migrations = new URL('../../migrations/', import.meta.url)
const key = createSecretKey(secureRandom.bytes(32))
let holder: TestDatabase
let database: Database

beforeAll(async () => {
  holder = await createTestDatabase({ migrations, name: 'audit' })
  database = openDatabase(holder.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
})

afterAll(async () => {
  await database.close()
  await holder.drop()
})

const run = (text: string, values: unknown[] = []) => database.run({ name: '', text }, values)

/** The one with the most rows in its last batch. */
const aChain = `select chain_id from audit_log l where sequence = (
  select max(sequence) from audit_log m where m.chain_id = l.chain_id) group by chain_id order by count(*) desc, chain_id limit 1`

function sendRow(attemptId: string): SendRow {
  const owner = { merchantId: 'mer_1', mode: 'test' } as const
  const entry: AuditEntry = {
    ...owner,
    action: 'card_sent',
    subjectId: attemptId,
    stepId: attemptId,
    destination: 'acme/authorize',
    atMs: 1_000,
  }
  return { ...owner, attemptId, stepId: attemptId, nowMs: 1_000, entry, save: null }
}

describe('the audit log', () => {
  beforeEach(async () => {
    await run('truncate audit_log, holds, permits, step_marks')
    const chains = createAuditChains(key, createIds(systemClock, secureRandom))
    const parts = batching({ clock: systemClock, timers: realTimers, random: secureRandom })
    const permits = permitConsumer(database, { ...parts, chains })
    const cards = cardRows(database, chains)
    const attempts = Array.from({ length: 60 }, (_, index) => `att_${index}`)
    // Every third attempt has no permit: its row of the batch is not written, and must not be missed.
    for (const attempt of attempts.filter((_, index) => index % 3 !== 0)) {
      await run(`insert into holds values ('mer_1', 'test', $1, 'tok_x', null, 9000)`, [attempt])
      await run(`insert into permits values ('mer_1', 'test', $1, 0)`, [attempt])
    }
    for (let round = 0; round < 3; round += 1) {
      await cards.writeEntry({ ...sendRow('pmi_1').entry, action: 'card_erased', stepId: null, destination: null })
      const some = attempts.slice(round * 20, round * 20 + 20)
      const results = await Promise.all(some.map((attempt) => permits.submit(sendRow(attempt))))
      expect(results.filter((result) => result !== null)).toHaveLength(
        some.filter((_, i) => (round * 20 + i) % 3).length,
      )
    }
  })

  const verify = (earlier: readonly ChainEnd[] = [], with_ = key): Promise<AuditFindings> =>
    verifyAuditLog(with_, readAuditLog(database), earlier)

  it('holds together, over batches of which only a part was written', async () => {
    const findings = await verify()
    expect(findings).toMatchObject({ entries: 43, problems: [], problemCount: 0 })
    expect(findings.ends.length).toBeGreaterThan(0)
  })

  it.each([
    ['a row was altered', `update audit_log set subject_id = 'att_other' where subject_id = 'att_22'`],
    ['a time was altered', `update audit_log set at_ms = 1 where subject_id = 'att_22'`],
    ['a row moved to another merchant', `update audit_log set merchant_id = 'mer_2' where subject_id = 'att_22'`],
    ['a row was removed from a batch', `delete from audit_log where subject_id = 'att_1'`],
    ['a whole batch was removed', `delete from audit_log where sequence = 0 and chain_id = (${aChain})`],
    [
      'two rows changed places',
      `update audit_log set position = 23 - position where subject_id in ('att_22', 'att_23')`,
    ],
  ])('shows that %s', async (_what, tampering) => {
    await run(tampering)
    expect((await verify()).problemCount).toBeGreaterThan(0)
  })

  it('shows that rows were made up without the key', async () => {
    const findings = await verify([], createSecretKey(secureRandom.bytes(32)))
    expect(findings.problemCount).toBeGreaterThan(40)
  })

  const cuts = `chain_id = (${aChain}) and sequence = (select max(sequence) from audit_log where chain_id = (${aChain}))`
  it.each([
    ['that its last batch was cut off', `delete from audit_log where ${cuts}`, 'cut_off'],
    ['that a whole chain is gone', `delete from audit_log where chain_id = (${aChain})`, 'cut_off'],
    [
      'that the last row of its last batch was cut off',
      `delete from audit_log where ${cuts} and position = (select max(position) from audit_log where ${cuts})
       and position > 0`,
      'not_as_before',
    ],
  ])('shows against an earlier check, and only so, %s', async (_what, tampering, problem) => {
    const { ends } = await verify()
    expect((await verify(ends)).problems).toEqual([])
    await run(tampering)
    expect((await verify()).problems).toEqual([])
    expect((await verify(ends)).problems).toEqual([expect.objectContaining({ problem })])
  })

  it('goes on after an earlier check without a problem', async () => {
    const { ends } = await verify()
    const more = createAuditChains(key, createIds(systemClock, secureRandom))
    const entry = { ...sendRow('pmi_2').entry, action: 'card_erased' } as const
    await cardRows(database, more).writeEntry(entry)
    expect(await verify(ends)).toMatchObject({ entries: 44, problems: [] })
  })
})

describe('a use of a card', () => {
  let own: TestDatabase
  let vault: RunningVault
  let acquirer: StubAcquirer

  beforeAll(async () => {
    own = await createTestDatabase({ migrations, name: 'audit_uses' })
    acquirer = await startStubAcquirer()
    vault = await runVault(own.url, { environment: { TESSERA_SANDBOX_URL: acquirer.url } })
  })

  afterAll(async () => {
    await acquirer.stop()
    await own.drop()
  })

  it('is written down, each of them, with what it was and where it went', async () => {
    await claim(vault, 'att_1', await vault.token(), { withFingerprint: true })
    await authorize(vault, 'att_1', { card: { attemptId: 'att_1', saveAs: 'pmi_1' } })
    await authorize(vault, 'att_1')
    await activate(vault, 'pmi_1')
    await claimCard(vault, 'att_2', 'pmi_1')
    await authorize(vault, 'att_2')
    await erase(vault, 'pmi_1')
    await erase(vault, 'pmi_1')
    const sql = vault.sql
    await vault.vault.stop(1_000)
    const { rows } = await sql.query(
      'select action, subject_id, step_id, destination from audit_log order by at_ms, sequence',
    )
    expect(rows.map((row) => [row.action, row.subject_id, row.step_id, row.destination])).toEqual([
      ['vault_started', '', null, null],
      ['card_fingerprinted', 'att_1', null, null],
      ['card_fingerprinted', 'att_1', null, null],
      ['card_sent_and_saved', 'att_1', 'att_1', 'sandbox/authorize'],
      ['card_activated', 'pmi_1', null, null],
      ['card_sent', 'att_2', 'att_2', 'sandbox/authorize'],
      ['card_erased', 'pmi_1', null, null],
      ['vault_stopped', '', null, null],
    ])
    await sql.end()
  })
})
