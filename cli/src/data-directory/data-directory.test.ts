import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@tessera/lib/random'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeLastCredentials, writeCredentials } from './credentials.ts'
import { ensureDatabasePasswords, ensureKeyFiles, KeysMissing } from './keys.ts'
import { lockDirectory } from './lock.ts'
import { identityOf, isAlive } from './process-identity.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-directory-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

describe('the lock of a data directory', () => {
  const lockFile = () => join(directory, 'supervisor.lock')

  test('is held by one, named to the other, and free after its release', () => {
    const first = lockDirectory(directory)
    const second = lockDirectory(directory)
    expect(second).toMatchObject({ outcome: 'held', by: { pid: process.pid } })
    if (first.outcome === 'locked') first.release()
    expect(lockDirectory(directory).outcome).toBe('locked')
  })

  test('passes from a killed holder to the next', () => {
    writeFileSync(lockFile(), JSON.stringify({ pid: 999_999_999, startedAt: 'long ago' }))
    expect(lockDirectory(directory).outcome).toBe('locked')
  })

  test('passes on although the holder’s number belongs to another process by now', () => {
    writeFileSync(lockFile(), JSON.stringify({ pid: process.ppid, startedAt: 'before that one' }))
    expect(lockDirectory(directory).outcome).toBe('locked')
  })

  test('is not released by one who lost it', () => {
    const first = lockDirectory(directory)
    writeFileSync(lockFile(), JSON.stringify(identityOf(process.ppid)))
    if (first.outcome === 'locked') first.release()
    expect(existsSync(lockFile())).toBe(true)
  })
})

test('a process is known by number and start, and ends with its end', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const identity = identityOf(child.pid as number)
  expect(identity && isAlive(identity)).toBe(true)
  expect(isAlive({ pid: child.pid as number, startedAt: 'another start' })).toBe(false)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  expect(identity && isAlive(identity)).toBe(false)
})

describe('the keys', () => {
  const fresh = { databaseExists: false, random: seededRandom(1) }
  const sealed = { ...fresh, databaseExists: true }

  test('are 32 bytes each, for the owner only, and stay what they are', () => {
    const paths = ensureKeyFiles(directory, fresh)
    const contents = Object.values(paths).map((path) => readFileSync(path, 'utf8'))
    expect(contents.map((content) => Buffer.from(content, 'base64').length)).toEqual([32, 32, 32])
    expect(new Set(contents).size).toBe(3)
    expect(Object.values(paths).map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600])
    ensureKeyFiles(directory, sealed)
    expect(Object.values(paths).map((path) => readFileSync(path, 'utf8'))).toEqual(contents)
  })

  test('are never made anew beside a database that the lost ones sealed', () => {
    const { root } = ensureKeyFiles(directory, fresh)
    rmSync(root)
    expect(() => ensureKeyFiles(directory, sealed)).toThrow(KeysMissing)
    expect(existsSync(root)).toBe(false)
    expect(() => ensureDatabasePasswords(directory, sealed)).toThrow(KeysMissing)
  })
})

describe('the credentials', () => {
  const merchant = {
    merchantId: 'm_1',
    publishableKey: 'pk_test_1',
    secretKey: 'tsk_test_1',
    inflowPrivateKey: 'a',
    inflowPublicKey: 'b',
    returnSigningSecret: 'c',
  }
  const credentials = { ...merchant, gatewayUrl: 'g', vaultUrl: 'v', metricsUrl: 'm' }

  test('are not there from the beginning of a start until it is ready, and not lost when it never is', () => {
    writeCredentials(directory, credentials)
    expect(takeLastCredentials(directory)).toEqual(merchant)
    expect(existsSync(join(directory, 'credentials.json'))).toBe(false)
    expect(takeLastCredentials(directory)).toEqual(merchant)
    writeCredentials(directory, credentials)
    expect(existsSync(join(directory, 'credentials.last.json'))).toBe(false)
  })

  test('are none in a new directory', () => {
    expect(takeLastCredentials(directory)).toBeNull()
  })
})
