import { formatDecimal } from '../../core/money/amount.ts'
import { exponentOf } from '../../core/money/currencies.ts'
import type { Refusal, RefusalCode } from '../../core/refusals.ts'
import type { RenderedAnswer } from '../../http/dialect.ts'
import type { Fault, HttpProblem, HttpProblemName } from '../../http/problem.ts'
import { catalogue, type ErrorCode } from './catalogue.ts'

/** An error before it is written: everything else follows from its code. */
export interface WireError {
  code: ErrorCode
  message: string
  param?: string
  details?: readonly { param: string; message: string }[]
  retryAfterSeconds?: number
}

type Map<Union, Tag extends keyof Union, Name extends Union[Tag] & string> = {
  [K in Name]: (one: Extract<Union, Record<Tag, K>>) => WireError
}

const money = (amountMinor: number, currency: Parameters<typeof formatDecimal>[1]) =>
  `${formatDecimal(amountMinor, currency)} ${currency.toUpperCase()}`

/** The same words for what is missing, another merchant's, or of the other mode. */
const missingTexts = {
  payment: 'There is no such payment. Check the id, and that the key is of the same mode (test or live).',
  payment_method: 'There is no such payment method. Check the id, and that the key is of the same mode (test or live).',
  payment_link: 'There is no such payment link. Check the id, and that the key is of the same mode (test or live).',
  flow: 'There is no flow with this flow_id. Leave it out to use your default flow.',
  webhook_endpoint:
    'There is no such webhook endpoint. Check the id, and that the key is of the same mode (test or live).',
  event: 'There is no such event. Events are kept for 30 days; check the id, and that the key is of the same mode.',
}

const s2sText = 'Server-to-server payments are not enabled for this merchant. Ask the operator of this installation.'

