import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '@tessera/lib/clock'
import { seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { dataFolderOf, type RunningCluster } from './cluster.ts'
import { withConnection } from './connect.ts'
import { KeptCluster } from './kept-cluster.ts'
import { preparePlace } from './place.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const random = seededRandom(11)
let directory: string
let told: string[]
let kept: KeptCluster
let first: RunningCluster
let data: string
let clock: ManualClock

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-kept-cluster-'))
  told = []
  clock = new ManualClock(0)
  const place = preparePlace({ directory, random })
  data = dataFolderOf(place)
  kept = new KeptCluster(
    {
      place,
      superuserPassword: 'a password of the test',
      logFile: join(directory, 'postgres.log'),
      durable: false,
      maxConnections: 20,
      timers: realTimers,
      random,
    },
    {
      clock,
      onStopWish: (text) => told.push(`stop: ${text}`),
      onGivenUp: (text) => told.push(`given up: ${text}`),
      onRestart: (text) => told.push(text),
    },
  )
  first = await kept.start(new AbortController().signal)
})

afterEach(async () => {
  await kept.stop()
  rmSync(directory, { recursive: true, force: true })
})

const isAnswering = () => withConnection(first.url('postgres'), async (client) => (await client.query('select 1')).rows)

test('PostgreSQL that was killed runs again on the same port', async () => {
  process.kill(first.pid, 'SIGKILL')
  await first.ended
  await kept.whenRunning()
  expect(kept.pid).not.toBe(first.pid)
  expect(await isAnswering()).toHaveLength(1)
  expect(told).toEqual(['PostgreSQL ended (SIGKILL); starting it again.'])
})

/** Without that file no start comes to anything. */
async function killWithoutControlFile(): Promise<{ bringBack(): void }> {
  const [control, away] = [join(data, 'global/pg_control'), join(data, 'global/pg_control.away')]
  renameSync(control, away)
  process.kill(first.pid, 'SIGKILL')
  await first.ended
  await untilTold('PostgreSQL could not be started')
  return { bringBack: () => renameSync(away, control) }
}

const untilTold = (start: string) =>
  vi.waitUntil(() => told.some((text) => text.startsWith(start)), { timeout: 60_000 })

test('PostgreSQL that cannot be started for a while is started when it can be', async () => {
  const { bringBack } = await killWithoutControlFile()
  bringBack()
  await kept.whenRunning()
  expect(await isAnswering()).toHaveLength(1)
  expect(told.filter((text) => text.startsWith('given up'))).toEqual([])
})

test('PostgreSQL that cannot be started for two minutes is given up', async () => {
  await killWithoutControlFile()
  clock.advance(120_000)
  await untilTold('given up: PostgreSQL could not be started')
  expect(kept.pid).toBeUndefined()
})
