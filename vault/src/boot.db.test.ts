import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, createTestDatabase, type TestDatabase } from '../../tools/testing/database.ts'
import { startVault } from './compose.ts'
import { readVaultConfig } from './config.ts'
import { authorize, claim, count } from './testing/calls.ts'
import { goodCard, runVault } from './testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from './testing/stub-acquirer.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const migrations = new URL('../migrations/', import.meta.url)
const databases: TestDatabase[] = []
let acquirer: StubAcquirer

beforeAll(async () => {
  acquirer = await startStubAcquirer()
})

afterAll(async () => {
  await acquirer.stop()
  for (const database of databases) await database.drop()
})

async function newDatabase(): Promise<string> {
  const database = await createTestDatabase({ migrations, name: 'boot' })
  databases.push(database)
  return database.url
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(text).finally(() => client.end())
}

function settings(databaseUrl: string, rootKey = secureRandom.bytes(32).toString('base64')) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'internal.key'), secureRandom.bytes(32).toString('base64'))
  return {
    VAULT_DATABASE_URL: databaseUrl,
    TESSERA_VAULT_PORT: '0',
    TESSERA_VAULT_INTERNAL_PORT: '0',
    TESSERA_INTERNAL_SECRET_FILE: join(folder, 'internal.key'),
    TESSERA_ROOT_KEY: 'env:TESSERA_TEST_ROOT',
    TESSERA_TEST_ROOT: rootKey,
    TESSERA_SANDBOX_URL: 'http://127.0.0.1:9',
  }
}

function start(environment: Record<string, string>) {
  const log = createLogger({ process: 'vault', clock: systemClock, level: 'silent' })
  const parts = { environment, clock: systemClock, timers: realTimers, random: secureRandom, log }
  return startVault({ ...parts, config: readVaultConfig(environment) })
}

describe('a vault that starts', () => {
  it('makes its own tables, and starts again on them', async () => {
    const database = await createDatabase('boot_empty')
    databases.push(database)
    const environment = settings(database.url)
    for (let round = 0; round < 2; round += 1) await (await start(environment)).stop(1_000)
  })

  it('starts twice at once on an empty database', async () => {
    const database = await createDatabase('boot_twice')
    databases.push(database)
    const environment = settings(database.url)
    const vaults = await Promise.all([start(environment), start(environment)])
    for (const vault of vaults) await vault.stop(1_000)
  })

  it('keeps tokens, holds and permits over its own restart', async () => {
    const url = await newDatabase()
    const environment = { TESSERA_SANDBOX_URL: acquirer.url }
    const folder = temporaryFolder()
    const first = await runVault(url, { environment, folder })
    const [claimed, token] = [await first.token(), await first.token()]
    await claim(first, 'att_1', claimed)
    await first.stop()
    const second = await runVault(url, { environment, folder })
    expect(await authorize(second, 'att_1')).toMatchObject({ outcome: 'answered' })
    expect(JSON.parse(acquirer.received.at(-1)?.body ?? '').card).toMatchObject({
      number: '4242424242424242',
      cvc: '737',
    })
    await claim(second, 'att_2', token)
    expect(await authorize(second, 'att_2')).toMatchObject({ outcome: 'answered' })
    await second.stop()
  })

  it('goes on when the database drops all its connections', async () => {
    const vault = await runVault(await newDatabase(), { environment: { TESSERA_SANDBOX_URL: acquirer.url } })
    await vault.token()
    for (let round = 0; round < 5; round += 1) {
      const running = Promise.all(Array.from({ length: 20 }, () => vault.post({ card: goodCard })))
      await vault.sql.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      expect((await running).map(({ status }) => status)).toEqual(Array(20).fill(201))
    }
    const stored = await count(vault, 'tokens')
    expect(stored).toBe(101)
    await vault.stop()
  })
})

