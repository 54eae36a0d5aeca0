import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largestAmountMinor } from '../money/amount.ts'
import { type Currency, findCurrency } from '../money/currencies.ts'
import type { PricingMode, RequestedItem } from '../payments/order.ts'
import { type PricedOrder, priceOrder } from './price-order.ts'
import { apportion } from './rounding.ts'
import { type RefundSplit, splitRefund } from './split-refund.ts'
import type { TaxDecision, TaxReason } from './tax-decision.ts'

const eur = findCurrency('eur') as Currency

const taxed = (rateMillionths: number, reason: TaxReason = 'standard'): TaxDecision => ({
  country: 'DE',
  region: null,
  name: 'VAT',
  rateMillionths: reason === 'standard' ? rateMillionths : 0,
  reason,
  reversedRateMillionths: reason === 'reverse_charge' ? rateMillionths : 0,
  validFrom: '2021-01-01',
  taxIdCheck: null,
})
const item = (unitPriceMinor: number, quantity = 1): RequestedItem => ({ name: 'Thing', unitPriceMinor, quantity })

function priced(
  items: RequestedItem[],
  mode: PricingMode,
  decision: TaxDecision | null,
  roundPerLine = false,
): PricedOrder {
  const result = priceOrder(items, mode, decision, { currency: eur, roundPerLine })
  if (!result.ok) throw new Error(result.refusal.refusal)
  return result.value
}
const totals = (order: PricedOrder) => [order.pricedMinor, order.netMinor, order.taxMinor]

describe('an order', () => {
  it('bears tax on top of prices without tax', () => {
    expect(totals(priced([item(1_000, 2)], 'tax_exclusive', taxed(190_000)))).toEqual([2_000, 2_000, 380])
    expect(totals(priced([item(1_000)], 'tax_exclusive', taxed(66_250)))).toEqual([1_000, 1_000, 66])
  })

  it('is rounded once on the sum, and never by unit', () => {
    expect(totals(priced([item(108, 3)], 'tax_exclusive', taxed(190_000)))).toEqual([324, 324, 62])
    const thirds = [item(105), item(105), item(105)]
    expect(priced(thirds, 'tax_exclusive', taxed(190_000)).items.map((each) => each.taxMinor)).toEqual([20, 20, 20])
    expect(totals(priced([item(3), item(3), item(3)], 'tax_exclusive', taxed(190_000)))).toEqual([9, 9, 2])
    expect(
      priced([item(3), item(3), item(3)], 'tax_exclusive', taxed(190_000)).items.map((each) => each.taxMinor),
    ).toEqual([1, 1, 0])
  })

  it('is rounded by line where the merchant chose so', () => {
    expect(totals(priced([item(3), item(3), item(3)], 'tax_exclusive', taxed(190_000), true))).toEqual([9, 9, 3])
  })

  it('is rounded half away from zero', () => {
    expect(totals(priced([item(50)], 'tax_exclusive', taxed(50_000)))).toEqual([50, 50, 3])
    expect(totals(priced([item(10)], 'tax_exclusive', taxed(50_000)))).toEqual([10, 10, 1])
  })

  it('with tax in its prices rounds the net, and the tax is the rest', () => {
    expect(totals(priced([item(299)], 'tax_inclusive', taxed(40_000)))).toEqual([299, 288, 11])
    expect(totals(priced([item(11_900)], 'tax_inclusive', taxed(190_000)))).toEqual([11_900, 10_000, 1_900])
  })

  it('under reverse charge is charged at the net that a price with tax contained', () => {
    expect(totals(priced([item(11_900)], 'tax_inclusive', taxed(190_000, 'reverse_charge')))).toEqual([
      11_900, 10_000, 0,
    ])
    expect(totals(priced([item(11_900)], 'tax_exclusive', taxed(190_000, 'reverse_charge')))).toEqual([
      11_900, 11_900, 0,
    ])
  })

  it('that bears no tax for another reason is charged as priced', () => {
    for (const reason of ['outside_scope', 'not_registered'] as const) {
      expect(totals(priced([item(11_900)], 'tax_inclusive', taxed(190_000, reason)))).toEqual([11_900, 11_900, 0])
    }
    expect(totals(priced([item(11_900)], 'tax_inclusive', null))).toEqual([11_900, 11_900, 0])
  })

  it('beyond the largest amount is refused, whatever its prices and quantities', () => {
    const refusal = { refusal: 'amount_above_maximum', maximumMinor: largestAmountMinor, currency: 'eur' }
    const options = { currency: eur, roundPerLine: false }
    const huge = item(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    expect(priceOrder([huge], 'tax_exclusive', null, options)).toEqual({ ok: false, refusal })
    expect(priceOrder([item(largestAmountMinor)], 'tax_exclusive', taxed(200_000), options)).toEqual({
      ok: false,
      refusal,
    })
    expect(priceOrder([item(largestAmountMinor)], 'tax_inclusive', taxed(200_000), options).ok).toBe(true)
  })

  it('does not take prices that are none', () => {
    for (const wrong of [item(-1), item(1.5), item(2 ** 53), item(1, 0), item(1, -1), item(1, Number.NaN)]) {
      expect(() => priceOrder([wrong], 'tax_exclusive', null, { currency: eur, roundPerLine: false })).toThrow('not a')
    }
  })
})

const anyItems = fc.array(
  fc.record({
    name: fc.constant('Thing'),
    unitPriceMinor: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 1_000_000 })),
    quantity: fc.integer({ min: 1, max: 200 }),
  }),
  { minLength: 1, maxLength: 12 },
)
const anyRate = fc.oneof(
  fc.constantFrom(0, 45_000, 66_250, 81_000, 99_750, 190_000, 255_000, 270_000),
  fc.integer({ min: 0, max: 1_000_000 }),
)
const anyReason = fc.constantFrom<TaxReason>('standard', 'reverse_charge', 'outside_scope', 'not_registered')
const anyMode = fc.constantFrom<PricingMode>('tax_exclusive', 'tax_inclusive')

