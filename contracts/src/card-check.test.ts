import { describe, expect, it } from 'vitest'
import { brandOfText, cvcFault, cvcLengthOf, expiryFault, longestNumberOf, numberFault } from './card-check.ts'
import { testCards } from './test-cards.ts'

describe('a number', () => {
  it.each(testCards)('$number is right, and its brand $brand is known', ({ number, brand }) => {
    expect(numberFault(number)).toBeNull()
    expect(brandOfText(number)).toBe(brand)
    expect(number.length).toBeLessThanOrEqual(longestNumberOf(brand))
  })

  it.each(testCards.filter(({ brand }) => brand !== 'unionpay'))(
    '$number with another last digit is not',
    ({ number }) => {
      const wrong = number.slice(0, -1) + ((Number(number.at(-1)) + 1) % 10)
      expect(numberFault(wrong)).not.toBeNull()
    },
  )

  it.each([
    ['', 'required'],
    ['4242', 'incomplete'],
    ['4242 4242 4242 424', 'incomplete'],
    ['4242 4242 4242 4241', 'invalid'],
    ['9999 99', 'invalid'],
    ['4242 4242 4242 4242 4242', 'invalid'],
    ['4242x', 'invalid'],
    ['4222222222222', null],
    ['42424242 42424', 'incomplete'],
  ])('%s is %s', (number, fault) => {
    expect(numberFault(number)).toBe(fault)
  })

  it.each([
    ['', null],
    ['4', 'visa'],
    ['5', null],
    ['51', 'mastercard'],
    ['2', null],
    ['2221', 'mastercard'],
    ['37', 'amex'],
    ['6', null],
    ['62', 'unionpay'],
  ])('that begins with %s is of brand %s as far as can be told', (start, brand) => {
    expect(brandOfText(start)).toBe(brand)
  })
})

describe('an expiry', () => {
  const now = Date.UTC(2026, 10, 15)

  it.each([
    [11, 2026, null],
    ['11', '2026', null],
    [10, 2026, 'expired'],
    [12, 2025, 'expired'],
    [1, 2027, null],
    [0, 2027, 'invalid'],
    [13, 2027, 'invalid'],
    [1, 27, 'invalid'],
    [1, 2999, 'invalid'],
    ['', '', 'required'],
  ])('of %s/%s in November 2026 is %s', (month, year, fault) => {
    expect(expiryFault(month, year, now)).toBe(fault)
  })

  it('lasts to the end of its month in every time zone', () => {
    expect(expiryFault(10, 2026, Date.UTC(2026, 10, 1, 11, 59))).toBeNull()
    expect(expiryFault(10, 2026, Date.UTC(2026, 10, 1, 12, 1))).toBe('expired')
  })
})

describe('a security code', () => {
  it.each([
    ['123', 'visa', null],
    ['12', 'visa', 'incomplete'],
    ['1234', 'visa', 'invalid'],
    ['123', 'amex', 'incomplete'],
    ['1234', 'amex', null],
    ['', 'visa', 'required'],
    ['', 'maestro', null],
    ['123', null, null],
    ['1234', null, null],
    ['12a', 'visa', 'invalid'],
  ] as const)('%s of brand %s is %s', (cvc, brand, fault) => {
    expect(cvcFault(cvc, brand)).toBe(fault)
    if (fault === null && cvc !== '') expect(cvc.length).toBeLessThanOrEqual(cvcLengthOf(brand))
  })
})
