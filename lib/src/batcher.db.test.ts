import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../tools/testing/database.ts'
import { type Batcher, createBatcher } from './batcher.ts'
import { systemClock } from './clock.ts'
import { isConnectionLoss, isDataError, isSerializationFailure } from './postgres-errors.ts'
import { secureRandom, seededRandom } from './random.ts'
import { realTimers } from './timers.ts'

interface Claim {
  key: string
  hash: string
  id: string
  amountMinor: number
}

type ClaimOutcome = { kind: 'created' | 'replayed' | 'mismatch'; id: string }

let database: TestDatabase
let pool: pg.Pool
let admin: pg.Pool

beforeAll(async () => {
  database = await createDatabase('batcher')
  pool = new pg.Pool({ connectionString: database.url, max: 4 })
  admin = new pg.Pool({ connectionString: database.url, max: 1, application_name: 'admin' })
  for (const each of [pool, admin]) each.on('error', () => {})
  await pool.query(`
    create table claims (key text primary key, hash text not null, payment_id text not null);
    create table claimed_payments (id text primary key, amount_minor bigint not null check (amount_minor < 1000000));
    create table balances (id text primary key, captured bigint not null, authorized bigint not null);
    create table captures (id text primary key, payment_id text not null, amount_minor bigint not null)`)
})

afterAll(async () => {
  await Promise.all([pool.end(), admin.end()])
  await database.drop()
})

/** The product's own shape: winners by insertion, losers by a second look. */
async function claimAll(rows: readonly Claim[]): Promise<ClaimOutcome[]> {
  const inserted = await pool.query({
    name: 'claim',
    text: `with given as materialized (
        select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as g (key, hash, id, amount_minor)),
      won as (insert into claims (key, hash, payment_id) select key, hash, id from given order by key
        on conflict do nothing returning payment_id),
      paid as (insert into claimed_payments (id, amount_minor)
        select id, amount_minor from given join won on won.payment_id = given.id)
      select payment_id from won`,
    values: [
      rows.map((row) => row.key),
      rows.map((row) => row.hash),
      rows.map((row) => row.id),
      rows.map((row) => row.amountMinor),
    ],
  })
  const won = new Set(inserted.rows.map((row) => row.payment_id))
  const losers = rows.filter((row) => !won.has(row.id))
  const found = await pool.query({
    name: 'claimed',
    text: 'select key, hash, payment_id from claims where key = any ($1)',
    values: [losers.map((row) => row.key)],
  })
  const claimed = new Map(found.rows.map((row) => [row.key, row]))
  return rows.map((row) => {
    const earlier = claimed.get(row.key)
    if (won.has(row.id) || earlier?.payment_id === row.id) return { kind: 'created', id: row.id }
    return { kind: earlier?.hash === row.hash ? 'replayed' : 'mismatch', id: earlier?.payment_id }
  })
}

function claimBatcher(): Batcher<Claim, ClaimOutcome> {
  return createBatcher({
    name: 'claims',
    maxBatch: 32,
    write: claimAll,
    isPoison: isDataError,
    isRetryable: (error) => isSerializationFailure(error) || isConnectionLoss(error),
    clock: systemClock,
    timers: realTimers,
    random: secureRandom,
  })
}

/** 64 callers that claim keys from a small set, some with an altered body, some with an amount that no table takes. */
async function storm(prefix: string, requests: number): Promise<{ claim: Claim; verdict: ClaimOutcome | undefined }[]> {
  const batcher = claimBatcher()
  const random = seededRandom(21)
  const seen: { claim: Claim; verdict: ClaimOutcome | undefined }[] = []
  let next = 0
  async function caller(): Promise<void> {
    while (next < requests) {
      const number = next++
      const key = `${prefix}-${Math.floor(random.unit() * (requests / 5))}`
      const altered = random.unit() < 0.05
      const poison = random.unit() < 0.01
      const claim: Claim = {
        key: poison ? `${key}-poison-${number}` : key,
        hash: altered ? 'altered' : 'same',
        id: `${prefix}-payment-${number}`,
        amountMinor: poison ? 1_000_000 : 100,
      }
      const verdict = await batcher.submit(claim).catch((error) => {
        if (!isDataError(error)) throw error
        return undefined
      })
      seen.push({ claim, verdict })
    }
  }
  await Promise.all(Array.from({ length: 64 }, caller))
  await batcher.drain()
  return seen
}

