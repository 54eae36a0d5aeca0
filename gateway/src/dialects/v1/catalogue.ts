/**
 * Every error code of this API: one source for the answers' statuses and types, the error page, the Markdown page and the
 * OpenAPI document. Codes never change their meaning; texts may.
 */
export type ErrorType = 'authentication_error' | 'invalid_request_error' | 'payment_error' | 'api_error'

export interface CatalogueEntry {
  status: number
  type: ErrorType
  when: string
  /** What the caller should do. */
  remedy: string
}

const entry = (status: number, type: ErrorType, when: string, remedy: string): CatalogueEntry => ({
  status,
  type,
  when,
  remedy,
})
const invalid = (when: string, remedy: string, status = 400): CatalogueEntry =>
  entry(status, 'invalid_request_error', when, remedy)
const denied = (status: number, when: string, remedy: string): CatalogueEntry =>
  entry(status, 'authentication_error', when, remedy)
const failed = (when: string, remedy: string): CatalogueEntry => entry(400, 'payment_error', when, remedy)
const ours = (status: number, when: string, remedy: string): CatalogueEntry => entry(status, 'api_error', when, remedy)

export const catalogue = {
  validation_error: invalid(
    'The request is malformed, or fields of it are. `details` lists every fault, `param` names the field.',
    'Correct the named fields and send the request again.',
  ),
  invalid_amount: invalid(
    'The amount is not a number, is zero or negative, has more decimals than its currency, or is more than what is left to capture or refund.',
    'Send the amount in major units, such as 17.62 for USD 17.62 or 1000 for JPY 1000.',
  ),
  amount_below_minimum: invalid(
    'The amount is smaller than the smallest that may be charged in this currency.',
    'Charge at least the minimum that the message names.',
  ),
  amount_above_maximum: invalid(
    'The amount is larger than the largest that may be charged.',
    'Charge at most the maximum that the message names, or split the payment.',
  ),
  unsupported_currency: invalid(
    'The currency is no ISO 4217 code in use, or the flow cannot charge it.',
    'Send a three-letter ISO 4217 code, such as `usd`.',
  ),
  payment_failed: failed(
    'The payment did not come about, for a reason other than a decline.',
    'Read the message. Nothing was charged; a new payment may be made.',
  ),
  invalid_status: invalid(
    'The payment is in a state that does not allow this: a capture of what is not authorized, a void of what is captured, a refund of what is not captured.',
    'Read the payment and choose the call that fits its status.',
  ),
  invalid_state: invalid(
    'The object cannot be used as it is, such as a blocked card.',
    'Unblock the card, or use another one.',
  ),
  invalid_transaction: failed(
    'The acquirer does not accept this kind of transaction.',
    'Ask your acquirer whether your account allows it.',
  ),
  not_supported: invalid(
    'The request asks for something that this installation or its acquirer does not offer.',
    'Leave the field out, or use another value.',
  ),
  capture_failed: failed(
    'The acquirer refused the capture. Nothing was captured.',
    'Read the payment; void it, or capture again when the message says that it may pass later.',
  ),
  refund_failed: failed(
    'The acquirer refused the refund. Nothing was refunded.',
    'Try again later, or repay the shopper in another way.',
  ),
  card_limit_exceeded: failed('Too many payments with this card in a short time.', 'Wait, then try again.'),
  email_limit_exceeded: failed('Too many payments with this e-mail address in a short time.', 'Wait, then try again.'),
  recurring_not_supported: invalid(
    'The acquirer or this card cannot be charged again without the shopper.',
    'Ask the shopper to pay with a card in hand.',
  ),
  tokenization_failed: invalid(
    'The card could not be turned into a token.',
    'Check that the card fields are complete and send them to the vault again.',
  ),
  payment_token_expired: invalid(
    'The token is older than 30 minutes.',
    'Ask the shopper for the card again and create a new token.',
  ),
  payment_token_already_used: invalid(
    'The token was used by another payment attempt, whether that was approved or declined.',
    'Create a new token for each attempt. To repeat a request safely, send the same Idempotency-Key.',
  ),
  flow_not_active: invalid('The flow is switched off.', 'Use another flow_id, or switch the flow on.'),
  connector_config_disabled: invalid(
    "The connection to the flow's acquirer is switched off.",
    'Switch it on, or use a flow with another acquirer.',
  ),
  idempotency_key_mismatch: invalid(
    'This Idempotency-Key was used with another request.',
    'Use a new key for each new request, and the same key only to repeat the very same one.',
  ),
  unauthorized: denied(
    401,
    'The key is missing, malformed, unknown, revoked or expired.',
    'Send `Authorization: Bearer tsk_…` with a secret key of this installation.',
  ),
  merchant_not_active: denied(
    403,
    'The merchant of this key is switched off.',
    'Ask the operator of the installation.',
  ),
  forbidden: denied(
    403,
    'The key is valid but may not do this: a publishable key creates tokens only, a secret key does what its scopes allow.',
    'Use a secret key with the scope that the message names.',
  ),
  not_found: invalid(
    'There is no such object: the id is wrong, or it belongs to another merchant or to the other mode.',
    'Check the id and that the key is of the same mode, test or live.',
    404,
  ),
  flow_not_found: invalid('There is no flow with this flow_id.', 'Leave flow_id out to use the default flow.', 404),
  no_default_flow: invalid(
    'The merchant has no default flow in this mode.',
    'Send a flow_id, or make one flow the default.',
    404,
  ),
  connector_config_not_found: invalid(
    "The flow's acquirer connection does not exist.",
    'Give the flow a connection that exists.',
    404,
  ),
  idempotency_key_in_use: invalid(
    'The first request with this Idempotency-Key is still running.',
    'Wait as long as `Retry-After` says, then send the same request again.',
    409,
  ),
  body_too_large: invalid('The body is larger than 64 KB.', 'Send less; keep large data on your side.', 413),
  unsupported_media_type: invalid('The body is not JSON.', 'Send `Content-Type: application/json` and UTF-8.', 415),
  rate_limited: ours(
    429,
    'This key sends more requests than it may.',
    'Wait as long as `Retry-After` says; spread requests over time.',
  ),
  challenge_required: invalid(
    'The vault suspects card testing and asks for a proof of work before it makes this token.',
    'Use the browser SDK, which answers by itself; or solve `challenge` and repeat the request with `Tessera-Challenge-Answer`.',
    429,
  ),
  overloaded: ours(
    503,
    'The gateway, its database or its vault is too busy or away.',
    'Wait as long as `Retry-After` says, then repeat the request with the same Idempotency-Key.',
  ),
  internal_error: ours(
    500,
    'Something failed on our side.',
    'Read the payment before trying again, or repeat the request with the same Idempotency-Key. Tell the operator the request_id.',
  ),
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof catalogue
export const errorCodes = Object.keys(catalogue) as ErrorCode[]
