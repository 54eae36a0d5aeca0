import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { brandOf } from '../card-brands.ts'
import { isTestCardNumber, testCards, threeDSecureTestNumber } from '../test-cards.ts'
import { enrolledRanges, issuersByCard, issuersByLastFour, notEnrolled } from './test-issuers.ts'

const digits = (number: string): Uint8Array => Buffer.from(number, 'latin1')

test('ranges do not overlap, so that a number has one issuer', () => {
  const byStart = enrolledRanges
    .map(({ start, end }) => ({ start, end }))
    .sort((left, right) => left.start.length - right.start.length || (left.start < right.start ? -1 : 1))
  for (const [index, range] of byStart.entries()) {
    const before = byStart[index - 1]
    if (before === undefined || before.start.length !== range.start.length) continue
    expect(before.end < range.start, `${before.end} ${range.start}`).toBe(true)
  }
})

test('every range holds test numbers alone', () => {
  for (const { start, end } of enrolledRanges) {
    expect([start, isTestCardNumber(digits(start))]).toEqual([start, true])
    expect([end, isTestCardNumber(digits(end))]).toEqual([end, true])
  }
})

test('every card that is known for 3-D Secure is a test card', () => {
  const numbers = new Set(testCards.map((card) => card.number))
  expect([...issuersByCard.keys(), ...notEnrolled].filter((number) => !numbers.has(number))).toEqual([])
})

test('the numbers of the families are of their brand and end as asked', () => {
  expect(threeDSecureTestNumber('0072')).toMatch(/^42000097\d{4}0072$/)
  expect(threeDSecureTestNumber('2103', 'mastercard')).toMatch(/^52000097\d{4}2103$/)
  expect(brandOf(digits(threeDSecureTestNumber('0072')))).toBe('visa')
  expect(brandOf(digits(threeDSecureTestNumber('0072', 'mastercard')))).toBe('mastercard')
})

test('first six and last four digits tell a number of a family from every listed card that does something else', () => {
  const familyNumbers = [...issuersByLastFour.keys()].flatMap((lastFour) => [
    threeDSecureTestNumber(lastFour, 'visa'),
    threeDSecureTestNumber(lastFour, 'mastercard'),
  ])
  const face = (number: string): string => `${number.slice(0, 6)}…${number.slice(-4)}`
  const faces = new Map(familyNumbers.map((number) => [face(number), number]))
  expect(faces.size).toBe(familyNumbers.length)
  for (const { number } of testCards) {
    const twin = faces.get(face(number))
    if (twin === undefined) continue
    const { summary: _, ...ours } = issuersByLastFour.get(twin.slice(-4)) ?? { summary: '' }
    const { summary: __, ...theirs } = issuersByCard.get(number) ?? { summary: '' }
    expect(ours).toEqual(theirs)
  }
})

test.each([
  ['0003', '2.1.0', '2.2.0', 'calls_back'],
  ['1172', '2.1.0', '2.1.0', null],
  ['2270', '2.2.0', '2.2.0', 'never_calls_back'],
  ['0043', '2.2.0', '2.2.0', 'calls_back'],
])('last four %s: versions %s to %s, method %s', (lastFour, start, end, method) => {
  expect(issuersByLastFour.get(lastFour)).toMatchObject({ versions: { start, end }, method })
})

test.each(['1043', '1180', '0091', '9999', '0302', '3003'])('last four %s takes no part', (lastFour) => {
  expect(issuersByLastFour.has(lastFour)).toBe(false)
})

test('the guide for merchants names cards that there are', () => {
  const guide = readFileSync(new URL('../../../docs/guides/three-d-secure.md', import.meta.url), 'utf8')
  const numbers = [...guide.matchAll(/^\| `([\d ]{19})` \|/gm)].map(([, number = '']) => number.replaceAll(' ', ''))
  expect(numbers.length).toBeGreaterThan(5)
  for (const number of numbers) {
    const isKnown = issuersByCard.has(number) || threeDSecureTestNumber(number.slice(-4)) === number
    expect([number, isKnown]).toEqual([number, true])
  }
})