async function expectAllRight(
  prefix: string,
  seen: { claim: Claim; verdict: ClaimOutcome | undefined }[],
): Promise<void> {
  const stored = new Map<string, { hash: string; payment_id: string }>()
  const { rows } = await admin.query('select * from claims where key like $1', [`${prefix}-%`])
  for (const row of rows) stored.set(row.key, row)
  const counts = { created: 0, replayed: 0, mismatch: 0, rejected: 0 }
  for (const { claim, verdict } of seen) {
    const row = stored.get(claim.key)
    if (claim.amountMinor >= 1_000_000) {
      expect([verdict, row]).toEqual([undefined, undefined])
      counts.rejected++
      continue
    }
    const isMine = row?.payment_id === claim.id
    const kind = isMine ? 'created' : row?.hash === claim.hash ? 'replayed' : 'mismatch'
    expect(verdict).toEqual({ kind, id: row?.payment_id })
    counts[kind]++
  }
  const payments = await admin.query('select count(*)::int as n from claimed_payments where id like $1', [
    `${prefix}-%`,
  ])
  expect(payments.rows[0].n).toBe(counts.created)
  expect(rows.length).toBe(counts.created)
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0)
}

test('duplicates, altered bodies and poison rows in one stream each get their own right answer', async () => {
  await expectAllRight('calm', await storm('calm', 4_000))
})

test('connections killed in the middle of commits lose nothing, double nothing and answer nothing wrong', async () => {
  let killed = 0
  let killing = true
  let hitsLeft = 0
  const killer = (async () => {
    for (; killing; await realTimers.sleep(30)) {
      if (hitsLeft === 0) continue
      const { rowCount } = await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name <> 'admin' and state = 'active' and pid <> pg_backend_pid()`,
      )
      killed += rowCount ?? 0
      if (rowCount) hitsLeft -= 1
    }
  })()
  const seen: Awaited<ReturnType<typeof storm>> = []
  try {
    for (let round = 0; round < 20 && (round === 0 || killed < 5); round++) {
      // Fewer than a batch has tries: on a slow machine each try of one batch may be hit.
      hitsLeft = 6
      seen.push(...(await storm(`killed${round}`, 2_000)))
    }
  } finally {
    killing = false
    await killer
  }
  expect(killed).toBeGreaterThanOrEqual(5)
  const prefixes = new Set(seen.map(({ claim }) => claim.key.split('-')[0] as string))
  for (const prefix of prefixes) {
    await expectAllRight(
      prefix,
      seen.filter(({ claim }) => claim.key.startsWith(`${prefix}-`)),
    )
  }
})

test('captures of one payment submitted together never take more than was authorized', async () => {
  await pool.query(`insert into balances select 'p' || n, 0, 100 from generate_series(1, 20) n`)
  let batches = 0
  const batcher = createBatcher<{ id: string; paymentId: string; amountMinor: number }, 'captured' | 'refused'>({
    name: 'captures',
    aggregateKey: (row) => row.paymentId,
    async write(rows) {
      batches++
      const { rows: done } = await pool.query(
        `with given as materialized (select * from unnest($1::text[], $2::text[], $3::bigint[]) as g (id, payment_id, amount)),
           moved as (update balances b set captured = b.captured + g.amount from given g
             where b.id = g.payment_id and b.captured + g.amount <= b.authorized returning g.id as capture_id),
           kept as (insert into captures select g.* from given g join moved m on m.capture_id = g.id)
         select capture_id from moved`,
        [rows.map((row) => row.id), rows.map((row) => row.paymentId), rows.map((row) => row.amountMinor)],
      )
      const captured = new Set(done.map((row) => row.capture_id))
      return rows.map((row) => (captured.has(row.id) ? 'captured' : 'refused'))
    },
    clock: systemClock,
    timers: realTimers,
    random: secureRandom,
  })
  const rows = Array.from({ length: 200 }, (_, n) => ({ id: `c${n}`, paymentId: `p${(n % 20) + 1}`, amountMinor: 30 }))
  const outcomes = await Promise.all(rows.map((row) => batcher.submit(row)))
  expect(outcomes.filter((outcome) => outcome === 'captured')).toHaveLength(60)
  const { rows: off } = await pool.query(
    `select id from balances b where captured <> 90
       or captured <> (select coalesce(sum(amount_minor), 0) from captures c where c.payment_id = b.id)`,
  )
  expect(off).toEqual([])
  expect(batches).toBeLessThan(rows.length)
})
