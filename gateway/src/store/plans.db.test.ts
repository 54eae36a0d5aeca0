import { systemClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import type { Sealer } from '../lib/sealing.ts'
import { statementWith } from './commit-batch.ts'
import { insertWith, writeNewPayments } from './create-batch.ts'
import { type Database, openDatabase } from './database.ts'
import { createDeliveryStore } from './deliveries.ts'
import { writeDeliveryResults } from './delivery-results.ts'
import { placeWaitingEvents } from './event-feed.ts'
import { createWorkStore } from './work.ts'

/**
 * A statement keeps the plan that it got first, when its tables were empty. That plan must be good for tables of any size: it
 * looks rows up by key, and never goes through a table to find what fits.
 */
let test: TestDatabase
let database: Database
beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'plans' })
  database = openDatabase(test.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

/** A pool that finds no rows and keeps what it was asked. */
function recorder() {
  const asked: string[] = []
  const query = async (statement: string | { text: string }) => {
    const text = typeof statement === 'string' ? statement : statement.text
    asked.push(text)
    return { rows: text.startsWith('\nselect merchant_id, mode from (') ? [{ merchant_id: '', mode: '' }] : [{}] }
  }
  const pool = { query, connect: async () => ({ query, release() {} }) } as unknown as Pool
  return { pool, asked }
}

async function planOf(text: string): Promise<PlanNode> {
  const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))
  const client = await database.background.connect()
  try {
    await client.query('set plan_cache_mode = force_generic_plan')
    await client.query(`prepare asked as ${text}`)
    const nulls = Array.from({ length: parameters }, () => 'null')
    const call = nulls.length === 0 ? 'asked' : `asked(${nulls.join(', ')})`
    const { rows } = await client.query(`explain (format json, costs off) execute ${call}`)
    return rows[0]['QUERY PLAN'][0].Plan
  } finally {
    client.release(true)
  }
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Cond'?: string
  'Join Filter'?: string
  Plans?: PlanNode[]
}

/** Queues: all that they hold is to be done. */
const queues = ['events_to_place']

function searchesOf(node: PlanNode, joinFilter: string | null = null): string[] {
  const table = node['Relation Name']
  const children = node.Plans ?? []
  const found: string[] = []
  const isScan = table !== undefined && /Scan$/.test(node['Node Type'])
  const readsAll = node['Index Cond'] === undefined && node['Node Type'] !== 'Bitmap Heap Scan'
  if (isScan && readsAll && !queues.includes(table)) found.push(`all of ${table} is read`)
  if (isScan && joinFilter !== null) found.push(`${table} is searched for ${joinFilter}`)
  return [...found, ...children.flatMap((child) => searchesOf(child, node['Join Filter'] ?? null))]
}

const sealer = {} as Sealer
const base = { clock: systemClock, timers: realTimers, random: secureRandom }

describe('the plan of every statement of the hot paths looks rows up by key', () => {
  const runs: [string, (pool: Pool) => Promise<unknown>][] = [
    ['new payments', (pool) => writeNewPayments(pool, [])],
    ['new payments of every kind', (pool) => pool.query(insertWith({ ordered: true, rare: true }))],
    ['decisions', (pool) => pool.query(statementWith({ keys: false, cards: false, rare: false }))],
    ['decisions that bring a key', (pool) => pool.query(statementWith({ keys: true, cards: false, rare: false }))],
    ['decisions that save a card', (pool) => pool.query(statementWith({ keys: true, cards: true, rare: false }))],
    [
      'decisions that change what few change',
      (pool) => pool.query(statementWith({ keys: true, cards: true, rare: true })),
    ],
    ['claims to release', (pool) => createWorkStore(pool).findClaimsToRelease([])],
    ['places in the feed', (pool) => placeWaitingEvents(pool, 1)],
    ['claimed deliveries', (pool) => createDeliveryStore({ pool, sealer, ...base }).claimDue(0, 0, 0)],
    ['put off deliveries', (pool) => createDeliveryStore({ pool, sealer, ...base }).giveBack([], 'queue')],
    ['results of deliveries', (pool) => writeDeliveryResults(pool, [])],
    ['operations in doubt', (pool) => createWorkStore(pool).claimDueOperations(0, 0, 0)],
    ['payments past their deadline', (pool) => createWorkStore(pool).findDuePayments(0, 0)],
    ['cards to settle', (pool) => createWorkStore(pool).claimCardSettlements(0, 0, 0)],
  ]
  it.each(runs)('%s', async (_name, run) => {
    const { pool, asked } = recorder()
    await run(pool).catch(() => undefined)
    const statements = asked.filter((text) => /^\s*(with|select|insert|update|delete)\b/i.test(text))
    expect(statements.length).toBeGreaterThan(0)
    for (const text of statements) expect({ text, found: searchesOf(await planOf(text)) }).toEqual({ text, found: [] })
  })

  it('and a statement that searches is found out', async () => {
    const searching = `update deliveries d set tries = r.try from json_to_recordset($1::json) as r(merchant_id text, try integer)
      where d.merchant_id = r.merchant_id and d.state = 'waiting' and d.tries = r.try - 1`
    expect(searchesOf(await planOf(searching))).not.toEqual([])
  })
})
