import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from './lock.mjs'

let folder
let file

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-lock-'))
  file = join(folder, 'lock')
})

afterEach(() => rmSync(folder, { recursive: true }))

test('only one works at a time', async () => {
  let inside = 0
  let most = 0
  const work = async () => {
    inside++
    most = Math.max(most, inside)
    await new Promise((resolve) => setTimeout(resolve, 20))
    inside--
  }
  await Promise.all(Array.from({ length: 8 }, () => withLock(file, undefined, work)))
  expect(most).toBe(1)
  expect(existsSync(file)).toBe(false)
})

test('the lock is free again after work that failed', async () => {
  await expect(withLock(file, undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(file, undefined, async () => 'in')).toBe('in')
})

test('a lock whose owner is alive but has not touched it for long is taken over, since numbers are used again', async () => {
  writeFileSync(file, `${process.ppid} mark\n`)
  utimesSync(file, new Date(0), new Date(0))
  expect(await withLock(file, undefined, async () => 'in')).toBe('in')
})

test('of many that find a stale lock, one works at a time', async () => {
  writeFileSync(file, '999999999 mark\n')
  let inside = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setTimeout(resolve, 10))
    inside--
  }
  await Promise.all(Array.from({ length: 8 }, () => withLock(file, undefined, work)))
  expect(most).toBe(1)
})

test('waiting ends when it is no longer wanted', async () => {
  writeFileSync(file, `${process.pid} mark\n`)
  const stopping = new AbortController()
  const waiting = withLock(file, stopping.signal, async () => 'in')
  stopping.abort()
  await expect(waiting).rejects.toThrow()
})
