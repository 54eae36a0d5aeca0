import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDecimal, largestAmountMinor, majorUnits, parseDecimal, plainDecimal } from './amount.ts'
import { allCurrencies, type Currency, exponentOf, findCurrency } from './currencies.ts'
import { minimumOf } from './minimums.ts'

const currency = (code: string) => findCurrency(code) as Currency
const minorOf = (text: string, code: string) => {
  const parsed = parseDecimal(text, currency(code))
  return parsed.ok ? parsed.amountMinor : parsed.fault
}

describe('decimal amounts', () => {
  it('are read exactly, with as many decimals as the currency has', () => {
    expect(minorOf('17.62', 'usd')).toBe(1762)
    expect(minorOf('1000', 'jpy')).toBe(1000)
    expect(minorOf('1.234', 'kwd')).toBe(1234)
    expect(minorOf('1.1', 'usd')).toBe(110)
    expect(minorOf('0.29', 'usd')).toBe(29)
    expect(minorOf('1.10', 'usd')).toBe(110)
  })

  it('may end in zeros that change nothing', () => {
    expect(minorOf('10.000', 'usd')).toBe(1000)
    expect(minorOf('1000.00', 'jpy')).toBe(1000)
  })

  it('say what is wrong with them', () => {
    expect(minorOf('17.625', 'usd')).toBe('too_many_decimals')
    expect(minorOf('1.5', 'jpy')).toBe('too_many_decimals')
    expect(minorOf('-1', 'usd')).toBe('negative')
    expect(minorOf('1e3', 'usd')).toBe('not_a_decimal')
    expect(minorOf('NaN', 'usd')).toBe('not_a_decimal')
    expect(minorOf('1,000', 'usd')).toBe('not_a_decimal')
    expect(minorOf('', 'usd')).toBe('not_a_decimal')
    expect(minorOf('.5', 'usd')).toBe('not_a_decimal')
    expect(minorOf('9007199254740993.07', 'usd')).toBe('too_large')
    expect(minorOf('1000000000.00', 'usd')).toBe('too_large')
    expect(minorOf('999999999.99', 'usd')).toBe(largestAmountMinor)
  })

  it('are the same with an exponent, as some serialisers write JSON numbers', () => {
    expect(
      ['1e3', '1.5E+2', '1.23456789E7', '176.2e-1', '5E-3', '0e9', '-1e1', '17.62', '100e-2'].map(plainDecimal),
    ).toEqual(['1000', '150', '12345678.9', '17.62', '0.005', '0', '-10', '17.62', '1.00'])
    expect(['1e999', '1e', 'e1', '', '.5', '1.', 'Infinity'].map(plainDecimal)).toEqual(Array(7).fill(undefined))
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: largestAmountMinor }),
        fc.integer({ min: -9, max: 9 }),
        (whole, exponent) => {
          const plain = Number(plainDecimal(`${whole}e${exponent}`))
          expect(plain).toBe(Number(`${whole}e${exponent}`))
        },
      ),
    )
  })

  it('come back as they were given, in every currency', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allCurrencies), fc.integer({ min: 0, max: largestAmountMinor }), (code, minor) => {
        expect(parseDecimal(formatDecimal(minor, code), code)).toEqual({ ok: true, amountMinor: minor })
        expect(parseDecimal(String(majorUnits(minor, code)), code)).toEqual({ ok: true, amountMinor: minor })
      }),
    )
  })
})

describe('currencies', () => {
  it('are found in any case and answered in lower case', () => {
    expect(findCurrency('USD')).toBe('usd')
    expect(findCurrency('usdx')).toBeUndefined()
    expect(findCurrency('bgn')).toBeUndefined()
  })

  it('have the decimals of ISO 4217, not those of ICU', () => {
    expect(['huf', 'iqd', 'mga', 'idr', 'cop', 'afn'].map((code) => exponentOf(currency(code)))).toEqual([
      2, 3, 2, 2, 2, 2,
    ])
    expect(['jpy', 'krw', 'clp', 'isk'].map((code) => exponentOf(currency(code)))).toEqual([0, 0, 0, 0])
  })

  it('have the minimums of the contracts', () => {
    expect(['eur', 'gbp', 'usd', 'jpy'].map((code) => minimumOf(currency(code)))).toEqual([150, 100, 200, 1])
  })
})
