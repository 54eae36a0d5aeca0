import type { PresentedProof } from '../acs/entries.ts'

/** What callers ask of the acquirer, once read and checked. */
export interface AuthorizeRequest {
  account: string
  reference: string
  amountMinor: number
  currency: string
  capture: boolean
  initiator: 'customer' | 'merchant'
  networkTransactionId: string | null
  /** A 3-D Secure authentication, to be checked with the issuer. */
  authentication: PresentedProof | null
  /** Why the merchant's side goes without one: the issuer has the last word, which is the card's behaviour. */
  exemption: 'low_value' | 'transaction_risk' | null
  card: { number: string; expMonth: number; expYear: number; cvcSent: boolean; holder: string | null }
}

export interface CaptureRequest {
  account: string
  authorization: string
  reference: string
  amountMinor: number
  final: boolean
}

export interface ReverseRequest {
  account: string
  authorization: string
  reference: string
  /** Null: all that is left. */
  amountMinor: number | null
}

export interface RefundRequest {
  account: string
  authorization: string
  reference: string
  amountMinor: number
}
