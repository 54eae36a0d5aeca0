import { ManualClock, systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { runKeyed } from '../core/idempotency/keyed-request.ts'
import { trustedId } from '../core/ids.ts'
import type { Caller } from '../core/merchants/merchant.ts'
import type { KeyedRequestStore, KeyedRun } from '../core/ports/keyed-request-store.ts'
import type { Scope } from '../core/ports/payment-store.ts'
import { accept, type Result, refuse } from '../core/refusals.ts'
import { createSealer, SealBroken } from '../lib/sealing.ts'
import { type Database, openDatabase } from './database.ts'
import { createKeyedRequestStore } from './keyed-requests.ts'
import { createWorkStore } from './work.ts'

const scope: Scope = { merchantId: trustedId('mer_1'), mode: 'test' }
const live: Scope = { ...scope, mode: 'live' }
const ids = createIds(systemClock, secureRandom)
const log = createLogger({ process: 'test', clock: systemClock, level: 'silent' })
const sealer = createSealer({ keys: [secureRandom.bytes(32)], random: secureRandom })
const storeParts = { sealer, clock: systemClock, timers: realTimers, random: secureRandom }

let test: TestDatabase
let database: Database
let store: KeyedRequestStore

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'keyed-requests' })
  database = openDatabase(test.url, log)
  store = createKeyedRequestStore({ ...storeParts, pool: database.cold })
})
afterAll(async () => {
  await database?.close()
  await test?.drop()
})
beforeEach(() => database.cold.query('truncate idempotency_keys'))

const nowMs = 1_800_000_000_000
const time = { nowMs, deadBeforeMs: nowMs - 60_000 }
const later = { nowMs: nowMs + 60_001, deadBeforeMs: nowMs + 1 }
const aRun = (changes: Partial<KeyedRun> = {}): KeyedRun => ({
  key: 'one',
  fingerprint: 'f',
  runId: `run_${ids.timeOrdered()}`,
  ...changes,
})
const plain = { status: 202, body: '{"ä":"€"}', holdsSecret: false }
const secret = { status: 201, body: '{"secret":"whsec_c2VjcmV0"}', holdsSecret: true }
const answerOf = ({ status, body }: typeof plain) => ({ status, body })
const taken = (answer: { status: number; body: string } | null, fingerprint = 'f') => ({
  kind: 'taken',
  fingerprint,
  ofPayment: false,
  answer,
})
const begun = { kind: 'begun' }

describe('a key', () => {
  it('is begun once, by one of fifty at once, and all others learn whose it is', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.begin(scope, aRun(), time)))
    expect(outcomes.filter(({ kind }) => kind === 'begun')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'taken')).toEqual(Array(49).fill(taken(null)))
  })

  it.each([plain, secret])('gives back its answer to the byte: %o', async (answer) => {
    const run = aRun()
    expect(await store.begin(scope, run, time)).toEqual(begun)
    await store.finish(scope, run, answer)
    expect(await store.begin(scope, aRun(), time)).toEqual(taken(answerOf(answer)))
    // An answer never dies, and tells another request whose it is.
    expect(await store.begin(scope, aRun(), later)).toEqual(taken(answerOf(answer)))
    expect(await store.begin(scope, aRun({ fingerprint: 'g' }), later)).toEqual(taken(answerOf(answer)))
  })

  it('is another key for another merchant and in the other mode', async () => {
    for (const each of [scope, live, { ...scope, merchantId: trustedId<never>('mer_2') }]) {
      expect(await store.begin(each, aRun(), time)).toEqual(begun)
    }
  })

  it('is free again once it was given back, for any request', async () => {
    const run = aRun()
    await store.begin(scope, run, time)
    await store.abandon(scope, run)
    expect(await store.begin(scope, aRun({ fingerprint: 'g' }), time)).toEqual(begun)
  })

  it('of a payment is told as one, and neither taken over, finished nor given back', async () => {
    const run = aRun()
    await database.cold.query(
      `insert into idempotency_keys (merchant_id, mode, key, fingerprint, payment_id, created_at)
       values ($1, $2, $3, $4, 'pay', 0)`,
      [scope.merchantId, scope.mode, run.key, run.fingerprint],
    )
    await store.finish(scope, run, plain)
    await store.abandon(scope, run)
    expect(await store.begin(scope, run, later)).toEqual({ ...taken(null), ofPayment: true })
  })

  it('is begun once by a run whose first reply was lost', async () => {
    const run = aRun()
    expect(await store.begin(scope, run, time)).toEqual(begun)
    expect(await store.begin(scope, run, time)).toEqual(begun)
  })

  it('leaves the table with the old ones', async () => {
    const run = aRun()
    await store.begin(scope, run, time)
    await store.finish(scope, run, secret)
    const work = createWorkStore(database.cold)
    expect(await work.purge(nowMs, 10)).toBe(0)
    expect(await work.purge(nowMs + 1, 10)).toBe(1)
  })
})

