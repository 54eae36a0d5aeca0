import type { CardBrand } from '@tessera/contracts/vault-protocol'
import type { Caller } from '../merchants/merchant.ts'
import type { NewSession } from '../payments/decision.ts'
import type { Payment } from '../payments/payment.ts'
import type { CreatePayment } from '../payments/payments.ts'
import { decisionContext, type EngineParts } from '../payments/settlement.ts'
import type { BroughtResult } from './authentication.ts'
import { type Plan, planOf } from './policy.ts'

/** The plan of a payment as it begins; where the shopper is to authenticate, with the session for it. */
export type FirstPlan = (Plan & { kind: 'send' }) | (Plan & { kind: 'authenticate'; session: NewSession })

/** A card whose issuer takes no part is sent as it is, unless the authentication was asked for: then it will fail. */
export async function planFirst(
  parts: EngineParts,
  { merchant }: Pick<Caller, 'merchant'>,
  command: Pick<CreatePayment, 'authenticationWish' | 'initiator' | 'broughtResult' | 'saveCard'>,
  payment: Payment,
  { card }: { card: NonNullable<Payment['card']> },
): Promise<FirstPlan> {
  const { threeDSecure: settings, tax } = merchant
  const wish = command.authenticationWish?.threeDSecure ?? 'automatic'
  const plan = planOf({
    wish,
    settings,
    initiator: command.initiator,
    brings: command.broughtResult !== null,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    saveCard: command.saveCard,
    merchantCountry: tax.homeCountry,
    issuerCountry: null,
  })
  if (plan.kind === 'send') return plan
  const session = decisionContext(parts).newSession?.(payment.mode) ?? null
  const isUseful = wish === 'required' || (await parts.threeDSecure?.takesPart(payment.mode, card))
  return session !== null && isUseful ? { ...plan, session } : { kind: 'send', exemption: null }
}

/** The payment with what the merchant brought: taken at its word, since the network checks the proof. */
export function withBrought(
  parts: EngineParts,
  payment: Payment,
  brand: CardBrand,
  { version, transStatus, eci, dsTransId }: BroughtResult,
): Payment {
  return {
    ...payment,
    authentication: {
      authenticationId: null,
      sessionId: null,
      state: transStatus === 'Y' ? 'authenticated' : 'attempted',
      version,
      eci,
      flow: null,
      dsTransId,
      liabilityShift: parts.threeDSecure?.shiftsLiability(brand, eci) ?? false,
      amountMinor: payment.amountMinor,
    },
  }
}
