import { STATUS_CODES } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Refusal, RefusalCode } from '../../core/refusals.ts'
import { usd } from '../../core/testing/payments.ts'
import type { HttpProblem, HttpProblemName } from '../../http/problem.ts'
import { ofProblem, ofRefusal, renderError } from './errors.ts'

type Expected = [status: number, text: RegExp]

const refusals: { [K in RefusalCode]: [Extract<Refusal, { refusal: K }>, ...Expected] } = {
  not_found: [{ refusal: 'not_found', what: 'payment' }, 404, /^Payment not found$/],
  no_default_flow: [{ refusal: 'no_default_flow' }, 400, /default flow/],
  flow_not_active: [{ refusal: 'flow_not_active' }, 400, /switched off/],
  connector_not_found: [{ refusal: 'connector_not_found' }, 400, /does not exist/],
  connector_disabled: [{ refusal: 'connector_disabled' }, 400, /switched off/],
  unsupported_currency: [{ refusal: 'unsupported_currency', currency: 'jpy' }, 400, /^currency must be one of/],
  amount_below_minimum: [
    { refusal: 'amount_below_minimum', amountMinor: 199, minimumMinor: 200, currency: usd },
    400,
    /1\.99 USD \(199\).*2\.00 USD \(200\)/,
  ],
  amount_above_maximum: [
    { refusal: 'amount_above_maximum', maximumMinor: 99_999_999_999, currency: usd },
    400,
    /999999999\.99 USD/,
  ],
  unknown_country: [{ refusal: 'unknown_country', country: 'ZZ' }, 400, /^billingCountry must be/],
  postal_code_required: [{ refusal: 'postal_code_required', country: 'US' }, 400, /^postalCode should not be empty/],
  postal_code_invalid: [{ refusal: 'postal_code_invalid', country: 'US' }, 400, /^postalCode must be/],
  tax_id_required: [{ refusal: 'tax_id_required' }, 400, /^taxId should not be empty/],
  token_unknown: [{ refusal: 'token_unknown' }, 400, /send it again/],
  token_expired: [{ refusal: 'token_expired' }, 400, /send it again/],
  token_already_used: [{ refusal: 'token_already_used' }, 400, /send it again/],
  card_testing_suspected: [{ refusal: 'card_testing_suspected' }, 400, /nothing was charged/],
  payment_method_blocked: [{ refusal: 'payment_method_blocked' }, 400, /blocked/],
  no_saved_card: [{ refusal: 'no_saved_card' }, 400, /no saved card/],
  s2s_not_enabled: [{ refusal: 's2s_not_enabled' }, 403, /^Not authorized to create payment, server to server/],
  invalid_state: [{ refusal: 'invalid_state', action: 'confirm', state: 'failed', why: 'Over.' }, 400, /^Over\.$/],
  amount_too_large: [
    { refusal: 'amount_too_large', action: 'refund', availableMinor: 5, currency: usd },
    400,
    /0\.05 USD \(5\) that is left to refund/,
  ],
  amount_invalid: [{ refusal: 'amount_invalid', fault: 'zero', currency: usd }, 400, /^amountInCents must/],
  currency_mismatch: [{ refusal: 'currency_mismatch', currency: usd }, 400, /^currency must be USD/],
  not_supported: [{ refusal: 'not_supported', why: 'no' }, 400, /^no$/],
  idempotency_key_mismatch: [{ refusal: 'idempotency_key_mismatch' }, 400, /Idempotency-Key/],
  idempotency_key_in_use: [{ refusal: 'idempotency_key_in_use' }, 409, /still running/],
  too_many_endpoints: [{ refusal: 'too_many_endpoints', maximum: 5 }, 400, /at most 5/],
  url_not_allowed: [{ refusal: 'url_not_allowed', why: 'no' }, 400, /^url is not allowed: no$/],
  url_not_reachable: [{ refusal: 'url_not_reachable', why: 'no' }, 400, /^url must answer a HEAD request: no$/],
}

const problems: { [K in HttpProblemName]: [Extract<HttpProblem, { problem: K }>, ...Expected] } = {
  unauthorized: [{ problem: 'unauthorized', why: 'wrong_check_digits' }, 401, /^Unauthorized$/],
  publishable_key: [{ problem: 'publishable_key' }, 403, /public key/],
  merchant_not_active: [{ problem: 'merchant_not_active' }, 403, /switched off/],
  scope_missing: [{ problem: 'scope_missing', scope: 'payments:read' }, 403, /payments:read/],
  s2s_not_enabled: [{ problem: 's2s_not_enabled' }, 403, /^Not authorized to create payment/],
  rate_limited: [{ problem: 'rate_limited', retryAfterSeconds: 3 }, 429, /Retry-After/],
  overloaded: [{ problem: 'overloaded', nothingSent: false }, 503, /read the payment/],
  card_in_body: [
    { problem: 'card_in_body', vaultUrl: 'http://vault' },
    400,
    /^card must not .*http:\/\/vault\/api\/server\/payment/,
  ],
  body_too_large: [{ problem: 'body_too_large', limitBytes: 9 }, 413, /9 bytes/],
  unsupported_media_type: [{ problem: 'unsupported_media_type' }, 415, /application\/json/],
  malformed_json: [
    { problem: 'malformed_json', fault: { kind: 'syntax', position: 3, path: 'a' } },
    400,
    /position 3, near a/,
  ],
  body_not_an_object: [{ problem: 'body_not_an_object' }, 400, /object/],
  malformed_request: [{ problem: 'malformed_request' }, 400, /not valid HTTP/],
  invalid: [{ problem: 'invalid', faults: [{ param: 'a', message: 'a must be b' }] }, 400, /^a must be b$/],
  route_not_found: [{ problem: 'route_not_found' }, 404, /no such endpoint/],
  internal: [{ problem: 'internal' }, 500, /^Internal server error$/],
}

describe('an error', () => {
  const wired = [
    ...Object.values(refusals).map(([one, ...rest]) => [ofRefusal(one), ...rest] as const),
    ...Object.values(problems).map(([one, ...rest]) => [ofProblem(one), ...rest] as const),
  ]

  it('has the three fields of this API, whatever it is', () => {
    for (const [error, status, text] of wired) {
      const rendered = renderError(error)
      const body = JSON.parse(rendered.body)
      expect(Object.keys(body)).toEqual(['statusCode', 'message', 'error'])
      expect(rendered.status).toBe(status)
      expect(body.statusCode).toBe(status)
      expect(body.error).toBe(STATUS_CODES[status])
      expect([body.message].flat().join('\n')).toMatch(text)
    }
  })

  it('that asks to wait says how long', () => {
    const rendered = [
      ofRefusal({ refusal: 'idempotency_key_in_use' }),
      ofProblem({ problem: 'overloaded', nothingSent: true }),
    ]
    expect(rendered.map((error) => renderError(error).headers)).toEqual([
      { 'retry-after': '1' },
      { 'retry-after': '1' },
    ])
  })
})