const refusals = {
  not_found: ({ what }) =>
    what === 'flow'
      ? { code: 'flow_not_found', message: missingTexts.flow, param: 'flow_id' }
      : { code: 'not_found', message: missingTexts[what] },
  no_default_flow: () => ({
    code: 'no_default_flow',
    message: 'You have no default flow in this mode. Send a flow_id, or make one of your flows the default.',
  }),
  flow_not_active: () => ({ code: 'flow_not_active', message: 'This flow is switched off.', param: 'flow_id' }),
  connector_not_found: () => ({
    code: 'connector_config_not_found',
    message: "The flow's acquirer connection does not exist.",
  }),
  connector_disabled: () => ({
    code: 'connector_config_disabled',
    message: "The connection to the flow's acquirer is switched off.",
  }),
  unsupported_currency: () => ({
    code: 'unsupported_currency',
    message: 'This currency cannot be charged. Send an ISO 4217 code that your flow supports, such as usd.',
    param: 'currency',
  }),
  amount_below_minimum: ({ minimumMinor, currency }) => ({
    code: 'amount_below_minimum',
    message: `amount must be at least ${money(minimumMinor, currency)}.`,
    param: 'amount',
  }),
  amount_above_maximum: ({ maximumMinor, currency }) => ({
    code: 'amount_above_maximum',
    message: `amount must be at most ${money(maximumMinor, currency)}.`,
    param: 'amount',
  }),
  token_unknown: () => ({
    code: 'validation_error',
    message: 'token is not known. Send the id of a token that was created with a publishable key of the same mode.',
    param: 'token',
  }),
  token_expired: () => ({
    code: 'payment_token_expired',
    message: 'This token is older than 30 minutes. Create a new one.',
    param: 'token',
  }),
  token_already_used: () => ({
    code: 'payment_token_already_used',
    message: 'This token was used already. Create a new one for each attempt.',
    param: 'token',
  }),
  card_testing_suspected: () => ({
    code: 'card_limit_exceeded',
    message: 'Too many payments with cards like this one. Nothing was charged; ask the shopper for another card.',
    param: 'token',
  }),
  payment_method_blocked: () => ({
    code: 'invalid_state',
    message: 'This card is blocked. Unblock it, or use another one.',
    param: 'payment_method_id',
  }),
  no_saved_card: () => ({
    code: 'invalid_state',
    message: 'This customer has no saved card. Send a token, with save_card to keep the card.',
    param: 'customer_id',
  }),
  s2s_not_enabled: () => ({ code: 'forbidden', message: s2sText }),
  unknown_country: () => ({ code: 'validation_error', message: 'The country is not an ISO 3166-1 alpha-2 code.' }),
  postal_code_required: ({ country }) => ({
    code: 'validation_error',
    message: `A postal code is required in ${country}: it decides about tax.`,
  }),
  postal_code_invalid: ({ country }) => ({
    code: 'validation_error',
    message: `This is not a postal code of ${country}.`,
  }),
  tax_id_required: () => ({ code: 'validation_error', message: 'A tax id is required of a business.' }),
  invalid_state: ({ why }) => ({ code: 'invalid_status', message: why }),
  amount_too_large: ({ action, availableMinor, currency }) => ({
    code: 'invalid_amount',
    message: `amount is more than the ${money(availableMinor, currency)} that is left to ${action}.`,
    param: 'amount',
  }),
  amount_invalid: ({ fault, currency }) => ({
    code: 'invalid_amount',
    message: `amount ${amountFaults[fault](currency)}`,
    param: 'amount',
  }),
  currency_mismatch: ({ currency }) => ({
    code: 'validation_error',
    message: `currency must be ${currency}, the payment's own. Leave it out, or send that.`,
    param: 'currency',
  }),
  not_supported: ({ why }) => ({ code: 'not_supported', message: sentence(why) }),
  idempotency_key_mismatch: () => ({
    code: 'idempotency_key_mismatch',
    message: 'This Idempotency-Key was used with another request. Use a new key for a new request.',
  }),
  idempotency_key_in_use: () => ({
    code: 'idempotency_key_in_use',
    message: 'The first request with this Idempotency-Key is still running. Send the same request again in a moment.',
    retryAfterSeconds: 1,
  }),
  too_many_endpoints: ({ maximum }) => ({
    code: 'validation_error',
    message: `There may be at most ${maximum} webhook endpoints. Delete one first.`,
  }),
  url_not_reachable: ({ why }) => ({ code: 'validation_error', message: sentence(why), param: 'url' }),
  url_not_allowed: ({ why }) => ({ code: 'validation_error', message: sentence(why), param: 'url' }),
} satisfies Map<Refusal, 'refusal', RefusalCode>

/** Why an amount cannot be read, after the word `amount`. */
export const amountFaults = {
  not_a_decimal: () => 'must be a number or a decimal string in major units, such as 17.62.',
  negative: () => 'must be greater than zero.',
  zero: () => 'must be greater than zero.',
  too_many_decimals: (currency: Parameters<typeof exponentOf>[0]) => {
    const decimals = exponentOf(currency)
    const most = decimals === 0 ? 'no decimals' : `at most ${decimals} decimals`
    return `must have ${most}, as ${currency.toUpperCase()} has.`
  },
  too_large: () => 'is larger than any payment can be.',
}

const keyTexts = {
  no_key: 'Send your secret key as "Authorization: Bearer tsk_…".',
  not_a_key:
    'This is not an API key. A secret key begins with tsk_test_ or tsk_live_; send it as "Authorization: Bearer tsk_…".',
  wrong_check_digits: 'This key was mistyped or cut: its last characters do not fit the rest. Copy it again, whole.',
  unknown_key:
    'This key is not valid here: it is unknown, revoked or expired. Use a current secret key of this installation.',
}

const jsonTexts = {
  empty: 'the body is empty',
  invalid_utf8: 'the body is not UTF-8',
  syntax: 'unexpected text',
  duplicate_key: 'this key stands twice in its object',
  too_deep: 'the body is nested too deeply, or has too many values',
  number_range: 'this number is out of range',
}

const invalidBody = (message: string): WireError => ({ code: 'validation_error', message })

