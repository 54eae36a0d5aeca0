import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { identityOf } from '../data-directory/process-identity.ts'
import { copyBinaries, systemHome } from './binaries.ts'
import { type ClusterOptions, type RunningCluster, startCluster } from './cluster.ts'
import { withConnection } from './connect.ts'
import { ensureDatabases } from './databases.ts'
import { canMapUsers, isRoot, nobody, reachableByOthers } from './identity.ts'
import { type PlaceOptions, type PostgresPlace, preparePlace } from './place.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const random = seededRandom(7)
let directory: string
let running: RunningCluster[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-cluster-'))
  running = []
})

afterEach(async () => {
  for (const cluster of running) await cluster.stop(true)
  rmSync(directory, { recursive: true, force: true })
})

function optionsFor(place: PostgresPlace, folder: string): ClusterOptions {
  return {
    place,
    superuserPassword: 'a password of the test',
    logFile: join(folder, 'postgres.log'),
    durable: false,
    maxConnections: 20,
    timers: realTimers,
    random,
  }
}

async function startOn(place: PostgresPlace, o: { durable?: boolean } = {}): Promise<RunningCluster> {
  const cluster = await startCluster({ ...optionsFor(place, directory), ...o })
  running.push(cluster)
  return cluster
}

const placeIn = (folder: string, o: Partial<PlaceOptions> = {}) => preparePlace({ directory: folder, random, ...o })

const ask = (cluster: RunningCluster, text: string) =>
  withConnection(cluster.url('postgres'), async (client) => (await client.query(text)).rows)

