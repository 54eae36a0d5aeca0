import { describe, expect, it } from 'vitest'
import { amountMinor, largestAmountMinor, parseDecimal, plainDecimal } from './amount.ts'
import { allCurrencies, type Currency, findCurrency } from './currencies.ts'
import { checkLimits } from './limits.ts'

const usd = findCurrency('usd') as Currency
const money = (minor: number, currency = usd) => ({ amountMinor: amountMinor(minor), currency })
const parsed = (text: string) => {
  const result = parseDecimal(text, usd)
  return result.ok ? result.amountMinor : result.fault
}

describe('what may be charged', () => {
  it('begins at the minimum of its currency', () => {
    expect(checkLimits(money(200))).toEqual({ ok: true, value: money(200) })
    expect(checkLimits(money(199))).toEqual({
      ok: false,
      refusal: { refusal: 'amount_below_minimum', ...money(199), minimumMinor: 200 },
    })
  })

  it('ends at the largest amount', () => {
    expect(checkLimits(money(largestAmountMinor))).toEqual({ ok: true, value: money(largestAmountMinor) })
    expect(checkLimits(money(largestAmountMinor + 1))).toEqual({
      ok: false,
      refusal: { refusal: 'amount_above_maximum', maximumMinor: largestAmountMinor, currency: 'usd' },
    })
  })
})

describe('an amount in minor units', () => {
  it('is a whole number from zero up', () => {
    expect(amountMinor(0)).toBe(0)
    expect(amountMinor(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])('is never %d', (value) => {
    expect(() => amountMinor(value)).toThrow(`not an amount in minor units: ${value}`)
  })
})

describe('zeros that change nothing', () => {
  it('may lead, as many as there are', () => {
    expect([parsed('000017.62'), parsed('00000000000000017.62'), parsed('007'), parsed('0'), parsed('00')]).toEqual([
      1762, 1762, 700, 0, 0,
    ])
    expect([plainDecimal('000e1'), plainDecimal('1e-30')]).toEqual(['0', `0.${'0'.repeat(29)}1`])
  })

  it('make no negative amount', () => {
    expect([parsed('-0'), parsed('-0.00'), parsed('-0.01'), parsed('-1')]).toEqual([0, 0, 'negative', 'negative'])
  })
})

describe('a number without a shift', () => {
  it('keeps its spelling', () => {
    expect(['17', '-17', '17.620', '-17.62e0', '0.50', '17e+0'].map(plainDecimal)).toEqual([
      '17',
      '-17',
      '17.620',
      '-17.62',
      '0.50',
      '17',
    ])
  })

  it('is shifted by two digits as well as by one', () => {
    expect(['1.25e12', '125e-12', '-12.5e-01', '0.00125e10'].map(plainDecimal)).toEqual([
      '1250000000000',
      '0.000000000125',
      '-1.25',
      '12500000',
    ])
  })
})

it('every currency has its three letters, and none stands twice', () => {
  expect(allCurrencies.every((code) => /^[a-z]{3}$/.test(code))).toBe(true)
  expect(new Set(allCurrencies).size).toBe(allCurrencies.length)
  expect(allCurrencies.length).toBeGreaterThan(150)
  expect(
    ['bhd', 'tnd', 'zwg', 'zmw', 'dop', 'dzd', 'lkr', 'lrd', 'rub', 'sar', 'yer', 'zar'].map(findCurrency),
  ).not.toContain(undefined)
})
