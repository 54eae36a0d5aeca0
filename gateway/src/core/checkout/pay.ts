import type { CardFace } from '@tessera/contracts/vault-protocol'
import { beginAuthentication } from '../authentication/begin.ts'
import { type AuthenticationParts, charge } from '../authentication/carry-out.ts'
import { type FirstPlan, planFirst } from '../authentication/first-plan.ts'
import type { OperationId } from '../ids.ts'
import type { Merchant } from '../merchants/merchant.ts'
import { attemptOfToken, type ClaimedCard, claimCard } from '../payments/claim-card.ts'
import { type CommandDecision, notNow } from '../payments/commands.ts'
import { type DecisionContext, Draft, recordAfter } from '../payments/decision.ts'
import { isHosted } from '../payments/hosted.ts'
import { lostRaces } from '../payments/lost-races.ts'
import { attemptOfHeld } from '../payments/new-payment.ts'
import type { HeldCard, PaymentRecord } from '../payments/payment.ts'
import { decisionContext, reread, scopeOf } from '../payments/settlement.ts'
import { nextState } from '../payments/states.ts'
import { accept, type Result, refuse } from '../refusals.ts'

export type PayParts = Omit<AuthenticationParts, 'provider' | 'returnLinks' | 'publicUrl'>

export interface CardOfShopper {
  token: string
  /** What the page showed; null where the merchant's own page did. */
  amountMinor: number | null
  /** The shopper agrees that it is kept, where the merchant asked for that. */
  savesCard: boolean
}

/** Cards that are tried on one payment: a shopper has a handful, and whoever tries numbers has many. */
export const triesMax = 10

/** How long a browser is kept waiting for what is about to be known; then its page asks again. */
const patienceMs = 6_000

/**
 * Gives a waiting payment its shopper's card, and either begins the authentication or sends the attempt. The attempt's id follows
 * from payment and token: the same request sent twice is one attempt, and of two cards at once one is claimed in vain.
 */
export async function payHosted(
  parts: PayParts,
  found: PaymentRecord,
  merchant: Merchant,
  shoppers: CardOfShopper,
): Promise<Result<PaymentRecord>> {
  const { payment } = found
  const request = { key: payment.paymentId, fingerprint: '' }
  const refused = refusalOf(found, shoppers, parts.clock.now())
  const savesCard = shoppers.savesCard && payment.saveCard
  const source = { kind: 'token', token: shoppers.token } as const
  const wanted = { customerId: payment.customerId, saveCard: savesCard }
  const card = refused ?? (await claimCard(parts, scopeOf(found), wanted, source, request))
  if ('refusal' in card) return (await repeated(parts, found, shoppers.token)) ?? card
  if (!card.ok) return (await repeated(parts, found, shoppers.token)) ?? refuse(card.none.refusal)
  const { claimed } = card
  const command = { ...payment, saveCard: savesCard, broughtResult: null }
  const plan = await planFirst(parts, { merchant }, command, payment, claimed)
  return begin(parts, found, shoppers, claimed, plan)
}

async function begin(
  parts: PayParts,
  before: PaymentRecord,
  shoppers: CardOfShopper,
  claimed: ClaimedCard,
  plan: FirstPlan,
): Promise<Result<PaymentRecord>> {
  let record = before
  const lostRace = lostRaces(parts, before.payment.paymentId)
  for (;;) {
    if (isTriedWith(record, claimed.attemptId)) return accept(record)
    const context = decisionContext(parts)
    const decided = decidePay(record, shoppers, claimed, plan, context)
    if (!decided.ok) {
      parts.vault.release({ ...scopeOf(record), attemptId: claimed.attemptId, reason: 'unused' })
      return decided
    }
    const { decision, operation } = decided.value
    const committed = await parts.store.commit({ decision, claim: null, answer: null })
    if (committed.kind === 'committed') {
      const after = recordAfter(record, decision)
      if (operation === null) return accept(after)
      await Promise.race([charge(parts, after, operation), parts.timers.sleep(patienceMs)])
      return accept(await reread(parts.store, scopeOf(after), after))
    }
    await lostRace()
    record = await reread(parts.store, scopeOf(record), record)
  }
}

/** Begins an attempt with the card that was claimed for it. */
export function decidePay(
  record: PaymentRecord,
  shoppers: Pick<CardOfShopper, 'amountMinor'>,
  { card, held }: { card: CardFace; held: HeldCard },
  plan: FirstPlan,
  context: DecisionContext,
): Result<CommandDecision> {
  const refused = refusalOf(record, shoppers, context.nowMs)
  if (refused !== null) return refused
  const draft = new Draft(record.payment, context)
  const { payment } = draft
  payment.card = card
  payment.failure = null
  // What an earlier card's holder proved says nothing of this one.
  payment.authentication = null
  if (plan.kind === 'authenticate') {
    beginAuthentication(draft, held, plan.session, plan)
    return accept({ decision: draft.decision(), operation: null })
  }
  payment.state = nextState(payment.state, 'send')
  payment.dueAtMs = null
  const operation = attemptOfHeld(payment, held, context, plan.exemption)
  draft.put(operation)
  return accept({ decision: draft.decision(), operation })
}

function refusalOf(
  { payment, operations }: PaymentRecord,
  { amountMinor }: Pick<CardOfShopper, 'amountMinor'>,
  nowMs: number,
): ReturnType<typeof notNow> | null {
  if (!isHosted(payment) || payment.state !== 'created') {
    return notNow(payment, 'pay', 'Only a payment that waits for a card can be given one.')
  }
  if (payment.dueAtMs !== null && payment.dueAtMs <= nowMs) {
    return notNow(payment, 'pay', 'The payment was not paid in time. Create a new one.')
  }
  if (amountMinor !== null && amountMinor !== payment.amountMinor) {
    return notNow(payment, 'pay', 'The amount has changed since the shopper saw it.')
  }
  if (isTriedOut({ operations })) return notNow(payment, 'pay', 'Too many cards were tried. Create a new payment.')
  return null
}

export function isTriedOut({ operations }: Pick<PaymentRecord, 'operations'>): boolean {
  return operations.filter(({ kind }) => kind === 'authorize').length >= triesMax
}

/** This very request, sent before: it finds what became of it. */
async function repeated(parts: PayParts, found: PaymentRecord, token: string): Promise<Result<PaymentRecord> | null> {
  const record = await reread(parts.store, scopeOf(found), found)
  const attemptId = attemptOfToken(scopeOf(record), record.payment.paymentId, token)
  return isTriedWith(record, attemptId) ? accept(record) : null
}

function isTriedWith({ payment, operations }: PaymentRecord, attemptId: OperationId): boolean {
  return (
    payment.held?.attemptId === attemptId ||
    operations.some(({ operationId, holdId }) => operationId === attemptId || holdId === attemptId)
  )
}
