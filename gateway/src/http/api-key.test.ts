import { createHash } from 'node:crypto'
import { secureRandom, seededRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import { apiKeyHash, inflowSpelling, makePublishableKey, makeSecretKey, readApiKey } from './api-key.ts'

describe('an API key', () => {
  it('is read back as it was made', () => {
    for (const mode of ['test', 'live'] as const) {
      const secret = makeSecretKey(mode, 'k7Xy', secureRandom)
      expect(secret).toMatch(new RegExp(`^tsk_${mode}_k7Xy_[0-9A-Za-z]{49}$`))
      expect(readApiKey(secret)).toEqual({ ok: true, key: { kind: 'secret', mode, canonical: secret } })
      const publishable = makePublishableKey(mode, secureRandom)
      expect(publishable).toMatch(new RegExp(`^pk_${mode}_[0-9A-Za-z]{32}$`))
      expect(readApiKey(publishable)).toEqual({ ok: true, key: { kind: 'publishable', mode, canonical: publishable } })
    }
  })

  it('with any character mistyped, missing or too many is told apart from an unknown one', () => {
    const secret = makeSecretKey('test', 'k1', seededRandom(1))
    for (let at = 'tsk_test_'.length; at < secret.length; at += 1) {
      const mistyped = secret.slice(0, at) + (secret[at] === 'a' ? 'b' : 'a') + secret.slice(at + 1)
      expect(readApiKey(mistyped).ok, mistyped).toBe(false)
    }
    expect(readApiKey(secret.slice(0, -1))).toEqual({ ok: false, why: 'not_a_key' })
    expect(readApiKey(`${secret}a`)).toEqual({ ok: false, why: 'not_a_key' })
    expect(readApiKey(secret.replace('tsk_test_', 'tsk_live_'))).toEqual({ ok: false, why: 'wrong_check_digits' })
  })

  it('of another kind is none of ours', () => {
    for (const text of [
      '',
      'tsk_',
      'sk_live_abc',
      'pk_test_',
      'tsk_prod_k1_x',
      `pk_test_${'a'.repeat(33)}`,
      'tsk_test_k1_\n',
    ]) {
      expect(readApiKey(text)).toEqual({ ok: false, why: 'not_a_key' })
    }
  })

  it('in the inflow spelling is the same key, with the same hash', () => {
    for (const key of [makeSecretKey('test', 'k1', secureRandom), makePublishableKey('live', secureRandom)]) {
      const spelled = inflowSpelling(key)
      expect(spelled).toMatch(/^inflow_(priv_test|pub_live)_/)
      expect(readApiKey(spelled)).toEqual(readApiKey(key))
    }
  })

  it('is kept as the SHA-256 of its whole text', () => {
    const key = makeSecretKey('test', 'k1', secureRandom)
    expect(apiKeyHash(key)).toBe(createHash('sha256').update(key).digest('hex'))
  })

  it('uses all 62 characters evenly', () => {
    const counts = new Map<string, number>()
    const random = seededRandom(3)
    for (let round = 0; round < 2000; round += 1) {
      for (const letter of makePublishableKey('test', random).slice('pk_test_'.length)) {
        counts.set(letter, (counts.get(letter) ?? 0) + 1)
      }
    }
    expect(counts.size).toBe(62)
    const expected = (2000 * 32) / 62
    for (const [letter, count] of counts) expect(Math.abs(count - expected), letter).toBeLessThan(expected * 0.2)
  })

  it('is not made with an id that would break its shape', () => {
    for (const keyId of ['', 'a_b', 'a b', 'x'.repeat(41)]) {
      expect(() => makeSecretKey('test', keyId, secureRandom)).toThrow('key id')
    }
  })
})
