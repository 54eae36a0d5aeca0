import { createSecretKey, hash } from 'node:crypto'
import { challengeLifetimeMs, isSolvedBy, type TokenChallenge } from '@tessera/contracts/token-challenge'
import { ManualClock } from '@tessera/lib/clock'
import { seededRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { createChallenges } from './challenges.ts'

const bits = 6
const keyHash = hash('sha256', 'pk_live_one')

function world(secret = 1) {
  const clock = new ManualClock(1_800_000_000_000)
  const key = createSecretKey(Buffer.alloc(32, secret))
  return { clock, challenges: createChallenges({ key, clock, random: seededRandom(7) }) }
}

function solve({ text, bits: asked }: TokenChallenge): string {
  for (let number = 0; ; number += 1) {
    const answer = `${text}.${number}`
    if (isSolvedBy(hash('sha256', answer, 'buffer'), asked)) return answer
  }
}

test('a solved challenge is good for one token', () => {
  const { challenges } = world()
  const answer = solve(challenges.make(keyHash, bits))
  expect(challenges.spend(answer, keyHash, bits)).toBe(true)
  expect(challenges.spend(answer, keyHash, bits)).toBe(false)
})

test('another solution of a spent challenge is worth nothing', () => {
  const { challenges } = world()
  const challenge = challenges.make(keyHash, 0)
  expect(challenges.spend(`${challenge.text}.1`, keyHash, 0)).toBe(true)
  expect(challenges.spend(`${challenge.text}.2`, keyHash, 0)).toBe(false)
})

test('a challenge is bound to its key', () => {
  const { challenges } = world()
  const answer = solve(challenges.make(keyHash, bits))
  expect(challenges.spend(answer, hash('sha256', 'pk_live_two'), bits)).toBe(false)
  expect(challenges.spend(answer, keyHash, bits)).toBe(true)
})

test('a challenge ends', () => {
  const { challenges, clock } = world()
  const answer = solve(challenges.make(keyHash, bits))
  clock.advance(challengeLifetimeMs)
  expect(challenges.spend(answer, keyHash, bits)).toBe(false)
})

test('an easy challenge does not answer where a harder one is asked for, and a harder one does for an easy one', () => {
  const { challenges } = world()
  expect(challenges.spend(solve(challenges.make(keyHash, bits)), keyHash, bits + 1)).toBe(false)
  expect(challenges.spend(solve(challenges.make(keyHash, bits + 1)), keyHash, bits)).toBe(true)
})

test('an unsolved challenge is worth nothing', () => {
  const { challenges } = world()
  expect(challenges.spend(`${challenges.make(keyHash, 20).text}.0`, keyHash, bits)).toBe(false)
})

test('another process with the same key takes the answer; one with another key does not', () => {
  const answer = solve(world().challenges.make(keyHash, bits))
  expect(world().challenges.spend(answer, keyHash, bits)).toBe(true)
  expect(world(2).challenges.spend(answer, keyHash, bits)).toBe(false)
})

test('changing any character of a challenge, or writing its number in another way, is noticed', () => {
  const { challenges } = world()
  const { text } = challenges.make(keyHash, 0)
  for (let index = 0; index < text.length; index += 1) {
    const other = text[index] === 'A' ? 'B' : 'A'
    expect(challenges.spend(`${text.slice(0, index)}${other}${text.slice(index + 1)}.1`, keyHash, 0)).toBe(false)
  }
  for (const odd of [text, `${text}.`, `${text}.01`, `${text}.-1`, `${text}.1e3`, `.1`, `${text}.1.1`, '', 'é.1']) {
    expect(challenges.spend(odd, keyHash, 0)).toBe(false)
  }
  expect(challenges.spend(`${text}.1`, keyHash, 0)).toBe(true)
})
