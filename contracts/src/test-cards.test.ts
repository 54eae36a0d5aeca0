import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holderNameOutcomes, lastFourOutcomes } from './test-card-outcomes.ts'
import {
  isTestCardNumber,
  outcomeTestBins,
  outcomeTestNumber,
  reservedTestBin,
  reservedTestNumber,
  testCardNumbers,
  testCards,
} from './test-cards.ts'

function passesLuhn(number: string): boolean {
  const sum = [...number].reverse().reduce((total, character, index) => {
    const digit = Number(character)
    if (index % 2 === 0) return total + digit
    return total + (digit < 5 ? digit * 2 : digit * 2 - 9)
  }, 0)
  return sum % 10 === 0
}

const bytes = (digits: string) => Buffer.from(digits, 'latin1')

describe('the list of test cards', () => {
  test('holds each number once, and each passes Luhn', () => {
    expect(testCardNumbers.size).toBe(testCards.length)
    expect(testCards.filter((card) => !passesLuhn(card.number))).toEqual([])
  })

  test('gives every card the brand of its range', () => {
    const prefixes: Record<string, RegExp> = {
      visa: /^4/,
      mastercard: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/,
      amex: /^3[47]/,
      discover: /^6011/,
      diners: /^3(0[0-5]|6)/,
      jcb: /^35/,
      unionpay: /^62/,
      bancontact: /^6703/,
    }
    expect(testCards.filter((card) => !prefixes[card.brand]?.test(card.number))).toEqual([])
  })

  test('holds no number of a reserved range, whose digits alone must decide', () => {
    const bins = [reservedTestBin, ...Object.values(outcomeTestBins)]
    expect(testCards.filter((card) => bins.some((bin) => card.number.startsWith(bin)))).toEqual([])
  })

  test('names response codes of two characters only', () => {
    const behaviours = [
      ...testCards.map((card) => card.behaviour ?? {}),
      ...lastFourOutcomes.values(),
      ...holderNameOutcomes.values(),
    ]
    expect(behaviours.filter((behaviour) => !/^[0-9A-Z]{2}$/.test(behaviour.responseCode ?? '00'))).toEqual([])
  })
})

describe('isTestCardNumber', () => {
  test('knows every listed number and both reserved ranges', () => {
    for (const number of testCardNumbers) expect(isTestCardNumber(bytes(number))).toBe(true)
    for (const bin of [reservedTestBin, outcomeTestBins.visa, outcomeTestBins.mastercard]) {
      expect(isTestCardNumber(bytes(`${bin}12345678`))).toBe(true)
    }
  })

  test('refuses a listed number that is one digit shorter, longer or different', () => {
    for (const number of testCardNumbers) {
      const changed = `${number.slice(0, -1)}${(Number(number.at(-1)) + 1) % 10}`
      for (const other of [number.slice(0, -1), `${number}0`, changed]) {
        expect(isTestCardNumber(bytes(other))).toBe(testCardNumbers.has(other))
      }
    }
  })

  test('refuses reserved prefixes at any length but sixteen', () => {
    expect(isTestCardNumber(bytes(`${reservedTestBin}1234567`))).toBe(false)
    expect(isTestCardNumber(bytes(`${reservedTestBin}123456789`))).toBe(false)
    expect(isTestCardNumber(bytes(''))).toBe(false)
  })
})

describe('generated numbers', () => {
  test('of the reserved range are distinct, Luhn-valid test numbers', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 9_999_999 }), { minLength: 2 }), (serials) => {
        const numbers = serials.map(reservedTestNumber)
        expect(new Set(numbers).size).toBe(serials.length)
        expect(numbers.every((number) => passesLuhn(number) && isTestCardNumber(bytes(number)))).toBe(true)
      }),
    )
  })

  test('of the outcome families end in the four digits that were asked for and pass Luhn', () => {
    for (const lastFour of lastFourOutcomes.keys()) {
      for (const brand of ['visa', 'mastercard'] as const) {
        const number = outcomeTestNumber(lastFour, brand, 17)
        expect(number.endsWith(lastFour) && number.length === 16 && passesLuhn(number)).toBe(true)
        expect(isTestCardNumber(bytes(number))).toBe(true)
      }
    }
  })

  test('of the outcome families differ by serial', () => {
    const numbers = Array.from({ length: 1000 }, (_, serial) => outcomeTestNumber('0051', 'visa', serial))
    expect(new Set(numbers).size).toBe(1000)
  })
})
