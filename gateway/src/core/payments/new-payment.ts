import type { CardFace } from '@tessera/contracts/vault-protocol'
import type { PaymentEvent } from '../events.ts'
import { type FingerprintId, type OperationId, type PaymentId, trustedId, type VaultCardId } from '../ids.ts'
import type { Caller, Flow } from '../merchants/merchant.ts'
import type { DecisionContext } from './decision.ts'
import { newOperation } from './operation.ts'
import { noAmounts, type Operation, type Payment, type PaymentType } from './payment.ts'
import type { CreatePayment } from './payments.ts'
import { nextState } from './states.ts'

/** How long a payment waits on the hosted checkout for its card. */
export const checkoutLifetimeMs = 24 * 60 * 60_000

/** A payment as it begins: waiting for a card. */
export function newPayment(
  caller: Caller,
  flow: Flow,
  command: CreatePayment,
  paymentId: PaymentId,
  nowMs: number,
): Payment {
  return {
    merchantId: caller.merchant.merchantId,
    paymentId,
    mode: caller.mode,
    version: 1,
    state: 'created',
    currency: command.money.currency,
    amountMinor: command.money.amountMinor,
    amounts: { ...noAmounts },
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
    saveCard: command.saveCard,
    paymentMethodId: command.source?.kind === 'payment_method' ? command.source.paymentMethodId : null,
    card: null,
    failure: null,
    captureBeforeMs: null,
    dueAtMs: command.source === null ? nowMs + checkoutLifetimeMs : null,
    lastSequence: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
}

function typeOf(command: CreatePayment): PaymentType {
  if (command.source?.kind === 'token') return 'token'
  if (command.source?.kind === 'payment_method') return 'recurring'
  return command.saveCard ? 'initial' : 'single'
}

/** Gives the payment its card and the attempt that is about to be sent. */
export function beginAttempt(
  payment: Payment,
  attempt: {
    operationId: OperationId
    card: CardFace
    saves: { cardId: VaultCardId; fingerprintId: FingerprintId } | null
  },
  context: DecisionContext,
): { payment: Payment; operation: Operation } {
  const sending: Payment = { ...payment, state: nextState(payment.state, 'send'), card: attempt.card }
  const operation = newOperation(sending, 'authorize', sending.amountMinor, context, {
    operationId: attempt.operationId,
    final: sending.captureMethod === 'automatic',
    saves: attempt.saves,
  })
  return { payment: sending, operation }
}

/** `payment.created`, number 0 of every payment. */
export function createdEvent(payment: Payment, context: DecisionContext): PaymentEvent {
  return {
    merchantId: payment.merchantId,
    eventId: trustedId(context.newId('evt')),
    mode: payment.mode,
    paymentId: payment.paymentId,
    sequence: 0,
    type: 'payment.created',
    snapshot: { payment, operation: null, failure: null },
    createdAtMs: payment.createdAtMs,
  }
}
