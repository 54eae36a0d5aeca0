import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import {
  endAll,
  eventually,
  exists,
  misbehave,
  newDataDirectory,
  type StartedStatus,
  start,
} from '../../testing/started.ts'
import { withConnection } from '../postgres/connect.ts'
import { startThrowawayPostgres } from '../postgres/throwaway.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

// One directory for all: a test takes over what the one before left, as starts do, and only the first pays for initdb.
const directory = newDataDirectory()

afterEach(async () => {
  await endAll()
  misbehave(directory, {})
})

afterAll(() => rmSync(directory, { recursive: true }))

function pidsOf(status: StartedStatus): number[] {
  const all = [status.postgres?.pid, ...Object.values(status.processes).map((entry) => entry.pid)]
  return all.flatMap((pid) => pid ?? [])
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

describe('a start', () => {
  test('writes the credentials for the owner only, once everything answers', async () => {
    const started = start(directory)
    const credentials = await started.ready()
    expect(await answers(credentials.gatewayUrl)).toBe(true)
    expect(await answers(credentials.vaultUrl)).toBe(true)
    const file = join(directory, 'credentials.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(Object.keys(credentials).sort()).toEqual([
      'gatewayUrl',
      'inflowPrivateKey',
      'inflowPublicKey',
      'merchantId',
      'metricsUrl',
      'publishableKey',
      'returnSigningSecret',
      'secretKey',
      'vaultUrl',
    ])
    expect(started.said()).toContain(credentials.secretKey)
  })

  test('is refused where another runs; after that one has ended it keeps its merchant and keys', async () => {
    const first = start(directory)
    const before = await first.ready()
    const second = start(directory)
    expect(await second.exited).toBe(1)
    expect(second.said()).toContain(`process ${first.pid}, on ${before.gatewayUrl}`)
    expect(await answers(before.gatewayUrl)).toBe(true)
    expect(existsSync(join(directory, 'credentials.json'))).toBe(true)
    first.kill('SIGTERM')
    expect(await first.exited).toBe(0)
    const after = await start(directory).ready()
    expect(after.secretKey).toBe(before.secretKey)
    expect(after.merchantId).toBe(before.merchantId)
  })

  test('with a worker of its own has one process more', async () => {
    const started = start(directory, { options: ['--separate-worker'] })
    await started.ready()
    const { processes } = await started.status()
    expect(Object.keys(processes).sort()).toEqual(['gateway', 'sandbox', 'vault', 'worker'])
  })

  test('with databases of the operator’s own starts no PostgreSQL', async () => {
    const postgres = await startThrowawayPostgres()
    const own = newDataDirectory()
    try {
      await withConnection(postgres.url, async (client) => {
        await client.query('create database payments')
        await client.query('create database cards')
      })
      const environment = { DATABASE_URL: postgres.urlOf('payments'), VAULT_DATABASE_URL: postgres.urlOf('cards') }
      const started = start(own, { environment })
      await started.ready()
      expect((await started.status()).postgres).toBeNull()
      expect(existsSync(join(own, 'postgres'))).toBe(false)
      started.kill('SIGTERM')
      expect(await started.exited).toBe(0)
      const half = start(own, { environment: { DATABASE_URL: environment.DATABASE_URL } })
      expect(await half.exited).toBe(1)
      expect(half.said()).toContain('VAULT_DATABASE_URL')
    } finally {
      await postgres.stop()
      rmSync(own, { recursive: true })
    }
  })

  test('whose process dies at its start fails with that process’s last words', async () => {
    misbehave(directory, { process: 'vault', kind: 'dies_at_start' })
    const started = start(directory)
    expect(await started.exited).toBe(1)
    expect(started.said()).toContain('this fake was told to die')
    expect(existsSync(join(directory, 'credentials.json'))).toBe(false)
  })

  test('does not start again what says that its configuration is wrong', async () => {
    misbehave(directory, { process: 'gateway', kind: 'configuration_invalid' })
    const started = start(directory)
    expect(await started.exited).toBe(1)
    expect(started.said()).not.toContain('starting it again')
  })
})

