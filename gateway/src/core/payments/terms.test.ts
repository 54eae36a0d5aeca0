import { ManualClock } from '@tessera/lib/clock'
import { describe, expect, it } from 'vitest'
import type { Caller } from '../merchants/merchant.ts'
import type { AmountMinor } from '../money/amount.ts'
import { type Currency, findCurrency } from '../money/currencies.ts'
import type { TaxIdCheck } from '../tax/tax-decision.ts'
import { defaultTaxSettings, type TaxSettings } from '../tax/tax-settings.ts'
import { ann, anOrder } from '../testing/orders.ts'
import type { OrderRequest } from './order.ts'
import { changedTerms, termsOf } from './terms.ts'

const eur = findCurrency('eur') as Currency
const nowMs = Date.UTC(2026, 9, 7)
const items = [{ name: 'Teapot', unitPriceMinor: 6_000, quantity: 1 }]
const order = (changes: Partial<OrderRequest> = {}): OrderRequest => ({
  currency: eur,
  items,
  pricingMode: 'tax_exclusive',
  buyer: ann,
  ...changes,
})

function merchantWith(tax: Partial<TaxSettings> = {}) {
  const asked: unknown[] = []
  const caller = { merchant: { merchantId: 'mer_1', tax: { ...defaultTaxSettings, ...tax } }, mode: 'live' }
  const check: TaxIdCheck = { taxId: 'DE136695976', status: 'verified', checkedBy: 'vies', checkedAtMs: nowMs }
  const parts = {
    clock: new ManualClock(nowMs),
    taxIds: {
      verify: async (...question: unknown[]) => {
        asked.push(question)
        return check
      },
    },
  }
  return { parts, caller: caller as unknown as Caller, asked, check }
}

describe('the terms of a payment', () => {
  it('are an amount as it stands', async () => {
    const { parts, caller } = merchantWith()
    const money = { amountMinor: 1_000 as AmountMinor, currency: eur }
    expect(await termsOf(parts, caller, { money, order: null })).toEqual({ ok: true, value: { ...money, order: null } })
  })

  it('are an order with the tax of its buyer; the charge is net and tax', async () => {
    const { parts, caller, asked } = merchantWith()
    const terms = await termsOf(parts, caller, { money: null, order: order() })
    expect(terms).toMatchObject({
      ok: true,
      value: {
        currency: eur,
        amountMinor: 7_140,
        order: { pricedMinor: 6_000, netMinor: 6_000, taxMinor: 1_140, buyer: ann, tax: { rateMillionths: 190_000 } },
      },
    })
    expect(asked).toEqual([])
  })

  it('bear no tax while the buyer is not known', async () => {
    const { parts, caller } = merchantWith()
    const terms = await termsOf(parts, caller, { money: null, order: order({ buyer: null }) })
    expect(terms).toMatchObject({ value: { amountMinor: 6_000, order: { taxMinor: 0, tax: null, buyer: null } } })
  })

  it('of a business elsewhere in the EU reverse the charge, as far as its id was checked', async () => {
    const { parts, caller, asked, check } = merchantWith()
    const buyer = { ...ann, isBusiness: true, taxId: ' de 136 695 976' }
    const terms = await termsOf(parts, caller, { money: null, order: order({ buyer }) })
    expect(terms).toMatchObject({
      value: { amountMinor: 6_000, order: { taxMinor: 0, tax: { reason: 'reverse_charge', taxIdCheck: check } } },
    })
    expect(asked).toEqual([[' de 136 695 976', 'DE', 'verified']])
  })

  it('are refused for a business without an id, an unknown country, and outside the limits of what is charged', async () => {
    const { parts, caller } = merchantWith()
    const refusalOf = async (changes: Partial<OrderRequest>) => {
      const terms = await termsOf(parts, caller, { money: null, order: order(changes) })
      return terms.ok ? null : terms.refusal
    }
    expect(await refusalOf({ buyer: { ...ann, isBusiness: true } })).toEqual({ refusal: 'tax_id_required' })
    expect(await refusalOf({ buyer: { ...ann, country: 'XX' } })).toMatchObject({ refusal: 'unknown_country' })
    expect(await refusalOf({ buyer: { ...ann, country: 'US' } })).toMatchObject({ refusal: 'postal_code_required' })
    const small = (unitPriceMinor: number) => ({ items: [{ name: 'Tea', unitPriceMinor, quantity: 1 }] })
    // 126 and its tax of 24 are the minimum, although the price is below it.
    expect(await refusalOf(small(126))).toBeNull()
    expect(await refusalOf(small(125))).toMatchObject({
      refusal: 'amount_below_minimum',
      amountMinor: 149,
      minimumMinor: 150,
    })
    expect(await refusalOf(small(90_000_000_000))).toMatchObject({ refusal: 'amount_above_maximum' })
    const beyond = [{ name: 'Tea', unitPriceMinor: Number.MAX_SAFE_INTEGER, quantity: Number.MAX_SAFE_INTEGER }]
    expect(await refusalOf({ items: beyond })).toMatchObject({ refusal: 'amount_above_maximum' })
  })
})

describe('a change to an order', () => {
  it('keeps what it leaves out, and is taxed as the buyer then is', async () => {
    const { parts, caller } = merchantWith()
    const before = { currency: eur, order: anOrder() }
    const moved = await changedTerms(parts, caller, before, { buyer: { country: 'SE' } })
    expect(moved).toMatchObject({
      value: { amountMinor: 12_500, order: { buyer: { country: 'SE', firstName: 'Ann' }, taxMinor: 2_500 } },
    })
    const inclusive = await changedTerms(parts, caller, before, { pricingMode: 'tax_inclusive' })
    expect(inclusive).toMatchObject({ value: { amountMinor: 10_000, order: { netMinor: 8_403, taxMinor: 1_597 } } })
    const fewer = await changedTerms(parts, caller, before, { items })
    expect(fewer).toMatchObject({ value: { amountMinor: 7_140, order: { items: [{ name: 'Teapot' }] } } })
  })

  it('may name the buyer where there was none, but not without a country', async () => {
    const { parts, caller } = merchantWith()
    const before = { currency: eur, order: anOrder({ buyer: null }) }
    expect(await changedTerms(parts, caller, before, { buyer: { country: 'FR' } })).toMatchObject({ ok: true })
    expect(await changedTerms(parts, caller, before, { buyer: { firstName: 'Ann' } })).toMatchObject({
      refusal: { refusal: 'unknown_country' },
    })
  })
})
