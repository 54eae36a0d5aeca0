import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSolvedBy } from '../token-challenge.ts'
import { solveChallenge } from './proof-of-work.ts'
import { sha256 } from './sha256.ts'

it('agrees with the one of OpenSSL on texts of every length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(Buffer.from(sha256(bytes))).toEqual(createHash('sha256').update(bytes).digest())
    }),
    { numRuns: 500 },
  )
})

it('a challenge is answered by a number that the vault accepts', async () => {
  const text = 'eyJrIjoidGVzdCJ9_abcDEF'.repeat(4)
  const answer = await solveChallenge({ algorithm: 'sha256', text, bits: 10, expires_at: '' })
  expect(answer).toMatch(new RegExp(`^${text}\\.(0|[1-9]\\d*)$`))
  expect(isSolvedBy(createHash('sha256').update(answer).digest(), 10)).toBe(true)
})