describe('every order', () => {
  it('closes: lines sum to the totals, net and tax to what is charged, and nothing is negative', () => {
    fc.assert(
      fc.property(anyItems, anyRate, anyReason, anyMode, fc.boolean(), (items, rate, reason, mode, roundPerLine) => {
        const order = priced(items, mode, taxed(rate, reason), roundPerLine)
        const sumOf = (pick: (each: PricedOrder['items'][number]) => number) =>
          order.items.reduce((all, each) => all + pick(each), 0)
        expect(sumOf((each) => each.taxMinor)).toBe(order.taxMinor)
        expect(sumOf((each) => each.netMinor)).toBe(order.netMinor)
        expect(sumOf((each) => each.unitPriceMinor * each.quantity)).toBe(order.pricedMinor)
        for (const each of order.items) expect(Math.min(each.netMinor, each.taxMinor)).toBeGreaterThanOrEqual(0)

        const charged = order.netMinor + order.taxMinor
        if (mode === 'tax_exclusive') expect(order.netMinor).toBe(order.pricedMinor)
        else if (reason === 'reverse_charge') expect(charged).toBeLessThanOrEqual(order.pricedMinor)
        else expect(charged).toBe(order.pricedMinor)
        if (reason !== 'standard') expect(order.taxMinor).toBe(0)
      }),
    )
  })

  it('leaves each line of a tax-inclusive order at its price', () => {
    fc.assert(
      fc.property(anyItems, anyRate, fc.boolean(), (items, rate, roundPerLine) => {
        const order = priced(items, 'tax_inclusive', taxed(rate), roundPerLine)
        expect(order.items.map((each) => each.netMinor + each.taxMinor)).toEqual(
          items.map((each) => each.unitPriceMinor * each.quantity),
        )
      }),
    )
  })

  it('has the tax that exact arithmetic gives, to half a minor unit', () => {
    fc.assert(
      fc.property(anyItems, anyRate, (items, rate) => {
        const { netMinor, taxMinor } = priced(items, 'tax_exclusive', taxed(rate))
        const twiceOff = 2n * (BigInt(taxMinor) * 1_000_000n - BigInt(netMinor) * BigInt(rate))
        expect(twiceOff > -1_000_000n && twiceOff <= 1_000_000n).toBe(true)
      }),
    )
  })
})

