import { STATUS_CODES } from 'node:http'
import { formatDecimal } from '../../core/money/amount.ts'
import type { Currency } from '../../core/money/currencies.ts'
import type { Refusal, RefusalCode } from '../../core/refusals.ts'
import type { RenderedAnswer } from '../../http/dialect.ts'
import type { HttpProblem, HttpProblemName } from '../../http/problem.ts'
import { countrySchema, currencies } from './fields.ts'

/** An error before it is written. A list holds texts that each begin with a property. */
export interface WireError {
  status: number
  message: string | string[]
  retryAfterSeconds?: number
}

type Map<Union, Tag extends keyof Union, Name extends Union[Tag] & string> = {
  [K in Name]: (one: Extract<Union, Record<Tag, K>>) => WireError
}

const bad = (message: string | string[]): WireError => ({ status: 400, message })
const missing = (message: string): WireError => ({ status: 404, message })

/** Both ways of telling an amount: as people read it, and in the minor units of this API. */
const money = (amountMinor: number, currency: Currency) =>
  `${formatDecimal(amountMinor, currency)} ${currency.toUpperCase()} (${amountMinor})`

/** The same words for what is missing, another merchant's, or of the other mode. */
const missingTexts: Record<Extract<Refusal, { refusal: 'not_found' }>['what'], string> = {
  payment: 'Payment not found',
  payment_method: 'Payment method not found',
  flow: 'Flow not found',
  webhook_endpoint: 'Webhook not found',
  event: 'Event not found',
  payment_link: 'Link not found',
}

export const s2sText = 'Not authorized to create payment, server to server payment not enabled, please contact support'

const refusals = {
  not_found: ({ what }) =>
    what === 'payment_method'
      ? bad(['paymentMethodId must be a saved card of this customer'])
      : missing(missingTexts[what]),
  no_default_flow: () => bad('There is no default flow in this mode; ask the operator of this installation'),
  flow_not_active: () => bad('The flow of this payment is switched off; ask the operator of this installation'),
  connector_not_found: () => bad('The acquirer of this payment does not exist; ask the operator of this installation'),
  connector_disabled: () => bad('The acquirer of this payment is switched off; ask the operator of this installation'),
  unsupported_currency: () => bad([`currency must be one of the following values: ${currencies.join(', ')}`]),
  amount_below_minimum: ({ amountMinor, minimumMinor, currency }) =>
    bad(`The total of ${money(amountMinor, currency)} is below the minimum of ${money(minimumMinor, currency)}`),
  amount_above_maximum: ({ maximumMinor, currency }) =>
    bad(`The total is above the maximum of ${money(maximumMinor, currency)}`),
  unknown_country: () => bad([`billingCountry ${countrySchema['x-rule']}`]),
  postal_code_required: () => bad(['postalCode should not be empty']),
  postal_code_invalid: ({ country }) => bad([`postalCode must be a postal code of ${country}`]),
  tax_id_required: () => bad(['taxId should not be empty']),
  token_unknown: () => bad('The card is not known any more; send it again'),
  token_expired: () => bad('The card was sent too long ago; send it again'),
  token_already_used: () => bad('The card was used for another payment; send it again'),
  card_testing_suspected: () =>
    bad('Too many payments with cards like this one; nothing was charged, use another card'),
  payment_method_blocked: () => bad('The saved card is blocked; use another one'),
  no_saved_card: () => bad('There is no saved card of this customer; send the card, with savePaymentMethod to keep it'),
  s2s_not_enabled: () => ({ status: 403, message: s2sText }),
  invalid_state: ({ why }) => bad(why),
  amount_too_large: ({ action, availableMinor, currency }) =>
    bad(`amountInCents must not be greater than the ${money(availableMinor, currency)} that is left to ${action}`),
  amount_invalid: ({ fault }) =>
    bad([`amountInCents ${fault === 'too_large' ? 'is more than any payment can be' : 'must not be less than 1'}`]),
  currency_mismatch: ({ currency }) => bad([`currency must be ${currency.toUpperCase()}, the payment's own`]),
  not_supported: ({ why }) => bad(why),
  idempotency_key_mismatch: () =>
    bad('This Idempotency-Key was used with another request; use a new key for a new one'),
  idempotency_key_in_use: () => ({
    status: 409,
    message: 'The first request with this Idempotency-Key is still running; send the same request again in a moment',
    retryAfterSeconds: 1,
  }),
  too_many_endpoints: ({ maximum }) => bad(`There may be at most ${maximum} webhooks; delete one first`),
  url_not_allowed: ({ why }) => bad([`url is not allowed: ${why}`]),
  url_not_reachable: ({ why }) => bad([`url must answer a HEAD request: ${why}`]),
} satisfies Map<Refusal, 'refusal', RefusalCode>

