import { describe, expect, it } from 'vitest'
import type { Currency } from '../../core/money/currencies.ts'
import { declineCodes } from '../../core/payments/failure.ts'
import type { Refusal, RefusalCode } from '../../core/refusals.ts'
import type { HttpProblem, HttpProblemName } from '../../http/problem.ts'
import { catalogue, type ErrorCode, errorCodes } from './catalogue.ts'
import { errorPageMarkdown } from './error-page.ts'
import { ofProblem, ofRefusal, renderError } from './errors.ts'
import { wireDeclineCodes } from './present-failure.ts'
import { createTestApi, publicUrl } from './testing/test-api.ts'

const usd = 'usd' as Currency

/** The contract's table of statuses and codes. */
const statusesOfCodes: Record<number, string> = {
  400:
    'validation_error invalid_amount amount_below_minimum amount_above_maximum unsupported_currency payment_failed ' +
    'invalid_status invalid_state invalid_transaction not_supported capture_failed refund_failed card_limit_exceeded ' +
    'email_limit_exceeded recurring_not_supported tokenization_failed payment_token_expired payment_token_already_used ' +
    'flow_not_active connector_config_disabled idempotency_key_mismatch',
  401: 'unauthorized',
  403: 'merchant_not_active forbidden',
  404: 'not_found flow_not_found no_default_flow connector_config_not_found',
  409: 'idempotency_key_in_use',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited challenge_required',
  500: 'internal_error',
  503: 'overloaded',
}

const refusals: { [K in RefusalCode]: [Extract<Refusal, { refusal: K }>, ErrorCode, string?] } = {
  not_found: [{ refusal: 'not_found', what: 'payment' }, 'not_found'],
  no_default_flow: [{ refusal: 'no_default_flow' }, 'no_default_flow'],
  flow_not_active: [{ refusal: 'flow_not_active' }, 'flow_not_active', 'flow_id'],
  connector_not_found: [{ refusal: 'connector_not_found' }, 'connector_config_not_found'],
  connector_disabled: [{ refusal: 'connector_disabled' }, 'connector_config_disabled'],
  unsupported_currency: [{ refusal: 'unsupported_currency', currency: 'xyz' }, 'unsupported_currency', 'currency'],
  amount_below_minimum: [
    { refusal: 'amount_below_minimum', amountMinor: 100, minimumMinor: 200, currency: usd },
    'amount_below_minimum',
    'amount',
  ],
  amount_above_maximum: [
    { refusal: 'amount_above_maximum', maximumMinor: 200, currency: usd },
    'amount_above_maximum',
    'amount',
  ],
  token_unknown: [{ refusal: 'token_unknown' }, 'validation_error', 'token'],
  token_expired: [{ refusal: 'token_expired' }, 'payment_token_expired', 'token'],
  token_already_used: [{ refusal: 'token_already_used' }, 'payment_token_already_used', 'token'],
  card_testing_suspected: [{ refusal: 'card_testing_suspected' }, 'card_limit_exceeded', 'token'],
  payment_method_blocked: [{ refusal: 'payment_method_blocked' }, 'invalid_state', 'payment_method_id'],
  no_saved_card: [{ refusal: 'no_saved_card' }, 'invalid_state', 'customer_id'],
  s2s_not_enabled: [{ refusal: 's2s_not_enabled' }, 'forbidden'],
  unknown_country: [{ refusal: 'unknown_country', country: 'ZZ' }, 'validation_error'],
  postal_code_required: [{ refusal: 'postal_code_required', country: 'US' }, 'validation_error'],
  postal_code_invalid: [{ refusal: 'postal_code_invalid', country: 'US' }, 'validation_error'],
  tax_id_required: [{ refusal: 'tax_id_required' }, 'validation_error'],
  invalid_state: [{ refusal: 'invalid_state', action: 'void', state: 'failed', why: 'Over.' }, 'invalid_status'],
  amount_too_large: [
    { refusal: 'amount_too_large', action: 'refund', availableMinor: 1, currency: usd },
    'invalid_amount',
    'amount',
  ],
  amount_invalid: [
    { refusal: 'amount_invalid', fault: 'too_many_decimals', currency: usd },
    'invalid_amount',
    'amount',
  ],
  currency_mismatch: [{ refusal: 'currency_mismatch', currency: usd }, 'validation_error', 'currency'],
  not_supported: [{ refusal: 'not_supported', why: 'no' }, 'not_supported'],
  idempotency_key_mismatch: [{ refusal: 'idempotency_key_mismatch' }, 'idempotency_key_mismatch'],
  idempotency_key_in_use: [{ refusal: 'idempotency_key_in_use' }, 'idempotency_key_in_use'],
  too_many_endpoints: [{ refusal: 'too_many_endpoints', maximum: 16 }, 'validation_error'],
  url_not_reachable: [{ refusal: 'url_not_reachable', why: 'no answer within 5 s' }, 'validation_error', 'url'],
  url_not_allowed: [{ refusal: 'url_not_allowed', why: 'no' }, 'validation_error', 'url'],
}

