import { amountMinor } from '../money/amount.ts'
import { type Currency, findCurrency } from '../money/currencies.ts'
import type { CreatePayment } from '../payments/payments.ts'
import { ann } from './orders.ts'
import { usd } from './payments.ts'

/** USD 17.62 by token, as the flow captures it. */
export const aCommand = (changes: Partial<CreatePayment> = {}): CreatePayment => ({
  money: { amountMinor: amountMinor(1_762), currency: usd },
  order: null,
  confirmation: 'automatic',
  captureMethod: null,
  flowId: null,
  source: { kind: 'token', token: 'tok_1' },
  initiator: 'customer',
  externalId: null,
  productName: null,
  metadata: null,
  customerId: null,
  name: null,
  email: null,
  tel: null,
  returnUrl: null,
  failureUrl: null,
  checkout: null,
  saveCard: false,
  authenticationWish: null,
  broughtResult: null,
  ...changes,
})

/** An order that waits for its confirmation: EUR 100.00 and, for a shopper in Germany, 19 % on top. */
export const anOrderCommand = (): CreatePayment => ({
  ...aCommand(),
  money: null,
  order: {
    currency: findCurrency('eur') as Currency,
    items: [{ name: 'Teapot', unitPriceMinor: 10_000, quantity: 1 }],
    pricingMode: 'tax_exclusive',
    buyer: ann,
  },
  confirmation: 'manual',
})