const jsonTexts: Record<Extract<HttpProblem, { problem: 'malformed_json' }>['fault']['kind'], string> = {
  empty: 'the body is empty',
  invalid_utf8: 'the body is not UTF-8',
  syntax: 'unexpected text',
  duplicate_key: 'this key stands twice in its object',
  too_deep: 'the body is nested too deeply, or has too many values',
  number_range: 'this number is out of range',
}

const problems = {
  unauthorized: () => ({ status: 401, message: 'Unauthorized' }),
  publishable_key: () => ({
    status: 403,
    message: 'A public key may be used by the browser SDK only; send your private key as X-Inflow-Api-Key',
  }),
  merchant_not_active: () => ({ status: 403, message: 'This account is switched off; please contact support' }),
  scope_missing: ({ scope }) => ({ status: 403, message: `This key lacks the scope ${scope}` }),
  s2s_not_enabled: () => ({ status: 403, message: s2sText }),
  rate_limited: ({ retryAfterSeconds }) => ({
    status: 429,
    message: 'This key sends more requests than it may; wait as long as Retry-After says',
    retryAfterSeconds,
  }),
  overloaded: ({ nothingSent }) => ({
    status: 503,
    message: nothingSent
      ? 'The gateway is busy. Nothing was charged; send the request again in a moment'
      : 'The gateway is busy. Repeat the request with the same Idempotency-Key, or read the payment, to learn what became of it',
    retryAfterSeconds: 1,
  }),
  card_in_body: ({ vaultUrl }) =>
    bad([
      `card must not be sent to this host: send the same request to the card host, POST ${vaultUrl}/api/server/payment`,
    ]),
  body_too_large: ({ limitBytes }) => ({ status: 413, message: `The body is larger than ${limitBytes} bytes` }),
  unsupported_media_type: () => ({
    status: 415,
    message: 'Send the body as JSON, with Content-Type: application/json',
  }),
  malformed_json: ({ fault: { kind, position, path } }) =>
    bad(`The body is not valid JSON: ${jsonTexts[kind]} at position ${position}${path === '' ? '' : `, near ${path}`}`),
  body_not_an_object: () => bad('The body must be a JSON object'),
  malformed_request: () => bad('The request is not valid HTTP, or it came too slowly'),
  // Texts that are shared with other APIs end like sentences; those of this one do not.
  invalid: ({ faults }) => bad(faults.map(({ message }) => message.replace(/\.$/, ''))),
  route_not_found: () => missing('There is no such endpoint; check method and path'),
  internal: () => ({ status: 500, message: 'Internal server error' }),
} satisfies Map<HttpProblem, 'problem', HttpProblemName>

export function ofRefusal(refusal: Refusal): WireError {
  return (refusals[refusal.refusal] as (one: Refusal) => WireError)(refusal)
}

export function ofProblem(problem: HttpProblem): WireError {
  return (problems[problem.problem] as (one: HttpProblem) => WireError)(problem)
}

export function renderError({ status, message, retryAfterSeconds }: WireError): RenderedAnswer {
  return {
    status,
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    body: JSON.stringify({ statusCode: status, message, error: STATUS_CODES[status] }),
  }
}
