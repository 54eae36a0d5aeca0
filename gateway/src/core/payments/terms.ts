import type { Clock } from '@tessera/lib/clock'
import type { Caller } from '../merchants/merchant.ts'
import type { AmountMinor } from '../money/amount.ts'
import type { Currency } from '../money/currencies.ts'
import { checkLimits } from '../money/limits.ts'
import type { TaxIdVerifier } from '../ports/tax-id-verifier.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import { decideTax } from '../tax/decide-tax.ts'
import { priceOrder } from '../tax/price-order.ts'
import type { TaxDecision } from '../tax/tax-decision.ts'
import { requiredCheck } from '../tax/tax-settings.ts'
import type { Buyer, Order, OrderChange, OrderRequest } from './order.ts'
import type { CreatePayment } from './payments.ts'

/** What is to be paid, priced and taxed, and within the limits of its currency. */
export interface Terms {
  currency: Currency
  amountMinor: AmountMinor
  order: Order | null
}

/** Whose prices and taxes they are. */
type Owner = Pick<Caller, 'merchant' | 'mode'>

export interface TermsParts {
  clock: Clock
  taxIds: TaxIdVerifier
}

/** May ask a register about the buyer's tax id: never with a transaction open. */
export async function termsOf(
  parts: TermsParts,
  caller: Owner,
  { money, order }: Pick<CreatePayment, 'money' | 'order'>,
): Promise<Result<Terms>> {
  if (order !== null) return orderTerms(parts, caller, order)
  if (money === null) throw new Error('a payment of nothing: neither money nor order')
  const limits = checkLimits(money)
  return limits.ok ? accept({ ...money, order: null }) : limits
}

/** What a changed order comes to. */
export async function changedTerms(
  parts: TermsParts,
  caller: Owner,
  before: { currency: Currency; order: Order },
  change: OrderChange,
): Promise<Result<Terms>> {
  const { order } = before
  const buyer = change.buyer === undefined ? order.buyer : changedBuyer(order.buyer, change.buyer)
  const request: OrderRequest = {
    currency: before.currency,
    items:
      change.items ?? order.items.map(({ name, unitPriceMinor, quantity }) => ({ name, unitPriceMinor, quantity })),
    pricingMode: change.pricingMode ?? order.pricingMode,
    buyer,
  }
  return orderTerms(parts, caller, request)
}

const nobody: Buyer = {
  country: '',
  postalCode: null,
  isBusiness: false,
  businessName: null,
  taxId: null,
  firstName: null,
  lastName: null,
}

function changedBuyer(before: Buyer | null, change: Partial<Buyer>): Buyer {
  return { ...(before ?? nobody), ...change }
}

async function orderTerms(parts: TermsParts, caller: Owner, request: OrderRequest): Promise<Result<Terms>> {
  const { items, pricingMode, buyer, currency } = request
  const tax = await taxOf(parts, caller, buyer)
  if (!tax.ok) return tax
  const priced = priceOrder(items, pricingMode, tax.value, {
    currency,
    roundPerLine: caller.merchant.tax.roundPerLine,
  })
  if (!priced.ok) return priced
  const { netMinor, taxMinor, pricedMinor } = priced.value
  const amountMinor = (netMinor + taxMinor) as AmountMinor
  const limits = checkLimits({ amountMinor, currency })
  if (!limits.ok) return limits
  const order: Order = {
    items: priced.value.items,
    pricingMode,
    buyer,
    pricedMinor,
    netMinor,
    taxMinor,
    tax: tax.value,
  }
  return accept({ currency, amountMinor, order })
}

async function taxOf(
  { clock, taxIds }: TermsParts,
  { merchant, mode }: Owner,
  buyer: Buyer | null,
): Promise<Result<TaxDecision | null>> {
  if (buyer === null) return accept(null)
  if (!buyer.isBusiness) return decideTax(merchant.tax, mode, buyer, null, clock.now())
  if (buyer.taxId === null) return refuse({ refusal: 'tax_id_required' })
  const check = await taxIds.verify(buyer.taxId, buyer.country, requiredCheck(merchant.tax, mode))
  return decideTax(merchant.tax, mode, buyer, check, clock.now())
}
