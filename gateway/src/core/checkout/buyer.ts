import { customerOfEmail } from '../customers/customer-of-email.ts'
import type { Merchant } from '../merchants/merchant.ts'
import { notNow } from '../payments/commands.ts'
import { type Decision, type DecisionContext, Draft, recordAfter } from '../payments/decision.ts'
import { isHosted } from '../payments/hosted.ts'
import { lostRaces } from '../payments/lost-races.ts'
import type { Buyer } from '../payments/order.ts'
import type { PaymentRecord } from '../payments/payment.ts'
import { decisionContext, type EngineParts, reread, scopeOf } from '../payments/settlement.ts'
import { changedTerms, type Terms, type TermsParts } from '../payments/terms.ts'
import { accept, type Result, refuse } from '../refusals.ts'

/** What the page asks for before the card: it decides about tax, and where the receipt goes. */
export interface BuyerDetails {
  /** Counts only where the merchant has not told one. */
  email: string
  firstName: string | null
  lastName: string | null
  /** ISO 3166-1 alpha-2. */
  country: string
  postalCode: string | null
}

/** Prices the order anew for who buys it; nothing has been sent yet. */
export async function setBuyer(
  parts: EngineParts & TermsParts,
  found: PaymentRecord,
  merchant: Merchant,
  details: BuyerDetails,
): Promise<Result<PaymentRecord>> {
  const { order, currency, mode } = found.payment
  if (order === null) return refuse({ refusal: 'not_supported', why: 'this payment was made without an order' })
  const owner = { merchant, mode }
  const terms = await changedTerms(parts, owner, { currency, order }, { buyer: buyerOf(details) })
  if (!terms.ok) return terms
  let record = found
  const lostRace = lostRaces(parts, found.payment.paymentId)
  for (;;) {
    const decided = decideBuyer(record, terms.value, details, decisionContext(parts))
    if (!decided.ok) return decided
    const committed = await parts.store.commit({ decision: decided.value, claim: null, answer: null })
    if (committed.kind === 'committed') return accept(recordAfter(record, decided.value))
    await lostRace()
    record = await reread(parts.store, scopeOf(record), record)
  }
}

function decideBuyer(
  { payment: before }: PaymentRecord,
  terms: Terms,
  { email, firstName, lastName }: BuyerDetails,
  context: DecisionContext,
): Result<Decision> {
  if (!isHosted(before) || before.state !== 'created') {
    return notNow(before, 'update', 'Only a payment that waits for its card can still be changed.')
  }
  const draft = new Draft(before, context)
  const { payment } = draft
  payment.amountMinor = terms.amountMinor
  payment.order = terms.order
  payment.email = before.email ?? email
  payment.customerId = before.customerId ?? customerOfEmail(before, payment.email)
  payment.name = nameOf(firstName, lastName) ?? before.name
  return accept(draft.decision())
}

export function buyerOf({ firstName, lastName, country, postalCode }: BuyerDetails): Buyer {
  return { country, postalCode, isBusiness: false, businessName: null, taxId: null, firstName, lastName }
}

export function nameOf(...names: (string | null)[]): string | null {
  return names.filter((name) => name !== null).join(' ') || null
}
