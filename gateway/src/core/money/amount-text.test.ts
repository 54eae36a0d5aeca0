import { expect, it } from 'vitest'
import { amountText } from './amount-text.ts'
import { allCurrencies, exponentOf, findCurrency } from './currencies.ts'

it.each([
  [1_762, 'usd', 'en', '$17.62'],
  [1_762, 'usd', 'de-CH', '$ 17.62'],
  [5, 'eur', 'fr', '0,05 €'],
  [1_000, 'jpy', 'ja', '￥1,000'],
  [1_234, 'kwd', 'en', 'KWD 1.234'],
  [1_200_000, 'huf', 'de', '12.000,00 HUF'],
  [9_007_199_254_740_991, 'usd', 'en', '$90,071,992,547,409.91'],
])('%i minor units of %s in %s are %s', (amountMinor, code, tag, text) => {
  const currency = findCurrency(code)
  if (currency === undefined) throw new Error(code)
  expect(amountText(amountMinor, currency, tag).replaceAll(/[\u00a0\u202f]/g, ' ')).toBe(text)
})

it('every currency shows its own number of decimals', () => {
  for (const currency of allCurrencies) {
    const decimals = /\.(\d+)/.exec(amountText(123_456, currency, 'en'))?.[1]?.length ?? 0
    expect([currency, decimals]).toEqual([currency, exponentOf(currency)])
  }
})