const problems: { [K in HttpProblemName]: [Extract<HttpProblem, { problem: K }>, ErrorCode] } = {
  unauthorized: [{ problem: 'unauthorized', why: 'no_key' }, 'unauthorized'],
  publishable_key: [{ problem: 'publishable_key' }, 'forbidden'],
  merchant_not_active: [{ problem: 'merchant_not_active' }, 'merchant_not_active'],
  scope_missing: [{ problem: 'scope_missing', scope: 'x' }, 'forbidden'],
  s2s_not_enabled: [{ problem: 's2s_not_enabled' }, 'forbidden'],
  rate_limited: [{ problem: 'rate_limited', retryAfterSeconds: 3 }, 'rate_limited'],
  overloaded: [{ problem: 'overloaded', nothingSent: false }, 'overloaded'],
  card_in_body: [{ problem: 'card_in_body', vaultUrl: 'https://vault.test' }, 'validation_error'],
  body_too_large: [{ problem: 'body_too_large', limitBytes: 65_536 }, 'body_too_large'],
  unsupported_media_type: [{ problem: 'unsupported_media_type' }, 'unsupported_media_type'],
  malformed_json: [
    { problem: 'malformed_json', fault: { kind: 'duplicate_key', position: 7, path: 'a.b' } },
    'validation_error',
  ],
  body_not_an_object: [{ problem: 'body_not_an_object' }, 'validation_error'],
  malformed_request: [{ problem: 'malformed_request' }, 'validation_error'],
  invalid: [{ problem: 'invalid', faults: [{ param: 'a', message: 'a is required.' }] }, 'validation_error'],
  route_not_found: [{ problem: 'route_not_found' }, 'not_found'],
  internal: [{ problem: 'internal' }, 'internal_error'],
}

describe('errors', () => {
  it('have the codes and statuses of the contract, all of them and no others', () => {
    const expected = Object.entries(statusesOfCodes).flatMap(([status, codes]) =>
      codes.split(' ').map((code) => [code, Number(status)]),
    )
    const actual = errorCodes.map((code) => [code, catalogue[code].status])
    expect(new Map(actual as never)).toEqual(new Map(expected as never))
  })

  it('answer every refusal of the engine', () => {
    for (const [refusal, code, param] of Object.values(refusals)) {
      const error = ofRefusal(refusal)
      expect([error.code, error.param]).toEqual([code, param])
      expect(error.message).toMatch(/[A-Za-z].*\.$/)
    }
    expect(ofRefusal({ refusal: 'not_found', what: 'flow' })).toMatchObject({
      code: 'flow_not_found',
      param: 'flow_id',
    })
  })

  it('answer everything that the edge refuses', () => {
    for (const [problem, code] of Object.values(problems)) expect(ofProblem(problem).code).toBe(code)
    expect(ofProblem(problems.malformed_json[0]).message).toContain(
      'stands twice in its object at position 7, near a.b',
    )
    expect(ofProblem(problems.card_in_body[0])).toMatchObject({
      param: 'card',
      message: expect.stringContaining('https://vault.test/v1/tokens'),
    })
  })

  it('say that nothing was charged only where that is known', () => {
    expect(ofProblem({ problem: 'overloaded', nothingSent: true }).message).toContain('Nothing was charged')
    expect(ofProblem({ problem: 'overloaded', nothingSent: false }).message).not.toContain('Nothing was charged')
    expect(ofProblem({ problem: 'internal' }).message).not.toContain('Nothing was charged')
  })

  it('have the shape of the contract', () => {
    const fault = { param: 'amount', message: 'amount is required.' }
    const answer = renderError(ofProblem({ problem: 'invalid', faults: [fault] }), 'rq_1', 'https://g/docs/errors')
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        type: 'invalid_request_error',
        code: 'validation_error',
        message: 'amount is required.',
        param: 'amount',
        details: [fault],
        request_id: 'rq_1',
        doc_url: 'https://g/docs/errors#validation_error',
      },
    })
  })

  it('say when to come back', () => {
    const retryAfter = (problem: HttpProblem) => renderError(ofProblem(problem), 'rq', '').headers['retry-after']
    expect(retryAfter({ problem: 'rate_limited', retryAfterSeconds: 3 })).toBe('3')
    expect(retryAfter({ problem: 'overloaded', nothingSent: true })).toBe('1')
    expect(renderError(ofRefusal({ refusal: 'idempotency_key_in_use' }), 'rq', '').headers['retry-after']).toBe('1')
  })
})

describe('the error page', () => {
  it('explains every code, under the address that doc_url names', async () => {
    const api = createTestApi()
    const refused = await api.post('/v1/payments', {})
    const { pathname } = new URL(refused.json.error.doc_url)
    expect(refused.json.error.doc_url.startsWith(publicUrl)).toBe(true)
    const page = await api.get(pathname, { key: null })
    expect(page.status).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    const markdown = errorPageMarkdown()
    for (const code of [...errorCodes, ...declineCodes.map((each) => wireDeclineCodes[each])]) {
      expect(page.text.split(`id="${code}"`), code).toHaveLength(2)
      expect(markdown, code).toContain(`\`${code}\``)
    }
  })

  it('runs nothing and loads nothing', async () => {
    const page = await createTestApi().get('/docs/errors', { key: null })
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/)
    expect(page.text).not.toMatch(/<script|src=|href=/)
  })
})