describe('everything stops and nothing is left', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('when the supervisor gets %s', async (signal) => {
    const started = start(directory)
    await started.ready()
    const pids = pidsOf(await started.status())
    expect(pids).toHaveLength(4)
    started.kill(signal)
    expect(await started.exited).toBe(0)
    expect(pids.filter(exists)).toEqual([])
  })

  test.each([
    ['gateway', 'SIGTERM'],
    ['postgres', 'SIGTERM'],
    ['postgres', 'SIGINT'],
  ] as const)('when the %s gets %s', async (name, signal) => {
    const started = start(directory)
    await started.ready()
    const status = await started.status()
    const pids = pidsOf(status)
    process.kill((name === 'postgres' ? status.postgres : status.processes[name])?.pid as number, signal)
    expect(await started.exited).toBe(0)
    expect(pids.filter(exists)).toEqual([])
  })

  test('when the control socket is asked to', async () => {
    const started = start(directory)
    await started.ready()
    expect(await askSupervisor(directory, { command: 'stop' })).toEqual({ ok: true })
    expect(await started.exited).toBe(0)
  })

  test('when it comes while the start is still going on', async () => {
    misbehave(directory, { process: 'gateway', kind: 'never_ready' })
    const postmasterFile = join(directory, 'postgres', 'data', 'postmaster.pid')
    const started = start(directory)
    await eventually(() => existsSync(postmasterFile))
    started.kill('SIGTERM')
    expect(await started.exited).toBe(0)
    expect(existsSync(postmasterFile)).toBe(false)
    expect(started.said()).not.toContain('Tessera is ready')
  })
})

describe('after kill -9', () => {
  test('of any process, another takes its place at the same address', async () => {
    const started = start(directory)
    const credentials = await started.ready()
    for (const name of ['gateway', 'vault', 'sandbox']) {
      const killed = (await started.status()).processes[name]?.pid as number
      process.kill(killed, 'SIGKILL')
      await eventually(async () => (await started.status()).processes[name]?.restarts === 1)
      await eventually(() => answers(credentials.gatewayUrl))
      await eventually(() => answers(credentials.vaultUrl))
      expect((await started.status()).processes[name]?.pid).not.toBe(killed)
    }
    const postmaster = (await started.status()).postgres?.pid as number
    process.kill(postmaster, 'SIGKILL')
    await eventually(async () => {
      const pid = (await started.status()).postgres?.pid
      return typeof pid === 'number' && pid !== postmaster
    })
    expect(started.said()).toContain('PostgreSQL ended (SIGKILL); starting it again.')
  })

  test('of the supervisor, the processes leave and the next start works with what is there', async () => {
    const first = start(directory)
    const before = await first.ready()
    const status = await first.status()
    first.kill('SIGKILL')
    await first.exited
    const second = start(directory)
    const after = await second.ready()
    expect(pidsOf(status).filter(exists)).toEqual([])
    expect(after.secretKey).toBe(before.secretKey)
    second.kill('SIGTERM')
    expect(await second.exited).toBe(0)
  })

  test('of everything at once, the next start works with what is there', async () => {
    const first = start(directory)
    const before = await first.ready()
    const pids = pidsOf(await first.status())
    for (const pid of [first.pid, ...pids]) process.kill(pid, 'SIGKILL')
    await first.exited
    const after = await start(directory).ready()
    expect(after.secretKey).toBe(before.secretKey)
  })
})

describe('the clock', () => {
  const hourMs = 3_600_000

  async function clockOf(url: string): Promise<number> {
    return ((await (await fetch(url)).json()) as { now: number }).now
  }

  test('moves in every process at once, and a process that is started again moves along', async () => {
    const started = start(directory)
    const { gatewayUrl, vaultUrl } = await started.ready()
    const nowMs = await clockOf(vaultUrl)
    const answer = await askSupervisor(directory, { command: 'advance_clock', ms: hourMs })
    expect(answer).toEqual({ ok: true, totalOffsetMs: hourMs })
    expect(await clockOf(gatewayUrl)).toBeGreaterThanOrEqual(nowMs + hourMs)
    expect(await clockOf(vaultUrl)).toBeGreaterThanOrEqual(nowMs + hourMs)
    process.kill((await started.status()).processes.gateway?.pid as number, 'SIGKILL')
    await eventually(async () => (await started.status()).processes.gateway?.restarts === 1)
    await eventually(() => answers(gatewayUrl))
    expect(await clockOf(gatewayUrl)).toBeGreaterThanOrEqual(nowMs + hourMs)
  })

  test('stands where a live key exists, and is not moved by what is no span', async () => {
    const started = start(directory)
    const { vaultUrl } = await started.ready()
    const nowMs = await clockOf(vaultUrl)
    for (const ms of [0, -1, 1.5, '60000', null]) {
      const answer = await askSupervisor(directory, { command: 'advance_clock', ms: ms as number })
      expect(answer.ok).toBe(false)
    }
    misbehave(directory, { liveKeys: true })
    const answer = await askSupervisor(directory, { command: 'advance_clock', ms: hourMs })
    expect(answer).toMatchObject({ ok: false, error: expect.stringContaining('live key') })
    expect(await clockOf(vaultUrl)).toBeLessThan(nowMs + hourMs)
  })
})
