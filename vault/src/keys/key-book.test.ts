import { type ProjectedKey, projectionStaleAfterMs } from '@tessera/contracts/vault-protocol'
import { ManualClock } from '@tessera/lib/clock'
import { describe, expect, it } from 'vitest'
import { createKeyBook } from './key-book.ts'

const key: ProjectedKey = {
  hash: 'a'.repeat(64),
  kind: 'publishable',
  merchantId: 'mer_1',
  merchantActive: true,
  mode: 'test',
  scopes: [],
  allowedOrigins: null,
  s2sEnabled: true,
  expiresAtMs: null,
  connectorId: null,
}
const push = (sentAtMs: number, version = 'v1', keys: ProjectedKey[] | null = [key]) => ({
  sentAtMs,
  version,
  keys,
  relayUrl: null,
})

describe('the key book', () => {
  it('knows nobody before the first push, and after a heartbeat alone', () => {
    const book = createKeyBook(new ManualClock(1_000))
    expect(book.find(key.hash)).toEqual({ found: 'stale' })
    expect(book.take(push(1_000, 'v1', null))).toEqual({ outcome: 'send_keys' })
    expect(book.find(key.hash)).toEqual({ found: 'stale' })
  })

  it('knows the keys of the last push and no others', () => {
    const book = createKeyBook(new ManualClock(1_000))
    book.take(push(1_000))
    expect(book.find(key.hash)).toEqual({ found: 'key', key })
    book.take(push(1_001, 'v2', []))
    expect(book.find(key.hash)).toEqual({ found: 'unknown' })
  })

  it('knows nobody once the last push is stale, until the next heartbeat', () => {
    const clock = new ManualClock(1_000)
    const book = createKeyBook(clock)
    book.take(push(1_000))
    clock.advance(projectionStaleAfterMs)
    expect(book.find(key.hash).found).toBe('key')
    clock.advance(1)
    expect(book.find(key.hash).found).toBe('stale')
    expect(book.isFresh()).toBe(false)
    book.take(push(clock.now(), 'v1', null))
    expect(book.find(key.hash).found).toBe('key')
  })

  it('does not grow stale because somebody corrects the clock', () => {
    const clock = new ManualClock(1_000)
    const book = createKeyBook(clock)
    book.take(push(1_000))
    clock.set(3_600_000)
    expect(book.find(key.hash).found).toBe('key')
  })

  it('refuses a push that is older than the last one, but not for ever', () => {
    const clock = new ManualClock(100_000)
    const book = createKeyBook(clock)
    book.take(push(100_000, 'v2', []))
    expect(book.take(push(99_999, 'v1'))).toBeNull()
    expect(book.find(key.hash).found).toBe('unknown')
    clock.advance(60_000)
    expect(book.take(push(99_999, 'v1'))).toEqual({ outcome: 'held' })
  })
})