describe('a run that died', () => {
  it('is taken over after its time, by one of fifty at once', async () => {
    await store.begin(scope, aRun(), time)
    expect(await store.begin(scope, aRun(), { nowMs, deadBeforeMs: nowMs })).toEqual(taken(null))
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.begin(scope, aRun(), later)))
    expect(outcomes.filter(({ kind }) => kind === 'begun')).toHaveLength(1)
  })

  it('is not taken over by another request', async () => {
    await store.begin(scope, aRun(), time)
    expect(await store.begin(scope, aRun({ fingerprint: 'g' }), later)).toEqual(taken(null))
  })

  it('and lives after all changes nothing of the run that took over', async () => {
    const [late, heir] = [aRun(), aRun()]
    await store.begin(scope, late, time)
    await store.begin(scope, heir, later)
    await store.finish(scope, late, plain)
    await store.abandon(scope, late)
    expect(await store.begin(scope, aRun(), later)).toEqual(taken(null))
    await store.finish(scope, heir, secret)
    for (const run of [late, heir]) await store.abandon(scope, run)
    expect(await store.begin(scope, aRun(), later)).toEqual(taken(answerOf(secret)))
  })
})

describe('an answer that holds a secret', () => {
  it('lies sealed, and any other as it is', async () => {
    for (const [key, answer] of [
      ['plain', plain],
      ['secret', secret],
    ] as const) {
      const run = aRun({ key })
      await store.begin(scope, run, time)
      await store.finish(scope, run, answer)
    }
    const { rows } = await database.cold.query('select body, sealed_body from idempotency_keys order by key')
    expect(rows).toEqual([
      { body: plain.body, sealed_body: null },
      { body: null, sealed_body: expect.any(Buffer) },
    ])
    const everything = await database.cold.query(
      `select string_agg(to_json(k)::text, ' ') || string_agg(encode(sealed_body, 'escape'), ' ') as text from idempotency_keys k`,
    )
    expect(everything.rows[0].text).toContain('"key":"secret"')
    expect(everything.rows[0].text).not.toContain('whsec')
  })

  it('opens in its own row alone', async () => {
    const run = aRun()
    for (const each of [scope, live]) await store.begin(each, run, time)
    await store.finish(scope, run, secret)
    await database.cold.query(
      `update idempotency_keys set status = 201, sealed_body = (select sealed_body from idempotency_keys where mode = 'test')
       where mode = 'live'`,
    )
    expect(await store.begin(scope, aRun(), time)).toEqual(taken(answerOf(secret)))
    await expect(store.begin(live, aRun(), time)).rejects.toThrow(SealBroken)
  })
})

describe('fifty equal requests at once, over the real store', () => {
  const caller = { merchant: { merchantId: scope.merchantId }, mode: scope.mode } as Caller
  const claim = { key: 'fifty', fingerprint: 'f' }
  const parts = () => ({ keyedRequests: store, clock: systemClock, timers: realTimers, ids, log })

  it('run once and get one answer', async () => {
    let runs = 0
    const perform = async () => {
      runs += 1
      return accept({ ...secret, body: `run ${runs}` })
    }
    const results = await Promise.all(Array.from({ length: 50 }, () => runKeyed(parts(), caller, claim, perform)))
    expect(runs).toBe(1)
    expect(results.map((result) => result.ok && result.value.answer.body)).toEqual(Array(50).fill('run 1'))
    expect(results.filter((result) => result.ok && !result.value.replayed)).toHaveLength(1)
  })

  it('run one after the other until one is not refused', async () => {
    let [running, most, runs] = [0, 0, 0]
    const perform = async (): Promise<Result<typeof plain>> => {
      running += 1
      runs += 1
      most = Math.max(most, running)
      await realTimers.sleep(1)
      running -= 1
      return runs < 5 ? refuse({ refusal: 'not_found', what: 'event' }) : accept(plain)
    }
    const results = await Promise.all(Array.from({ length: 50 }, () => runKeyed(parts(), caller, claim, perform)))
    expect([runs, most]).toEqual([5, 1])
    expect(results.filter((result) => !result.ok)).toHaveLength(4)
    expect(results.filter((result) => result.ok && result.value.replayed)).toHaveLength(45)
  })

  it('run once in place of one that died a minute ago', async () => {
    const clock = new ManualClock(nowMs)
    await store.begin(scope, aRun(claim), time)
    clock.advance(60_001)
    let runs = 0
    const perform = async () => {
      runs += 1
      return accept(plain)
    }
    const own = { ...parts(), clock }
    const results = await Promise.all(Array.from({ length: 50 }, () => runKeyed(own, caller, claim, perform)))
    expect(runs).toBe(1)
    expect(results.filter((result) => result.ok)).toHaveLength(50)
  })
})

it('a reply that is lost with its connection changes nothing', async () => {
  const seen = new Set<unknown>()
  // Each statement is executed, and its first reply is lost.
  const pool = Object.create(database.cold, {
    query: {
      value: async (text: string, values: unknown[]) => {
        const result = await database.cold.query(text, values)
        if (seen.has(text)) return result
        seen.add(text)
        throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' })
      },
    },
  })
  const fragile = createKeyedRequestStore({ ...storeParts, pool })
  const [run, heir] = [aRun(), aRun()]
  expect(await fragile.begin(scope, run, time)).toEqual(begun)
  expect(await fragile.begin(scope, heir, later)).toEqual(begun)
  await fragile.finish(scope, heir, secret)
  expect(await fragile.begin(scope, aRun(), later)).toEqual(taken(answerOf(secret)))
  const other = aRun({ key: 'two' })
  await store.begin(scope, other, time)
  await fragile.abandon(scope, other)
  expect(await store.begin(scope, aRun({ key: 'two', fingerprint: 'g' }), time)).toEqual(begun)
  expect(seen.size).toBe(5)
})