describe('a vault refuses to start', () => {
  it('under another root key than the one that sealed its database', async () => {
    const url = await newDatabase()
    await (await start(settings(url))).stop(1_000)
    await expect(start(settings(url))).rejects.toThrow('this root key did not seal this database')
  })

  it.each(['epoch_keys', 'tokens', 'cvcs', 'holds', 'permits'])('when %s is not unlogged', async (table) => {
    const url = await newDatabase()
    await query(url, `alter table ${table} set logged`)
    await expect(start(settings(url))).rejects.toThrow(`must be UNLOGGED, but are not: ${table}`)
  })

  it('on a configuration with problems, and names them all', () => {
    expect(() =>
      readVaultConfig({
        ...settings('postgres://127.0.0.1/x'),
        TESSERA_VAULT_PORT: 'http',
        TESSERA_VALT_HOST: 'x',
        TESSERA_ROOT_KEY: 'base64',
      }),
    ).toThrow(/TESSERA_VAULT_PORT[\s\S]*TESSERA_ROOT_KEY[\s\S]*TESSERA_VALT_HOST is not a setting; did you mean/)
    const short = settings('postgres://127.0.0.1/x')
    writeFileSync(short.TESSERA_INTERNAL_SECRET_FILE, 'short')
    expect(() => readVaultConfig(short)).toThrow('TESSERA_INTERNAL_SECRET_FILE must hold 32 bytes')
  })

  it('without a root key worth the name', async () => {
    const zeros = Buffer.alloc(32).toString('base64')
    await expect(start(settings(await newDatabase(), zeros))).rejects.toThrow('TESSERA_ROOT_KEY')
  })

  it('on a manifest that could send live cards to loopback', async () => {
    const folder = temporaryFolder()
    const manifest = { connector: 'x', origins: { live: { origin: 'https://127.0.0.1' } }, operations: {} }
    writeFileSync(join(folder, 'x.json'), JSON.stringify(manifest))
    const environment = { ...settings(await newDatabase()), TESSERA_MANIFESTS_DIR: folder }
    await expect(start(environment)).rejects.toThrow('live cards never reach the sandbox')
  })
})

describe('the process', () => {
  const main = new URL('./main.ts', import.meta.url).href

  function launch(environment: Record<string, string>) {
    const child = spawn(process.execPath, ['-e', `import(${JSON.stringify(main)}).then((vault) => vault.main())`], {
      env: { ...environment, PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let errors = ''
    child.stderr?.on('data', (piece) => {
      errors += piece
    })
    const exited = new Promise<{ code: number | null; errors: string }>((resolve) => {
      child.once('exit', (code) => resolve({ code, errors }))
    })
    const message = (type: string) =>
      // biome-ignore lint/suspicious/noExplicitAny: whatever the child says.
      new Promise<any>((resolve, reject) => {
        child.on('message', (said: { type: string }) => {
          if (said.type === type) resolve(said)
        })
        void exited.then(() => reject(new Error(`it left: ${errors}`)))
      })
    return { child, exited, message }
  }

  it('tells its supervisor when it is ready, moves its clock when told, and leaves on SIGTERM', async () => {
    const { child, exited, message } = launch(settings(await newDatabase()))
    const { urls } = await message('ready')
    expect(await (await fetch(`${urls.public}/healthz`)).json()).toEqual({ status: 'ok' })
    const moved = message('clock_advanced')
    child.send({ type: 'advance_clock', offsetMs: 5_000 })
    expect(await moved).toEqual({ type: 'clock_advanced', totalOffsetMs: 5_000 })
    child.kill('SIGTERM')
    expect(await exited).toEqual({ code: 0, errors: '' })
  })

  it('leaves when its supervisor is gone', async () => {
    const { child, exited, message } = launch(settings(await newDatabase()))
    await message('ready')
    child.disconnect()
    expect((await exited).code).toBe(0)
  })

  it('leaves with a code of its own when its configuration is wrong', async () => {
    const { exited, message } = launch({ TESSERA_VAULT_PORT: 'x' })
    message('ready').catch(() => undefined)
    const { code, errors } = await exited
    expect(code).toBe(78)
    expect(errors).toContain('VAULT_DATABASE_URL is missing')
  })
})
