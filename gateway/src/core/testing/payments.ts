import { trustedId } from '../ids.ts'
import type { AmountMinor } from '../money/amount.ts'
import { type Currency, findCurrency } from '../money/currencies.ts'
import type { DecisionContext } from '../payments/decision.ts'
import { newOperation } from '../payments/operation.ts'
import { noAmounts, type Operation, type Payment, type PaymentRecord } from '../payments/payment.ts'
import type { PaymentState } from '../payments/states.ts'

/** Payments for tests of the rules: plain data, consistent amounts. */
export const usd = findCurrency('usd') as Currency

export function testContext(startMs = 1_800_000_000_000): DecisionContext & { advance(ms: number): void } {
  let made = 0
  const context = {
    nowMs: startMs,
    newId: (prefix: string) => {
      made += 1
      return `${prefix}_${String(made).padStart(26, '0')}`
    },
    advance(ms: number) {
      context.nowMs += ms
    },
  }
  return context
}

export function aPayment(state: PaymentState, changes: Partial<Payment> = {}): Payment {
  const amountMinor = 10_000 as AmountMinor
  const amounts = { ...noAmounts }
  if (state === 'authorized' || state === 'captured') amounts.authorizedMinor = amountMinor
  if (state === 'captured') amounts.capturedMinor = amountMinor
  return {
    merchantId: trustedId('mer_1'),
    paymentId: trustedId('01jd0000000000000000000000'),
    mode: 'test',
    version: 7,
    state,
    currency: usd,
    amountMinor,
    order: null,
    amounts,
    confirmation: 'automatic',
    held: null,
    authentication: null,
    authenticationWish: null,
    captureMethod: 'manual',
    paymentType: 'token',
    initiator: 'customer',
    flowId: trustedId('flow_default'),
    connectorId: trustedId('conn_1'),
    connector: 'sandbox',
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
    paymentMethodId: null,
    card: { bin: '424242', last4: '4242', brand: 'visa', expMonth: 12, expYear: 2030, cardholderName: null },
    failure: null,
    dispute: null,
    timeline: [],
    captureBeforeMs: null,
    dueAtMs: null,
    lastSequence: 0,
    lastPublicSequence: 0,
    createdAtMs: 1_800_000_000_000,
    updatedAtMs: 1_800_000_000_000,
    ...changes,
  }
}

/** The payment with its attempt, in the operation state that fits the payment's. */
export function aRecord(payment: Payment, context: DecisionContext): PaymentRecord {
  const attempt = newOperation(payment, 'authorize', payment.amountMinor, context, {
    final: payment.captureMethod === 'automatic',
  })
  const approved = payment.state === 'authorized' || payment.state === 'captured'
  if (approved) {
    const done: Operation = { ...attempt, state: 'approved', acquirerReference: 'auth_1', dueAtMs: null }
    return { payment, operations: [done] }
  }
  const waiting = payment.state === 'created' || payment.state.startsWith('requires_')
  return { payment, operations: waiting ? [] : [attempt] }
}
