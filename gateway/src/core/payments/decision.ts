import type { CardFace, Mode } from '@tessera/contracts/vault-protocol'
import type { Authentication } from '../authentication/authentication.ts'
import { isPublic, type PaymentEvent, type PaymentEventType } from '../events.ts'
import {
  type AuthenticationId,
  type ConnectorId,
  type CustomerId,
  type EventId,
  type FingerprintId,
  type OperationId,
  type PaymentMethodId,
  type SessionId,
  trustedId,
  type VaultCardId,
} from '../ids.ts'
import type { LedgerLine } from '../ledger.ts'
import type { Failure } from './failure.ts'
import type { Operation, Payment, PaymentRecord, Stage } from './payment.ts'
import { derivedStage } from './stage.ts'

/**
 * What a decision wants recorded, in one commit: the payment's new version, operations that are new or changed, ledger
 * lines, events. The store refuses it whole when the payment has moved on from `expectedVersion`.
 */
export interface Decision {
  expectedVersion: number
  payment: Payment
  /** Changes what few decisions change: what is to be paid, the held card, settlement or dispute. */
  isRare: boolean
  operations: Operation[]
  /** New ones, or changed. */
  authentications: Authentication[]
  ledger: Posting[]
  events: PaymentEvent[]
  /** A saved card to record, or to give a new vault card. */
  paymentMethod: PaymentMethodDraft | null
  /** Vault cards whose fate is now decided: activated where a payment method refers to them, else erased. */
  settleCards: VaultCardId[]
}

/** Why money is booked. Each occasion happens once to an operation. */
export const ledgerOccasions = ['operation', 'settled', 'paid_out', 'dispute_opened', 'dispute_closed'] as const
export type LedgerOccasion = (typeof ledgerOccasions)[number]

export interface Posting {
  operationId: OperationId
  occasion: LedgerOccasion
  /** They sum to zero. */
  lines: LedgerLine[]
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
  newId(prefix: 'att' | 'cap' | 'rev' | 'orf' | 'evt' | 'card' | 'run'): string
  /** A session in which the shopper authenticates; null, or absent, where that is not to be had. */
  newSession?(mode: Mode): NewSession | null
}

export interface NewSession {
  authenticationId: AuthenticationId
  sessionId: SessionId
  sessionDigest: string
  /** How long the shopper may take to come. */
  lifetimeMs: number
}

/** The payment as it stands once the decision is recorded. */
export function recordAfter(record: PaymentRecord, decision: Decision): PaymentRecord {
  const changed = new Map(decision.operations.map((operation) => [operation.operationId, operation]))
  const operations = record.operations.map((operation) => changed.get(operation.operationId) ?? operation)
  const known = new Set(record.operations.map((operation) => operation.operationId))
  const added = decision.operations.filter((operation) => !known.has(operation.operationId))
  const authenticationId = decision.payment.authentication?.authenticationId
  const authentication = [...decision.authentications, record.authentication].find(
    (each) => each != null && each.authenticationId === authenticationId,
  )
  const after = { payment: decision.payment, operations: [...operations, ...added] }
  return authentication ? { ...after, authentication } : after
}

/** Collects the effects of one decision; the rules read as sentences on it. */
export class Draft {
  readonly payment: Payment
  private readonly context: DecisionContext
  private readonly before: Payment
  private readonly operations: Operation[] = []
  private readonly authentications: Authentication[] = []
  private readonly events: PaymentEvent[] = []
  private readonly ledger: Posting[] = []
  private paymentMethod: PaymentMethodDraft | null = null
  private readonly settleCards: VaultCardId[] = []
  private standsAt: Stage | null = null

  constructor(before: Payment, context: DecisionContext) {
    this.context = context
    this.before = before
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

  authenticate(authentication: Authentication): void {
    const { authenticationId } = authentication
    const known = this.authentications.findIndex((each) => each.authenticationId === authenticationId)
    const changed = { ...authentication, updatedAtMs: this.context.nowMs }
    if (known < 0) this.authentications.push(changed)
    else this.authentications[known] = changed
  }

  post(operationId: OperationId, lines: LedgerLine[], occasion: LedgerOccasion = 'operation'): void {
    this.ledger.push({ operationId, occasion, lines })
  }

  /** A stage that no amount tells of. */
  stand(stage: Stage): void {
    this.standsAt = stage
    this.noteStage()
  }

  save(paymentMethod: PaymentMethodDraft): void {
    this.paymentMethod = paymentMethod
  }

  settleCard(cardId: VaultCardId): void {
    this.settleCards.push(cardId)
  }

  /** Tells of the payment as it stands by now: what else the decision changes comes before this. */
  tell(type: PaymentEventType, about: { operation?: Operation; failure?: Failure | null } = {}): void {
    this.noteStage()
    this.payment.lastSequence += 1
    if (isPublic(type)) this.payment.lastPublicSequence += 1
    const { operation, failure = null } = about
    this.events.push({
      merchantId: this.payment.merchantId,
      eventId: trustedId<EventId>(this.context.newId('evt')),
      mode: this.payment.mode,
      paymentId: this.payment.paymentId,
      sequence: this.payment.lastSequence,
      publicSequence: isPublic(type) ? this.payment.lastPublicSequence : null,
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

  /** One decision is one moment: where it leads through several stages, the last one counts. */
  private noteStage(): void {
    const { before, payment, context } = this
    const stage = this.standsAt ?? derivedStage(payment)
    const isChange = this.standsAt !== null || stage !== derivedStage(before)
    payment.timeline = isChange ? [...before.timeline, { stage, atMs: context.nowMs }] : before.timeline
  }

  decision(): Decision {
    assertAmounts(this.payment)
    this.noteStage()
    return {
      expectedVersion: this.before.version,
      payment: this.payment,
      isRare: this.authentications.length > 0 || changesRarely(this.before, this.payment),
      operations: this.operations,
      authentications: this.authentications,
      ledger: this.ledger,
      events: this.events,
      paymentMethod: this.paymentMethod,
      settleCards: this.settleCards,
    }
  }
}

const rarelyChanging = [
  'order',
  'amountMinor',
  'metadata',
  'name',
  'email',
  'customerId',
  'held',
  'authentication',
  'dispute',
] as const
const rarelyMoving = ['settledMinor', 'paidOutMinor', 'disputedMinor'] as const

function changesRarely(before: Payment, after: Payment): boolean {
  return (
    rarelyChanging.some((name) => before[name] !== after[name]) ||
    rarelyMoving.some((name) => before.amounts[name] !== after.amounts[name])
  )
}

/** The identity of amounts that holds at every commit (see PaymentAmounts); the database checks it once more. */
function assertAmounts(payment: Payment): void {
  const a = payment.amounts
  const each = Object.values(a).every((value) => Number.isSafeInteger(value) && value >= 0)
  const held = a.authorizedMinor >= a.capturedMinor + a.capturingMinor + a.reversedMinor + a.reversingMinor
  const kept = a.capturedMinor >= a.refundedMinor + a.refundingMinor + a.disputedMinor
  const settled = a.capturedMinor >= a.settledMinor && a.settledMinor >= a.paidOutMinor
  if (!each || !held || !kept || !settled) throw new Error(`the amounts of payment ${payment.paymentId} do not add up`)
}
