import { customerOfEmail } from '../customers/customer-of-email.ts'
import { type KeyId, trustedId } from '../ids.ts'
import type { PaymentLink } from '../links/payment-link.ts'
import type { Caller, Merchant } from '../merchants/merchant.ts'
import type { CreatePayment } from '../payments/payments.ts'
import { type BuyerDetails, buyerOf, nameOf } from './buyer.ts'

/** Nobody's key: a shopper acts on a link that its merchant made. */
export function shopperOf(merchant: Merchant, { mode }: Pick<PaymentLink, 'mode'>): Caller {
  return { merchant, mode, keyId: trustedId<KeyId>('checkout'), kind: 'publishable', scopes: [] }
}

/** The payment that one shopper's visit makes. */
export function paymentOfLink(link: PaymentLink, details: BuyerDetails): CreatePayment {
  const { items, currency, pricingMode, customization, linkId, name } = link
  return {
    money: null,
    order: { currency, items, pricingMode, buyer: buyerOf(details) },
    captureMethod: 'automatic',
    confirmation: 'automatic',
    flowId: null,
    source: null,
    initiator: 'customer',
    externalId: null,
    productName: name,
    metadata: null,
    customerId: customerOfEmail(link, details.email),
    name: nameOf(details.firstName, details.lastName),
    email: details.email,
    tel: null,
    returnUrl: null,
    failureUrl: null,
    checkout: { customization, cancelUrl: null, linkId },
    saveCard: false,
    authenticationWish: null,
    broughtResult: null,
  }
}
