import type { CardBrand, RequestTemplate } from '@tessera/contracts/vault-protocol'
import type { Currency } from '../money/currencies.ts'
import type { DeclineCode } from '../payments/failure.ts'
import type { Initiator } from '../payments/payment.ts'

/** What the engine must know about an acquirer to use it safely. */
export interface ConnectorCapabilities {
  multipleCaptures: boolean
  partialCapture: boolean
  inquiry: 'by_our_reference'
  reversal: 'by_our_reference'
  /** From the moment that a request can no longer be sent: after this, the acquirer's "not found" is final. */
  notFoundFinalAfterMs: number
}

export interface AuthorizeInstruction {
  /** Our reference, unique per attempt; the acquirer deduplicates and answers inquiries by it. */
  reference: string
  account: string
  amountMinor: number
  currency: Currency
  capture: boolean
  initiator: Initiator
  cardBrand: CardBrand
  networkTransactionId: string | null
}

/** Capture, reversal or refund of an authorization that we know by our own reference. */
export interface ModifyInstruction {
  reference: string
  account: string
  authorizationReference: string
  /** What the acquirer called the authorization, when it has told us. */
  acquirerReference: string | null
  amountMinor: number
  currency: Currency
  /** Capture only: release what is left. */
  final: boolean
}

export interface InquireInstruction {
  account: string
  /** The operation that is in doubt. */
  reference: string
  kind: 'authorize' | 'capture' | 'reversal' | 'refund'
  amountMinor: number
  currency: Currency
  cardBrand: CardBrand | null
}

export interface ConnectorAnswer {
  status: number
  contentType: string
  body: string
}

/**
 * What an answer means. Anything unreadable, unexpected, of the 5xx kind, or about another reference, amount or currency is
 * `unknown`, never `declined`: a wrong guess there loses money.
 */
export type ConnectorOutcome =
  | {
      kind: 'approved'
      acquirerReference: string
      captured: boolean
      networkTransactionId: string | null
      captureBeforeMs: number | null
    }
  | { kind: 'declined'; code: DeclineCode; rawCode: string | null; adviceCode: string | null }
  /** Capture, reversal, refund: done. */
  | { kind: 'succeeded'; acquirerReference: string }
  /** The acquirer took it and will decide later. */
  | { kind: 'pending'; acquirerReference: string }
  /** Capture, reversal, refund: a final no. */
  | { kind: 'refused'; code: string }
  /** Inquiry only. */
  | { kind: 'not_found' }
  | { kind: 'unknown'; reason: 'garbled' | 'http_error' | 'mismatch' }

/** One recorded request to the acquirer: two pure functions and a time-out. */
export interface ConnectorStep {
  /** Operation in the connector's manifest. */
  operation: string
  template: RequestTemplate
  timeoutMs: number
  parse(answer: ConnectorAnswer): ConnectorOutcome
}

export interface Connector {
  name: string
  capabilities: ConnectorCapabilities
  authorize(instruction: AuthorizeInstruction): ConnectorStep
  capture(instruction: ModifyInstruction): ConnectorStep
  reverse(instruction: ModifyInstruction): ConnectorStep
  refund(instruction: ModifyInstruction): ConnectorStep
  inquire(instruction: InquireInstruction): ConnectorStep
}
