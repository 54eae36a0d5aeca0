import type { CardFace } from '@tessera/contracts/vault-protocol'
import type { AttemptAuthentication, Exemption } from '../authentication/authentication.ts'
import { countsForAuthorization } from '../authentication/consequence.ts'
import type { PaymentEvent } from '../events.ts'
import { type OperationId, type PaymentId, type PaymentMethodId, trustedId } from '../ids.ts'
import type { Caller, Flow } from '../merchants/merchant.ts'
import type { DecisionContext } from './decision.ts'
import { newOperation } from './operation.ts'
import { type HeldCard, noAmounts, type Operation, type Payment, type PaymentType } from './payment.ts'
import type { CreatePayment } from './payments.ts'
import { firstEntries } from './stage.ts'
import { nextState } from './states.ts'
import type { Terms } from './terms.ts'

/** How long a payment waits on the hosted checkout for its card. */
export const checkoutLifetimeMs = 24 * 60 * 60_000

/** What a payment is made of before it has its card. */
export interface NewPaymentParts {
  caller: Caller
  flow: Flow
  command: CreatePayment
  terms: Terms
  paymentMethodId: PaymentMethodId | null
}

/** A payment as it begins: waiting for a card. */
export function newPayment(parts: NewPaymentParts, paymentId: PaymentId, nowMs: number): Payment {
  const { caller, flow, command, terms, paymentMethodId } = parts
  return {
    merchantId: caller.merchant.merchantId,
    paymentId,
    mode: caller.mode,
    version: 1,
    state: 'created',
    currency: terms.currency,
    amountMinor: terms.amountMinor,
    order: terms.order,
    amounts: { ...noAmounts },
    confirmation: command.confirmation,
    held: null,
    authentication: null,
    authenticationWish: command.authenticationWish,
    captureMethod: command.captureMethod ?? flow.captureMethod,
    paymentType: typeOf(command),
    initiator: command.initiator,
    flowId: flow.flowId,
    connectorId: flow.connectorId,
    connector: flow.connector,
    externalId: command.externalId,
    productName: command.productName,
    metadata: command.metadata,
    customerId: command.customerId,
    name: command.name,
    email: command.email,
    tel: command.tel,
    returnUrl: command.returnUrl,
    failureUrl: command.failureUrl,
    checkout: command.checkout,
    saveCard: command.saveCard,
    paymentMethodId,
    card: null,
    failure: null,
    dispute: null,
    timeline: [{ stage: 'created', atMs: nowMs }],
    captureBeforeMs: null,
    dueAtMs: command.source === null ? nowMs + checkoutLifetimeMs : null,
    lastSequence: 0,
    lastPublicSequence: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
}

function typeOf(command: CreatePayment): PaymentType {
  if (command.source?.kind === 'token') return 'token'
  if (command.source !== null) return 'recurring'
  return command.saveCard ? 'initial' : 'single'
}

type Attempt = Pick<HeldCard, 'attemptId' | 'saves' | 'transactionId'>

/** Gives the payment its card and the attempt that is about to be sent. */
export function beginAttempt(
  payment: Payment,
  attempt: Attempt & { card: CardFace; exemption: Exemption | null },
  context: DecisionContext,
): { payment: Payment; operation: Operation } {
  const sending: Payment = { ...payment, state: nextState(payment.state, 'send'), card: attempt.card }
  sending.timeline = firstEntries(sending, context.nowMs)
  const operation = newOperation(sending, 'authorize', sending.amountMinor, context, {
    operationId: attempt.attemptId,
    final: sending.captureMethod === 'automatic',
    saves: attempt.saves,
    networkTransactionId: attempt.transactionId,
    authentication: authenticationOf(sending, attempt.exemption),
  })
  return { payment: sending, operation }
}

/** The attempt that a held card is for. */
export function attemptOfHeld(
  payment: Payment,
  held: HeldCard,
  context: DecisionContext,
  exemption: Exemption | null = null,
): Operation {
  return newOperation(payment, 'authorize', payment.amountMinor, context, {
    operationId: held.cvcSpent ? trustedId<OperationId>(context.newId('att')) : held.attemptId,
    holdId: held.cvcSpent ? held.attemptId : null,
    holdEndsAtMs: held.expiresAtMs,
    final: payment.captureMethod === 'automatic',
    saves: held.saves,
    begunBy: context.newId('run'),
    networkTransactionId: held.transactionId,
    authentication: authenticationOf(payment, exemption),
  })
}

/** What goes out with an attempt. An authentication of another amount never does: the rules see to that, and this makes sure. */
function authenticationOf(
  { paymentId, authentication, amountMinor }: Payment,
  exemption: Exemption | null,
): AttemptAuthentication | null {
  if (authentication === null) {
    if (exemption === null) return null
    return { ...nothingAuthenticated, exemption }
  }
  const { authenticationId, state, version, eci, dsTransId, liabilityShift } = authentication
  if (!countsForAuthorization(state)) return { ...nothingAuthenticated, authenticationId, state, version }
  if (authentication.amountMinor !== amountMinor) {
    throw new Error(`the authentication of payment ${paymentId} was made for another amount`)
  }
  return { authenticationId, state, version, eci, dsTransId, liabilityShift, exemption }
}

const nothingAuthenticated: AttemptAuthentication = {
  authenticationId: null,
  state: null,
  version: null,
  eci: null,
  dsTransId: null,
  liabilityShift: false,
  exemption: null,
}

/** How long a card waits for the merchant to confirm. */
export const confirmationLifetimeMs = 60 * 60_000
/** So much before the vault lets go of the card, it is too late to confirm: the authorization must still get there. */
const confirmationMarginMs = 60_000

/** Gives the payment a card that nothing is done with until the merchant confirms. */
export function awaitConfirmation(payment: Payment, card: CardFace, held: HeldCard, nowMs: number): Payment {
  const endsAtMs = Math.min(held.expiresAtMs, nowMs + confirmationLifetimeMs)
  const waiting: Payment = {
    ...payment,
    state: nextState(payment.state, 'require_confirmation'),
    card,
    held,
    dueAtMs: endsAtMs - confirmationMarginMs,
  }
  return { ...waiting, timeline: firstEntries(waiting, nowMs) }
}

/** `payment.created`, number 0 of every payment. */
export function createdEvent(payment: Payment, context: DecisionContext): PaymentEvent {
  return {
    merchantId: payment.merchantId,
    eventId: trustedId(context.newId('evt')),
    mode: payment.mode,
    paymentId: payment.paymentId,
    sequence: 0,
    publicSequence: null,
    type: 'payment.created',
    snapshot: { payment, operation: null, failure: null },
    createdAtMs: payment.createdAtMs,
  }
}