it('parts of a total sum to it, and keep to their share by less than one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 10n ** 11n }), { minLength: 1 }),
      fc.bigInt({ min: 0n, max: 10n ** 11n }),
      (weights, total) => {
        const sum = weights.reduce((all, each) => all + each, 0n)
        fc.pre(sum > 0n)
        const parts = apportion(total, weights)
        expect(parts.reduce((all, each) => all + each, 0n)).toBe(total)
        for (const [index, part] of parts.entries()) {
          const off = part * sum - total * (weights[index] as bigint)
          expect(off > -sum && off < sum).toBe(true)
        }
      },
    ),
  )
})

describe('refunds', () => {
  const anyOrder = fc.record({
    netMinor: fc.integer({ min: 0, max: 100_000 }),
    taxMinor: fc.integer({ min: 0, max: 30_000 }),
  })

  it('divide as the order does, and a full one gives back both parts exactly', () => {
    expect(splitRefund({ netMinor: 10_000, taxMinor: 1_900 }, 11_900, 0)).toEqual({ netMinor: 10_000, taxMinor: 1_900 })
    expect(splitRefund({ netMinor: 10_000, taxMinor: 1_900 }, 5_950, 0)).toEqual({ netMinor: 5_000, taxMinor: 950 })
    expect(splitRefund({ netMinor: 0, taxMinor: 0 }, 0, 0)).toEqual({ netMinor: 0, taxMinor: 0 })
  })

  it('never exceed either part together, and reach both exactly at the end', () => {
    fc.assert(
      fc.property(anyOrder, fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 20 }), (order, amounts) => {
        const gross = order.netMinor + order.taxMinor
        let [net, tax] = [0, 0]
        for (const wanted of [...amounts, gross]) {
          const amount = Math.min(wanted, gross - net - tax)
          const split = splitRefund(order, amount, net + tax)
          expect(split.netMinor + split.taxMinor).toBe(amount)
          expect(Math.min(split.netMinor, split.taxMinor)).toBeGreaterThanOrEqual(0)
          net += split.netMinor
          tax += split.taxMinor
          expect(net).toBeLessThanOrEqual(order.netMinor)
          expect(tax).toBeLessThanOrEqual(order.taxMinor)
        }
        expect([net, tax]).toEqual([order.netMinor, order.taxMinor])
      }),
    )
  })

  it('still do when some of them fail after others were divided', () => {
    // Small ones, where every cent of rounding counts.
    const small = fc.record({ netMinor: fc.nat({ max: 30 }), taxMinor: fc.nat({ max: 30 }) })
    const steps = fc.array(fc.record({ amount: fc.integer({ min: 1, max: 5 }), fails: fc.nat({ max: 4 }) }), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(small, steps, (order, given) => {
        const gross = order.netMinor + order.taxMinor
        let counting: RefundSplit[] = []
        const refund = (wanted: number) => {
          const tax = counting.reduce((all, each) => all + each.taxMinor, 0)
          const before = counting.reduce((all, each) => all + each.netMinor, tax)
          counting.push(splitRefund(order, Math.min(wanted, gross - before), before, tax))
          for (const { netMinor, taxMinor } of counting) expect(Math.min(netMinor, taxMinor)).toBeGreaterThanOrEqual(0)
        }
        for (const { amount, fails } of given) {
          refund(amount)
          counting = counting.filter((_, index) => index !== fails)
        }
        refund(gross)
        expect(counting.reduce((all, each) => all + each.netMinor, 0)).toBe(order.netMinor)
        expect(counting.reduce((all, each) => all + each.taxMinor, 0)).toBe(order.taxMinor)
      }),
      { numRuns: 2_000 },
    )
  })

  it('beyond what is left are a bug of the caller', () => {
    expect(() => splitRefund({ netMinor: 100, taxMinor: 19 }, 60, 60)).toThrow('does not fit')
  })
})
