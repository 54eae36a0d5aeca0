import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testPostgresUrl } from '../../tools/testing/database.ts'
import { openRunDatabase, type RunDatabase } from './database/database.ts'
import { runInJobs } from './jobs.ts'
import { Report } from './report.ts'
import { type RunResult, simulate, summaryOf } from './simulate.ts'
import { openShop, type Shop } from './world/merchant.ts'

const seedsOfShortRun = 15
const mayTakeMs = 480_000

let database: RunDatabase
let shop: Shop

beforeAll(async () => {
  database = await openRunDatabase(testPostgresUrl())
  shop = await openShop(database.sessions)
})

afterAll(() => database.close())

const run = (seed: string): Promise<RunResult> => simulate({ seed, database, shop })

it(
  'the same seed is the same run, whatever was run before',
  async () => {
    const first = await run('7')
    const other = await run('8')
    const again = await run('7')
    expect(again.digest).toBe(first.digest)
    expect(again.steps).toBe(first.steps)
    expect(other.digest).not.toBe(first.digest)
  },
  mayTakeMs,
)

it(
  'a seed is the same run in each of several processes',
  async () => {
    const digests = new Map<string, string>()
    const seeds = [7, 8, 9]
    await runInJobs({
      jobs: 2,
      serverUrl: testPostgresUrl(),
      next: () => seeds.shift() ?? null,
      onResult: ({ seed, digest }) => digests.set(seed, digest),
    })
    expect(digests.size).toBe(3)
    expect(digests.get('9')).toBe((await run('9')).digest)
  },
  mayTakeMs,
)

it(
  'no promise is broken in a short run, in which much goes wrong',
  async () => {
    const report = new Report()
    for (let seed = 1; seed <= seedsOfShortRun; seed += 1) report.add(summaryOf(await run(String(seed))))
    expect(report.failed.map(({ seed, violations }) => ({ seed, violations }))).toEqual([])
    for (const point of ['gateway crashed', 'commit B done, answer lost', 'answer replayed'] as const) {
      expect(report.points.hits.get(point), point).toBeGreaterThan(0)
    }
  },
  mayTakeMs,
)

describe('a seed that once broke a promise', () => {
  const regressions: { seed: string; broke: string }[] = JSON.parse(
    readFileSync(new URL('../regressions/seeds.json', import.meta.url), 'utf8'),
  )
  for (const { seed, broke } of regressions) {
    it(`${seed} keeps it: ${broke}`, async () => expect((await run(seed)).violations).toEqual([]), mayTakeMs)
  }
})
