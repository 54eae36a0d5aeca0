import { shiftsLiability } from '@tessera/contracts/three-ds/eci'
import type { CardBrand } from '@tessera/contracts/vault-protocol'
import type { ConnectorAnswer, ConnectorOutcome } from '../../core/ports/connector.ts'
import { type AnswerObject, readJsonObject, textOf, timeOf } from '../read-answer.ts'
import { declineCodeOf, isApproval } from '../response-codes.ts'

/** What the request was about. An answer about anything else proves nothing. */
export interface Expected {
  reference: string
  amountMinor: number
  /** Null where the sandbox does not repeat it: its answers to captures, reversals and refunds name no currency. */
  currency: string | null
  cardBrand: CardBrand | null
  /** Whether capture at once was asked for; null in an inquiry, which takes what it is told. */
  capture: boolean | null
}

const garbled: ConnectorOutcome = { kind: 'unknown', reason: 'garbled' }
const mismatch: ConnectorOutcome = { kind: 'unknown', reason: 'mismatch' }
const httpError: ConnectorOutcome = { kind: 'unknown', reason: 'http_error' }

export function parseAuthorization(answer: ConnectorAnswer, expected: Expected): ConnectorOutcome {
  if (answer.status !== 200) return httpError
  const body = readJsonObject(answer)
  if (body === null) return garbled
  if (body.type !== 'authorization') return mismatch
  return authorizationOutcome(body, expected)
}

function authorizationOutcome(body: AnswerObject, expected: Expected): ConnectorOutcome {
  if (body.reference !== expected.reference) return mismatch
  if (body.amount_minor !== expected.amountMinor || body.currency !== expected.currency) return mismatch
  const rawCode = textOf(body.response_code, 2)
  const acquirerReference = textOf(body.id, 64)
  if (rawCode === null || acquirerReference === null || typeof body.captured !== 'boolean') return garbled

  // The word and the code say the same thing twice; where they disagree, neither is believed.
  const approved = isApproval(rawCode, expected.amountMinor)
  if (body.status === 'declined') {
    if (approved || body.captured) return mismatch
    const code = declineCodeOf(rawCode, expected.cardBrand)
    return { kind: 'declined', code, rawCode, adviceCode: textOf(body.advice_code, 2) }
  }
  if (body.status !== 'approved') return garbled
  if (!approved || (expected.capture !== null && expected.capture !== body.captured)) return mismatch
  return {
    kind: 'approved',
    acquirerReference,
    captured: body.captured,
    networkTransactionId: textOf(body.network_transaction_id, 36),
    captureBeforeMs: timeOf(body.capture_before),
    ...networksView(body.three_d_secure, expected.cardBrand),
  }
}

/** What the network found when it checked the proof; absent where none was sent. */
function networksView(
  value: unknown,
  brand: CardBrand | null,
): Pick<ConnectorOutcome & { kind: 'approved' }, 'authentication'> {
  if (typeof value !== 'object' || value === null || brand === null) return {}
  const { result, eci } = value as AnswerObject
  if (typeof eci !== 'string' || !/^\d\d$/.test(eci)) return {}
  return { authentication: { eci, liabilityShift: result === 'verified' && shiftsLiability(brand, eci) } }
}

export type ModificationType = 'capture' | 'reversal' | 'refund'

/** A 422 is the acquirer's recorded no; a 404 says that it knows no such authorization and did nothing. */
export function parseModification(
  answer: ConnectorAnswer,
  type: ModificationType,
  expected: Expected,
): ConnectorOutcome {
  if (answer.status !== 200 && answer.status !== 422 && answer.status !== 404) return httpError
  const body = readJsonObject(answer)
  if (body === null) return garbled
  if (answer.status === 404) return unknownAuthorization(body, expected)
  if (body.type !== type) return mismatch
  if ((answer.status === 422) !== (body.status === 'refused')) return mismatch
  return modificationOutcome(body, type, expected)
}

const refusedAs = (code: string): ConnectorOutcome => ({ kind: 'refused', code })

function unknownAuthorization({ error, reference }: AnswerObject, expected: Expected): ConnectorOutcome {
  const isObject = typeof error === 'object' && error !== null && !Array.isArray(error)
  if (!isObject || (error as AnswerObject).code !== 'authorization_not_found') return garbled
  return reference === expected.reference ? refusedAs('authorization_not_found') : mismatch
}

function modificationOutcome(body: AnswerObject, type: ModificationType, expected: Expected): ConnectorOutcome {
  if (body.reference !== expected.reference) return mismatch
  const acquirerReference = textOf(body.id, 64)
  if (acquirerReference === null) return garbled
  if (body.status === 'refused' || body.status === 'failed') {
    const code = textOf(body.code, 64)
    return code === null ? garbled : refusedAs(code)
  }
  if (!isExpectedAmount(body, type, expected)) return mismatch
  if (body.status === 'succeeded') return { kind: 'succeeded', acquirerReference }
  return body.status === 'pending' && type === 'refund' ? { kind: 'pending', acquirerReference } : garbled
}

/** A reversal that found nothing to give back has done all that was asked of it. */
function isExpectedAmount(body: AnswerObject, type: ModificationType, expected: Expected): boolean {
  if (type === 'reversal' && body.effect === 'nothing_held') return body.amount_minor === 0
  return body.amount_minor === expected.amountMinor
}

export function parseInquiry(
  answer: ConnectorAnswer,
  type: 'authorization' | ModificationType,
  expected: Expected,
): ConnectorOutcome {
  if (answer.status !== 200 && answer.status !== 404) return httpError
  const body = readJsonObject(answer)
  if (body === null) return garbled
  if (answer.status === 404) {
    if (body.status !== 'not_found') return garbled
    return body.reference === expected.reference ? { kind: 'not_found' } : mismatch
  }
  if (body.type !== type) return mismatch
  return type === 'authorization' ? authorizationOutcome(body, expected) : modificationOutcome(body, type, expected)
}
