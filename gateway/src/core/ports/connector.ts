import type { CardBrand, RequestTemplate } from '@tessera/contracts/vault-protocol'
import type { Exemption } from '../authentication/authentication.ts'
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
  /** The shopper's authentication, or why there is none. Never without one of the two. */
  authentication: AuthorizeAuthentication | null
}

export interface AuthorizeAuthentication {
  version: string | null
  eci: string | null
  cavv: string | null
  dsTransId: string | null
  exemption: Exemption | null
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

/** A page of the acquirer's report on an account: what became of captures and refunds after they were made. */
export interface ReportInstruction {
  account: string
  /** The last sequence number that is known already; 0 for none. */
  after: number
  limit: number
}

export type ReportKind = 'settled' | 'paid_out' | 'dispute_opened' | 'dispute_won' | 'dispute_lost'

/** One line of a report, numbered per account from 1 without gaps: the same number always stands for the same line. */
export interface ReportEntry {
  sequence: number
  kind: ReportKind
  /** Ours, of the capture (or authorization that captured), refund or reversal that moved the money. */
  reference: string
  /** Ours, of the authorization that it belongs to. */
  authorizationReference: string
  /** Negative where the acquirer takes it back: a refund. */
  amountMinor: number
  currency: string
  atMs: number
  /** The acquirer's name for the dispute, and why there is one. */
  dispute: { disputeId: string; reason: string } | null
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
      /** What the network made of the authentication, where it says so. */
      authentication?: { eci: string; liabilityShift: boolean } | null
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

/** A request for a page of the report. `parse` gives null for an answer that is not wholly understood: then none of it counts. */
export interface ReportStep extends Omit<ConnectorStep, 'parse'> {
  parse(answer: ConnectorAnswer): ReportEntry[] | null
}

export interface Connector {
  name: string
  capabilities: ConnectorCapabilities
  authorize(instruction: AuthorizeInstruction): ConnectorStep
  capture(instruction: ModifyInstruction): ConnectorStep
  reverse(instruction: ModifyInstruction): ConnectorStep
  refund(instruction: ModifyInstruction): ConnectorStep
  inquire(instruction: InquireInstruction): ConnectorStep
  /** Absent where the acquirer gives no report that can be asked for. */
  reports?(instruction: ReportInstruction): ReportStep
}
