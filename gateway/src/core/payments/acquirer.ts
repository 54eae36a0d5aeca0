import type { Clock } from '@tessera/lib/clock'
import type { OperationId } from '../ids.ts'
import type {
  AuthorizeAuthentication,
  Connector,
  ConnectorOutcome,
  ConnectorStep,
  ModifyInstruction,
} from '../ports/connector.ts'
import type { Vault } from '../ports/vault.ts'
import { failureOf } from './failure.ts'
import { longestAnswerMs, sendWithinMs } from './operation.ts'
import type { OperationOutcome } from './outcome.ts'
import type { Operation, PaymentRecord } from './payment.ts'
import { createUnsendable } from './unsendable.ts'

type VaultReply = Awaited<ReturnType<Vault['forward']>>

export interface Sent {
  outcome: OperationOutcome
  /** Time spent waiting for the acquirer. */
  acquirerMs: number
}

/** What an authorization refers to, beyond its own record. */
export interface Network {
  transactionId: string | null
  /** The issuer's proof that the shopper authenticated. */
  cavv?: string | null
}

/** Carries operations to their acquirer: connector for the words, vault for the card and the wire. */
export interface Acquirer {
  capabilities(connector: string): Connector['capabilities']
  /** Sends an operation that is recorded as `sending`. No transaction may be open. */
  send(record: PaymentRecord, operation: Operation, network: Network): Promise<Sent>
  /** Asks what became of an operation. `not_found` is for the caller to judge. */
  inquire(record: PaymentRecord, operation: Operation): Promise<OperationOutcome | { kind: 'not_found' }>
  /** How long this process has known that the operation can no longer be sent; it knows from the first call on. */
  unsendableForMs(operationId: OperationId): number
}

export function createAcquirer(parts: {
  connectors: ReadonlyMap<string, Connector>
  vault: Vault
  clock: Clock
}): Acquirer {
  const { connectors, vault, clock } = parts
  const unsendable = createUnsendable(clock)

  const connectorOf = (name: string): Connector => {
    const connector = connectors.get(name)
    if (connector === undefined) throw new Error(`no connector is called ${name}`)
    return connector
  }

  const forward = (operation: Operation, step: ConnectorStep, stepId: string, withCard: boolean): Promise<VaultReply> =>
    vault.forward({
      merchantId: operation.merchantId,
      mode: operation.mode,
      stepId,
      connector: operation.connector,
      operation: step.operation,
      template: step.template,
      card: withCard ? heldFor(operation) : null,
      timeoutMs: Math.min(step.timeoutMs, longestAnswerMs),
      sendBeforeMs: clock.now() + sendWithinMs,
    })

  return {
    capabilities: (name) => connectorOf(name).capabilities,

    async send(record, operation, network) {
      const step = stepOf(connectorOf(operation.connector), record, operation, network)
      const reply = await forward(operation, step, operation.operationId, operation.kind === 'authorize')
      const outcome = outcomeOfSend(reply, step)
      if (outcome.kind === 'unknown' && outcome.fenced) unsendable.knownForMs(operation.operationId)
      return { outcome, acquirerMs: 'acquirerMs' in reply ? reply.acquirerMs : 0 }
    },

    async inquire(record, operation) {
      const step = connectorOf(operation.connector).inquire({
        account: operation.merchantId,
        reference: operation.operationId,
        kind: operation.kind,
        amountMinor: operation.amountMinor,
        currency: operation.currency,
        cardBrand: record.payment.card?.brand ?? null,
      })
      const reply = await forward(operation, step, `${operation.operationId}.inquiry`, false)
      if (reply.outcome !== 'answered') return { kind: 'unknown', fenced: true }
      const outcome = step.parse(reply)
      return outcome.kind === 'not_found' ? outcome : outcomeOf(outcome)
    },

    unsendableForMs: (operationId) => unsendable.knownForMs(operationId),
  }
}

/** A card's second try uses the hold of the first, which has saved it already where it is to be saved. */
function heldFor({ operationId, holdId, saves }: Operation): { attemptId: string; saveAs: string | null } {
  return holdId === null
    ? { attemptId: operationId, saveAs: saves?.cardId ?? null }
    : { attemptId: holdId, saveAs: null }
}

function authenticationOf({ authentication }: Operation, cavv: string | null): AuthorizeAuthentication | null {
  if (authentication === null) return null
  const { version, eci, dsTransId, exemption } = authentication
  return dsTransId === null && exemption === null ? null : { version, eci, cavv, dsTransId, exemption }
}

function stepOf(
  connector: Connector,
  record: PaymentRecord,
  operation: Operation,
  { transactionId, cavv = null }: Network,
): ConnectorStep {
  const { payment } = record
  if (operation.kind === 'authorize') {
    if (payment.card === null) throw new Error(`attempt ${operation.operationId} has no card`)
    return connector.authorize({
      reference: operation.operationId,
      account: operation.merchantId,
      amountMinor: operation.amountMinor,
      currency: operation.currency,
      capture: operation.final,
      initiator: payment.initiator,
      cardBrand: payment.card.brand,
      networkTransactionId: transactionId,
      authentication: authenticationOf(operation, cavv),
    })
  }
  const attempt = liveAttempt(record)
  const instruction: ModifyInstruction = {
    reference: operation.operationId,
    account: operation.merchantId,
    authorizationReference: attempt.operationId,
    acquirerReference: attempt.acquirerReference,
    amountMinor: operation.amountMinor,
    currency: operation.currency,
    final: operation.final,
  }
  if (operation.kind === 'capture') return connector.capture(instruction)
  return operation.kind === 'refund' ? connector.refund(instruction) : connector.reverse(instruction)
}

/** The attempt that holds money at the acquirer: the last one that it ever approved. */
function liveAttempt(record: PaymentRecord): Operation {
  const attempt = record.operations.findLast(
    (operation) => operation.kind === 'authorize' && operation.acquirerReference !== null,
  )
  if (attempt === undefined) throw new Error(`payment ${record.payment.paymentId} was never authorized`)
  return attempt
}

function outcomeOfSend(reply: VaultReply, step: ConnectorStep): OperationOutcome {
  if (reply.outcome === 'not_sent') return { kind: 'not_processed' }
  // The vault sends a step once: from here on it cannot leave again, which is what a fence would make sure of.
  if (reply.outcome === 'already_sent') return { kind: 'unknown', fenced: true }
  if (reply.outcome === 'unknown') return { kind: 'unknown', fenced: true }
  if (reply.outcome === 'lost') return { kind: 'unknown', fenced: false }
  const outcome = step.parse(reply)
  return outcome.kind === 'not_found' ? { kind: 'unknown', fenced: true } : outcomeOf(outcome)
}

function outcomeOf(outcome: Exclude<ConnectorOutcome, { kind: 'not_found' }>): OperationOutcome {
  switch (outcome.kind) {
    case 'approved':
      return outcome
    case 'declined':
      return { kind: 'declined', failure: failureOf(outcome.code, outcome.rawCode, outcome.adviceCode) }
    case 'succeeded':
      return {
        kind: 'approved',
        acquirerReference: outcome.acquirerReference,
        captured: false,
        networkTransactionId: null,
        captureBeforeMs: null,
      }
    case 'pending':
      return outcome
    case 'refused':
      return { kind: 'declined', failure: failureOf('processing_error', outcome.code) }
    case 'unknown':
      return { kind: 'unknown', fenced: true }
  }
}