describe('PostgreSQL starts', () => {
  test('where everybody can enter, in a folder that only its own user can enter', async () => {
    const place = placeIn(directory)
    const cluster = await startOn(place)
    expect(await ask(cluster, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(statSync(place.folder).mode & 0o777).toBe(0o700)
    expect(existsSync(join(place.folder, 'initial-password'))).toBe(false)
  })

  const clone = fileURLToPath(new URL('.', import.meta.url))
  const othersCanRun = isRoot() && reachableByOthers(process.execPath) && reachableByOthers(clone)
  test.runIf(othersCanRun)('for an ordinary user', () => {
    const { uid, gid } = nobody()
    chownSync(directory, uid, gid)
    const program = `
      const { startThrowawayPostgres } = await import('${new URL('./throwaway.ts', import.meta.url)}')
      const postgres = await startThrowawayPostgres()
      console.log(process.getuid(), new URL(postgres.url).protocol)
      await postgres.stop()`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      uid,
      gid,
      cwd: '/',
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TMPDIR: directory },
    })
    expect(output).toBe(`${uid} postgres:\n`)
  })

  test('on top of what an interrupted first start left', async () => {
    const place = placeIn(directory)
    mkdirSync(join(place.folder, 'data.unfinished', 'base'), { recursive: true })
    const cluster = await startOn(place)
    expect(await ask(cluster, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test.runIf(isRoot() && canMapUsers(nobody()))('for root below a folder that only root can enter', async () => {
    chmodSync(directory, 0o700)
    const inner = join(directory, 'data-directory')
    mkdirSync(inner)
    const place = placeIn(inner)
    expect(place.identity.kind).toBe('mapped')
    const cluster = await startOn(place)
    expect(await ask(cluster, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  test.runIf(isRoot())('for root elsewhere, where the machine has no user namespaces, and says so', async () => {
    chmodSync(directory, 0o700)
    const inner = join(directory, 'data-directory')
    mkdirSync(inner)
    const elsewhereFolder = mkdtempSync(join(tmpdir(), 'tessera-elsewhere-'))
    chmodSync(elsewhereFolder, 0o711)
    try {
      const place = placeIn(inner, { mapUsers: () => false, elsewhereFolder })
      expect(place.folder.startsWith(elsewhereFolder)).toBe(true)
      expect(place.remark).toContain(place.folder)
      expect(placeIn(inner, { mapUsers: () => false, elsewhereFolder }).folder).toBe(place.folder)
      const cluster = await startOn(place)
      expect(await ask(cluster, 'select 1 as one')).toEqual([{ one: 1 }])
      await cluster.stop(true)
    } finally {
      rmSync(elsewhereFolder, { recursive: true, force: true })
    }
  })

  test('from a copy of its binaries, library links included', async () => {
    const place = placeIn(directory)
    const copied = copyBinaries(place.binaries, join(directory, 'copy'))
    chmodSync(join(directory, 'copy'), 0o755)
    const cluster = await startOn({ ...place, binaries: copied })
    expect(await ask(cluster, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test.runIf(systemHome() !== undefined)('from the machine’s own installation', async () => {
    const place = placeIn(directory)
    const cluster = await startOn({ ...place, binaries: systemHome() ?? place.binaries })
    const [row] = await ask(cluster, 'show server_version_num')
    expect(Math.floor(Number(row.server_version_num) / 10_000)).toBe(systemHome()?.majorVersion)
  })
})

describe('a cluster that holds payments', () => {
  let holding: string
  let cluster: RunningCluster

  beforeAll(async () => {
    holding = mkdtempSync(join(tmpdir(), 'tessera-cluster-'))
    cluster = await startCluster({ ...optionsFor(placeIn(holding), holding), durable: true })
  })

  afterAll(async () => {
    await cluster.stop(true)
    rmSync(holding, { recursive: true, force: true })
  })

  test('never trades durability, listens on loopback only and asks for passwords', async () => {
    const [row] = await ask(
      cluster,
      `select current_setting('fsync') fsync, current_setting('synchronous_commit') commit,
         current_setting('full_page_writes') pages, current_setting('listen_addresses') addresses`,
    )
    expect(row).toEqual({ fsync: 'on', commit: 'on', pages: 'on', addresses: '127.0.0.1' })
    const wrong = cluster.url('postgres').replace(/:[^:@]+@/, ':wrong@')
    await expect(withConnection(wrong, (client) => client.query('select 1'))).rejects.toThrow('password')
  })

  test('gets its databases although an interrupted start began them, and lets neither role into the other’s', async () => {
    const passwords = { superuser: 'unused here', gateway: 'g', vault: 'v' }
    await ask(cluster, "create role tessera_gateway login password 'g'")
    await ensureDatabases(cluster, passwords)
    const urls = await ensureDatabases(cluster, passwords)
    await withConnection(urls.vault, (client) => client.query('create table cards (number text)'))
    await withConnection(urls.gateway, (client) => client.query('create table payments (id text)'))
    const intruder = new URL(urls.gateway)
    for (const database of ['tessera_vault', 'postgres', 'template1']) {
      intruder.pathname = `/${database}`
      await expect(withConnection(intruder.href, async () => 'in')).rejects.toThrow('permission denied')
    }
  })

  test('writes no value of a failed statement to its log', async () => {
    await expect(ask(cluster, `select '4000009999999991'::int`)).rejects.toThrow('4000009999999991')
    await ask(cluster, 'create table t (pan text check (length(pan) < 3))')
    await expect(ask(cluster, `insert into t values ('4000009999999991')`)).rejects.toThrow()
    const log = readFileSync(join(holding, 'postgres.log'), 'utf8')
    expect(log).toContain('ready to accept connections')
    expect(log).not.toContain('4000009999999991')
  })
})

describe('the next start', () => {
  test('ends a postmaster that outlived its supervisor, and loses nothing that was acknowledged', async () => {
    const place = placeIn(directory)
    const orphan = await startOn(place, { durable: true })
    await ask(orphan, 'create table tiles (n int)')
    await ask(orphan, 'insert into tiles values (1)')
    const next = await startOn(place, { durable: true })
    expect(identityOf(orphan.pid)).toBeUndefined()
    await ask(next, 'insert into tiles values (2)')
    process.kill(next.pid, 'SIGKILL')
    const last = await startOn(place, { durable: true })
    expect(await ask(last, 'select n from tiles order by n')).toEqual([{ n: 1 }, { n: 2 }])
  })

  test('does not take a stranger with the old postmaster’s number for it', async () => {
    const place = placeIn(directory)
    const first = await startOn(place)
    await first.stop()
    const owner = place.identity.kind === 'dropped' ? { uid: place.identity.uid, gid: place.identity.gid } : {}
    const stranger = spawn('sleep', ['60'], { ...owner, cwd: '/', stdio: 'ignore' })
    try {
      writeFileSync(
        join(place.folder, 'data', 'postmaster.pid'),
        `${stranger.pid}\n${place.folder}/data\n1\n1\n\n\n\nready\n`,
      )
      const next = await startOn(place)
      expect(await ask(next, 'select 1 as one')).toEqual([{ one: 1 }])
      expect(identityOf(stranger.pid as number)).toBeDefined()
    } finally {
      stranger.kill()
    }
  })
})
