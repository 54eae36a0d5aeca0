import { secureRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import { signatureWindowMs } from './internal-signature.ts'
import { createNonceCache } from './nonce-cache.ts'

const nonce = (): string => secureRandom.bytes(16).toString('base64url')
const nowMs = 1_700_000_000_000

describe('the nonce cache', () => {
  it('takes each nonce once', () => {
    const cache = createNonceCache()
    const nonces = Array.from({ length: 20_000 }, nonce)
    expect(nonces.every((each) => cache.take(each, nowMs, nowMs) === 'fresh')).toBe(true)
    expect(nonces.every((each) => cache.take(each, nowMs, nowMs) === 'seen')).toBe(true)
    expect(cache.size).toBe(nonces.length)
  })

  it('remembers a nonce for as long as its signature is good, at either end of the window', () => {
    for (const offsetMs of [-signatureWindowMs, -1, 0, 1, signatureWindowMs]) {
      const cache = createNonceCache()
      const each = nonce()
      const timestampMs = nowMs + offsetMs
      expect(cache.take(each, timestampMs, nowMs)).toBe('fresh')
      for (let laterMs = nowMs; laterMs <= timestampMs + signatureWindowMs; laterMs += 1_000) {
        cache.take(nonce(), laterMs, laterMs)
        expect(cache.take(each, timestampMs, laterMs)).toBe('seen')
      }
    }
  })

  it('forgets what no signature can be good for any more', () => {
    const cache = createNonceCache()
    for (let atMs = nowMs; atMs < nowMs + 100 * signatureWindowMs; atMs += 1_000) cache.take(nonce(), atMs, atMs)
    expect(cache.size).toBeLessThanOrEqual((3 * signatureWindowMs) / 1_000)
  })

  it('refuses more than it can remember', () => {
    const cache = createNonceCache(100)
    const verdicts = Array.from({ length: 102 }, () => cache.take(nonce(), nowMs, nowMs))
    expect(verdicts.slice(0, 100)).toEqual(Array(100).fill('fresh'))
    expect(verdicts.at(-1)).toBe('full')
  })
})