const problems = {
  unauthorized: ({ why }) => ({ code: 'unauthorized', message: keyTexts[why] }),
  publishable_key: () => ({
    code: 'forbidden',
    message: 'A publishable key can create tokens at the vault, nothing else. Use a secret key, from your server only.',
  }),
  merchant_not_active: () => ({
    code: 'merchant_not_active',
    message: 'This merchant is switched off. Ask the operator of this installation.',
  }),
  scope_missing: ({ scope }) => ({
    code: 'forbidden',
    message: `This key lacks the scope ${scope}. Use a key that has it.`,
  }),
  s2s_not_enabled: () => ({
    code: 'forbidden',
    message: s2sText,
  }),
  rate_limited: ({ retryAfterSeconds }) => ({
    code: 'rate_limited',
    message: 'This key sends more requests than it may. Wait as long as Retry-After says.',
    retryAfterSeconds,
  }),
  overloaded: ({ nothingSent }) => ({
    code: 'overloaded',
    message: nothingSent
      ? 'The gateway is busy. Nothing was charged. Send the request again in a moment.'
      : 'The gateway is busy. Repeat the request with the same Idempotency-Key, or read the payment, to learn what became of it.',
    retryAfterSeconds: 1,
  }),
  card_in_body: ({ vaultUrl }) => ({
    code: 'validation_error',
    message: `Card data must not be sent to this host. Send it to the vault, POST ${vaultUrl}/v1/tokens, and pay with the token that you get. The body was discarded unread.`,
    param: 'card',
  }),
  body_too_large: ({ limitBytes }) => ({
    code: 'body_too_large',
    message: `The body is larger than ${limitBytes} bytes.`,
  }),
  unsupported_media_type: () => ({
    code: 'unsupported_media_type',
    message: 'Send the body as JSON, with "Content-Type: application/json".',
  }),
  malformed_json: ({ fault: { kind, position, path } }) =>
    invalidBody(
      `The body is not valid JSON: ${jsonTexts[kind]} at position ${position}${path === '' ? '' : `, near ${path}`}.`,
    ),
  body_not_an_object: () => invalidBody('The body must be a JSON object.'),
  malformed_request: () => invalidBody('The request is not valid HTTP, or it came too slowly.'),
  invalid: ({ faults }) => ofFaults(faults),
  route_not_found: () => ({
    code: 'not_found',
    message: 'There is no such endpoint. Check method and path; tokens are created at the vault.',
  }),
  internal: () => ({
    code: 'internal_error',
    message:
      'Something failed on our side. Repeat the request with the same Idempotency-Key, or read the payment, to learn what became of it.',
  }),
} satisfies Map<HttpProblem, 'problem', HttpProblemName>

function ofFaults(faults: readonly Fault[]): WireError {
  const [first, ...others] = faults
  if (first === undefined) throw new Error('an invalid body without a fault')
  const details = faults.map(({ param, message }) => ({ param, message }))
  if (others.length === 0) {
    const code = (first.code ?? 'validation_error') as ErrorCode
    return { code, message: first.message, param: first.param, details }
  }
  const message = `${faults.length} fields are not valid: ${faults.map(({ param }) => param).join(', ')}.`
  return { code: 'validation_error', message, param: first.param, details }
}

export function ofRefusal(refusal: Refusal): WireError {
  return (refusals[refusal.refusal] as (one: Refusal) => WireError)(refusal)
}

export function ofProblem(problem: HttpProblem): WireError {
  return (problems[problem.problem] as (one: HttpProblem) => WireError)(problem)
}

/** `docs` is the address of the error page. */
export function renderError(error: WireError, requestId: string, docs: string): RenderedAnswer {
  const { code, message, param, details, retryAfterSeconds } = error
  const { status, type } = catalogue[code]
  return {
    status,
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    body: JSON.stringify({
      error: { type, code, message, param, details, request_id: requestId, doc_url: `${docs}#${code}` },
    }),
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}
