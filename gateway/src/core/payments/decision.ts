import type { CardFace } from '@tessera/contracts/vault-protocol'
import type { EventType, PaymentEvent } from '../events.ts'
import {
  type ConnectorId,
  type CustomerId,
  type EventId,
  type FingerprintId,
  type OperationId,
  type PaymentMethodId,
  trustedId,
  type VaultCardId,
} from '../ids.ts'
import type { LedgerLine } from '../ledger.ts'
import type { Failure } from './failure.ts'
import type { Operation, Payment, PaymentRecord } from './payment.ts'

/**
 * What a decision wants recorded, in one commit: the payment's new version, operations that are new or changed, ledger
 * lines, events. The store refuses it whole when the payment has moved on from `expectedVersion`.
 */
export interface Decision {
  expectedVersion: number
  payment: Payment
  operations: Operation[]
  ledger: { operationId: OperationId; lines: LedgerLine[] } | null
  events: PaymentEvent[]
  /** A saved card to record, or to give a new vault card. */
  paymentMethod: PaymentMethodDraft | null
  /** Vault cards whose fate is now decided: activated where a payment method refers to them, else erased. */
  settleCards: VaultCardId[]
}

export interface PaymentMethodDraft {
  paymentMethodId: PaymentMethodId
  customerId: CustomerId
  cardId: VaultCardId
  fingerprintId: FingerprintId
  connectorId: ConnectorId
  card: CardFace
  networkTransactionId: string | null
}

export interface DecisionContext {
  nowMs: number
  newId(prefix: 'att' | 'cap' | 'rev' | 'orf' | 'evt' | 'card'): string
}

/** The payment as it stands once the decision is recorded. */
export function recordAfter(record: PaymentRecord, decision: Decision): PaymentRecord {
  const changed = new Map(decision.operations.map((operation) => [operation.operationId, operation]))
  const operations = record.operations.map((operation) => changed.get(operation.operationId) ?? operation)
  const known = new Set(record.operations.map((operation) => operation.operationId))
  const added = decision.operations.filter((operation) => !known.has(operation.operationId))
  return { payment: decision.payment, operations: [...operations, ...added] }
}

/** Collects the effects of one decision; the rules read as sentences on it. */
export class Draft {
  readonly payment: Payment
  private readonly context: DecisionContext
  private readonly expectedVersion: number
  private readonly operations: Operation[] = []
  private readonly events: PaymentEvent[] = []
  private ledger: Decision['ledger'] = null
  private paymentMethod: PaymentMethodDraft | null = null
  private readonly settleCards: VaultCardId[] = []

  constructor(before: Payment, context: DecisionContext) {
    this.context = context
    this.expectedVersion = before.version
    this.payment = {
      ...before,
      amounts: { ...before.amounts },
      version: before.version + 1,
      updatedAtMs: context.nowMs,
    }
  }

  put(operation: Operation): void {
    this.operations.push({ ...operation, updatedAtMs: this.context.nowMs })
  }

  post(operationId: OperationId, lines: LedgerLine[]): void {
    this.ledger = { operationId, lines }
  }

  save(paymentMethod: PaymentMethodDraft): void {
    this.paymentMethod = paymentMethod
  }

  settleCard(cardId: VaultCardId): void {
    this.settleCards.push(cardId)
  }

  tell(type: EventType, about: { operation?: Operation; failure?: Failure | null } = {}): void {
    this.payment.lastSequence += 1
    const { operation, failure = null } = about
    this.events.push({
      merchantId: this.payment.merchantId,
      eventId: trustedId<EventId>(this.context.newId('evt')),
      mode: this.payment.mode,
      paymentId: this.payment.paymentId,
      sequence: this.payment.lastSequence,
      type,
      snapshot: {
        payment: { ...this.payment, amounts: { ...this.payment.amounts } },
        operation: operation
          ? { operationId: operation.operationId, amountMinor: operation.amountMinor, reason: operation.reason }
          : null,
        failure,
      },
      createdAtMs: this.context.nowMs,
    })
  }

  decision(): Decision {
    assertAmounts(this.payment)
    return {
      expectedVersion: this.expectedVersion,
      payment: this.payment,
      operations: this.operations,
      ledger: this.ledger,
      events: this.events,
      paymentMethod: this.paymentMethod,
      settleCards: this.settleCards,
    }
  }
}

/** The identity of amounts that holds at every commit (see PaymentAmounts); the database checks it once more. */
function assertAmounts(payment: Payment): void {
  const a = payment.amounts
  const each = Object.values(a).every((value) => Number.isSafeInteger(value) && value >= 0)
  const held = a.authorizedMinor >= a.capturedMinor + a.capturingMinor + a.reversedMinor + a.reversingMinor
  const refunded = a.capturedMinor >= a.refundedMinor + a.refundingMinor
  if (!each || !held || !refunded) throw new Error(`the amounts of payment ${payment.paymentId} do not add up`)
}
