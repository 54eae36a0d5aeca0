import type { JsonValue } from '@tessera/lib/strict-json'
import type { AuthorizeRequest, CaptureRequest, RefundRequest, ReverseRequest } from '../acquirer/requests.ts'
import type { PresentedProof } from '../acs/entries.ts'

/** Thrown for a body that does not have the documented shape; its text names the field and what belongs there. */
export class RequestInvalid extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RequestInvalid'
  }
}

/** ISO 8583 field 4 has twelve digits. */
const largestAmountMinor = 999_999_999_999
export const referenceShape = /^[A-Za-z0-9_-]{1,64}$/

export type JsonObject = { [key: string]: JsonValue }

export function objectOf(value: JsonValue | undefined, name: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestInvalid(`${name} must be an object`)
  }
  return value as JsonObject
}

export function textOf(value: JsonValue | undefined, name: string, shape: RegExp): string {
  if (typeof value !== 'string' || !shape.test(value)) throw new RequestInvalid(`${name} must be text like ${shape}`)
  return value
}

export function integerOf(value: JsonValue | undefined, name: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new RequestInvalid(`${name} must be a whole number from ${min} to ${max}`)
  }
  return value
}

function flagOf(value: JsonValue | undefined, name: string): boolean {
  if (typeof value !== 'boolean') throw new RequestInvalid(`${name} must be true or false`)
  return value
}

function isAbsent(value: JsonValue | undefined): value is null | undefined {
  return value === null || value === undefined
}

export function readAuthorize(account: string, body: JsonObject): AuthorizeRequest {
  const card = objectOf(body.card, 'card')
  const initiator = textOf(body.initiator ?? 'customer', 'initiator', /^(customer|merchant)$/)
  return {
    account,
    reference: textOf(body.reference, 'reference', referenceShape),
    amountMinor: integerOf(body.amount_minor, 'amount_minor', 0, largestAmountMinor),
    currency: textOf(body.currency, 'currency', /^[A-Za-z]{3}$/).toLowerCase(),
    capture: flagOf(body.capture, 'capture'),
    initiator: initiator as AuthorizeRequest['initiator'],
    networkTransactionId: isAbsent(body.network_transaction_id)
      ? null
      : textOf(body.network_transaction_id, 'network_transaction_id', /^[\x21-\x7e]{9,36}$/),
    authentication: isAbsent(body.three_d_secure)
      ? null
      : readAuthentication(objectOf(body.three_d_secure, 'three_d_secure')),
    exemption: isAbsent(body.exemption)
      ? null
      : (textOf(body.exemption, 'exemption', /^(low_value|transaction_risk)$/) as AuthorizeRequest['exemption']),
    card: {
      number: textOf(card.number, 'card.number', /^\d{12,19}$/),
      expMonth: integerOf(card.exp_month, 'card.exp_month', 1, 12),
      expYear: integerOf(card.exp_year, 'card.exp_year', 2000, 2099),
      cvcSent: !isAbsent(card.cvc) && textOf(card.cvc, 'card.cvc', /^\d{3,4}$/) !== '',
      holder: isAbsent(card.holder) ? null : textOf(card.holder, 'card.holder', /^.{0,255}$/s),
    },
  }
}

/** Its `version` and anything else are taken and not looked at: what counts is what the issuer gave. */
function readAuthentication(given: JsonObject): PresentedProof {
  const { ds_trans_id, eci, cavv } = given
  return {
    dsTransId: textOf(ds_trans_id, 'three_d_secure.ds_trans_id', /^[0-9A-Fa-f-]{36}$/),
    eci: isAbsent(eci) ? null : textOf(eci, 'three_d_secure.eci', /^[0-9A-Z]{2}$/),
    authenticationValue: isAbsent(cavv) ? null : textOf(cavv, 'three_d_secure.cavv', /^[A-Za-z0-9+/=]{1,64}$/),
  }
}

export function readCapture(account: string, authorization: string, body: JsonObject): CaptureRequest {
  return {
    account,
    authorization,
    reference: textOf(body.reference, 'reference', referenceShape),
    amountMinor: integerOf(body.amount_minor, 'amount_minor', 1, largestAmountMinor),
    final: flagOf(body.final, 'final'),
  }
}

export function readReverse(account: string, authorization: string, body: JsonObject): ReverseRequest {
  return {
    account,
    authorization,
    reference: textOf(body.reference, 'reference', referenceShape),
    amountMinor: isAbsent(body.amount_minor)
      ? null
      : integerOf(body.amount_minor, 'amount_minor', 1, largestAmountMinor),
  }
}

export function readRefund(account: string, authorization: string, body: JsonObject): RefundRequest {
  return {
    account,
    authorization,
    reference: textOf(body.reference, 'reference', referenceShape),
    amountMinor: integerOf(body.amount_minor, 'amount_minor', 1, largestAmountMinor),
  }
}

const pageMax = 500

export function readPage(query: string): { after: number; limit: number } {
  const given = new URLSearchParams(query)
  const numberOf = (name: string) => (/^\d{1,15}$/.test(given.get(name) ?? '') ? Number(given.get(name)) : null)
  return {
    after: integerOf(numberOf('after'), 'after', 0, Number.MAX_SAFE_INTEGER),
    limit: integerOf(numberOf('limit'), 'limit', 1, pageMax),
  }
}
