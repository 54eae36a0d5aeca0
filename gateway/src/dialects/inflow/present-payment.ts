import { sessionPaths } from '../../core/authentication/authentications.ts'
import type { Operation, Payment } from '../../core/payments/payment.ts'
import type { TaxDecision } from '../../core/tax/tax-decision.ts'
import { type DepositAttempt, depositAttemptsOf } from './deposit-attempts.ts'
import type { ProductBody } from './fields.ts'
import { pageIdOf, payIdOf } from './payment-id.ts'
import type { PaymentBody } from './payment-wire.ts'
import { depositStatusOf, statusOf, timelineOf } from './status.ts'

let latest = { ms: 0, text: new Date(0).toISOString() }

/** Most times of one payment are the same, and writing one takes 2 µs: the latest is kept. */
export function isoTime(ms: number): string {
  if (ms !== latest.ms) latest = { ms, text: new Date(ms).toISOString() }
  return latest.text
}

/** 190000 parts per million are 19 %. */
export const percentOf = (rateMillionths: number): number => rateMillionths / 10_000

/** A payment; `operations` is null where it comes alone, in a webhook. `publicUrl` is where shoppers reach this gateway. */
export function presentPayment(
  { payment, operations }: { payment: Payment; operations: readonly Operation[] | null },
  publicUrl: string,
): PaymentBody {
  const { order } = payment
  const tax = order?.tax ?? null
  const attempts = depositAttemptsOf(payment, operations).map(presentAttempt)
  return {
    id: payIdOf(payment.paymentId),
    amountInCents: order?.pricedMinor ?? payment.amountMinor,
    amountTaxesIncluded: order !== null && tax === null ? null : payment.amountMinor,
    taxRateInPercentage: tax === null ? null : percentOf(tax.rateMillionths),
    taxCountry: tax?.country ?? null,
    currency: payment.currency.toUpperCase(),
    customerEmail: payment.email,
    customerId: payment.customerId,
    products: productsOf(payment),
    metadatas: payment.metadata,
    subscriptionId: null,
    status: statusOf(payment),
    depositStatus: depositStatusOf(payment),
    lastDepositAttempt: attempts.at(-1) ?? null,
    depositAttempts: attempts,
    timeline: timelineOf(payment).map(({ status, atMs }) => ({ status, timestamp: isoTime(atMs) })),
    transactionSummary: summaryOf(payment),
    taxDetails: order === null || tax === null ? null : presentTax(tax, order),
    threeDsSessionUrl: payment.state === 'requires_action' ? sessionUrlOf(payment, publicUrl) : null,
    purchaseUrl: isHosted(payment) ? purchaseUrlOf(payment, publicUrl) : null,
    paymentMethodId: payment.paymentMethodId,
    createdAt: isoTime(payment.createdAtMs),
    updatedAt: isoTime(payment.updatedAtMs),
  }
}

function sessionUrlOf({ authentication }: Payment, publicUrl: string): string | null {
  return authentication?.sessionId ? `${publicUrl}${sessionPaths(authentication.sessionId).page}` : null
}

export function purchaseUrlOf(payment: Payment, publicUrl: string): string {
  return `${publicUrl}/pay/${pageIdOf(payment.paymentId)}`
}

const isHosted = ({ paymentType }: Payment): boolean => paymentType === 'single' || paymentType === 'initial'

/** A payment that was made with an amount alone has at most a name of what was bought. */
function productsOf({ order, productName, amountMinor }: Payment): ProductBody[] {
  if (order !== null) {
    return order.items.map(({ name, unitPriceMinor, quantity }) => ({ name, price: unitPriceMinor, quantity }))
  }
  return productName === null || productName === '' ? [] : [{ name: productName, price: amountMinor, quantity: 1 }]
}

function presentAttempt({ status, amountMinor, error, atMs }: DepositAttempt): PaymentBody['depositAttempts'][number] {
  return { status, amount: amountMinor, paymentMethod: 'CARD', error, attemptedAt: isoTime(atMs) }
}

/** An order is captured whole, so its tax is that of what was captured. */
function summaryOf({ order, amounts }: Payment): PaymentBody['transactionSummary'] {
  if (amounts.capturedMinor === 0) return null
  const tax = order?.taxMinor ?? 0
  return { net: amounts.capturedMinor - tax, tax, gross: amounts.capturedMinor, refunded: amounts.refundedMinor }
}

function presentTax(
  tax: TaxDecision,
  { netMinor, taxMinor }: { netMinor: number; taxMinor: number },
): PaymentBody['taxDetails'] {
  const { country, region, name, reason, taxIdCheck: check } = tax
  return {
    country,
    region,
    name,
    rateInPercentage: percentOf(tax.rateMillionths),
    reason,
    net: netMinor,
    tax: taxMinor,
    taxIdCheck:
      check === null
        ? null
        : {
            taxId: check.taxId,
            status: check.status,
            checkedBy: check.checkedBy,
            checkedAt: isoTime(check.checkedAtMs),
          },
  }
}
