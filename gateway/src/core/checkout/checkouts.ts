import type { PaymentId, PaymentLinkId } from '../ids.ts'
import type { PaymentLink } from '../links/payment-link.ts'
import type { Caller, Merchant, MerchantDirectory } from '../merchants/merchant.ts'
import { notNow } from '../payments/commands.ts'
import { createPayment } from '../payments/create-payment.ts'
import { isPaidOnOurPage } from '../payments/hosted.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import type { TermsParts } from '../payments/terms.ts'
import type { PaymentLinkStore } from '../ports/payment-link-store.ts'
import type { ReceiptStore } from '../ports/receipt-store.ts'
import type { ReturnLinks } from '../ports/return-links.ts'
import { accept, type Result } from '../refusals.ts'
import { type BuyerDetails, setBuyer } from './buyer.ts'
import { paymentOfLink, shopperOf } from './link-payment.ts'
import { type CardOfShopper, type PayParts, payHosted } from './pay.ts'

/** A payment that waits, or waited, for its shopper, and whom they pay. */
export interface Checkout {
  record: PaymentRecord
  merchant: Merchant
}

/**
 * The use cases behind the checkout page. Whoever has the id of a payment or a link is its shopper. Each may be called any
 * number of times and by two tabs at once.
 */
export interface Checkouts {
  open(paymentId: PaymentId): Promise<Checkout | undefined>
  setBuyer(checkout: Checkout, details: BuyerDetails): Promise<Result<PaymentRecord>>
  pay(checkout: Checkout, card: CardOfShopper): Promise<Result<PaymentRecord>>
  /** The way back to the shop, signed; null where the shop gave none. */
  returnLink(checkout: Checkout, outcome: 'succeeded' | 'failed'): Promise<string | null>
  /** Undefined as well for a link whose merchant is switched off; an archived one is found. */
  openLink(linkId: PaymentLinkId): Promise<{ link: PaymentLink; merchant: Merchant } | undefined>
  /** `visitId` names the page that was filled in: sent twice, it makes one payment. */
  payLink(
    opened: { link: PaymentLink; merchant: Merchant },
    details: BuyerDetails,
    visit: { visitId: string; fingerprint: string },
  ): Promise<Result<PaymentId>>
  /** A payment that the merchant's own page completes with the browser SDK. */
  openOwn(caller: Caller, paymentId: PaymentId): Promise<Checkout | undefined>
}

export function createCheckouts(
  parts: PayParts &
    TermsParts & {
      directory: MerchantDirectory
      links: PaymentLinkStore
      returnLinks: ReturnLinks
      receipts: Pick<ReceiptStore, 'expect'>
    },
): Checkouts {
  const { store, directory, links } = parts
  const withMerchant = (record: PaymentRecord | undefined): Checkout | undefined => {
    const merchant = record && directory.merchant(record.payment.merchantId)
    return record && merchant && { record, merchant }
  }
  return {
    open: async (paymentId) => withMerchant(await store.findHosted(paymentId)),
    setBuyer: ({ record, merchant }, details) => setBuyer(parts, record, merchant, details),
    async pay({ record, merchant }, card) {
      const { payment } = record
      if (merchant.status !== 'active') return notNow(payment, 'pay', 'The merchant is switched off.')
      const getsReceipt = isPaidOnOurPage(payment) && payment.email !== null && payment.state === 'created'
      // Before the card is tried: whatever happens then, somebody looks whether the payment was paid.
      if (getsReceipt) await parts.receipts.expect(payment, parts.clock.now())
      return payHosted(parts, record, merchant, card)
    },
    returnLink: ({ record }, outcome) => parts.returnLinks.linkFor(record.payment, outcome),
    async openLink(linkId) {
      const link = await links.findPublic(linkId)
      const merchant = link && directory.merchant(link.merchantId)
      return link && merchant?.status === 'active' ? { link, merchant } : undefined
    },
    async payLink({ link, merchant }, details, { visitId, fingerprint }) {
      const made = await createPayment(parts, shopperOf(merchant, link), paymentOfLink(link, details), {
        claim: { key: `${link.linkId}/${visitId}`, fingerprint },
        answer: ({ payment }) => ({ status: 201, body: payment.paymentId }),
      })
      return made.ok ? accept(made.value.answer.body as PaymentId) : made
    },
    async openOwn({ merchant, mode }, paymentId) {
      return withMerchant(await store.find({ merchantId: merchant.merchantId, mode }, paymentId))
    },
  }
}
