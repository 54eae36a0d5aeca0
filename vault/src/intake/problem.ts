import type { TokenChallenge } from '@tessera/contracts/token-challenge'

/** Everything that `POST /v1/tokens` says no with, as contracts/v1.md lists it. */
export type ProblemCode =
  | 'validation_error'
  | 'tokenization_failed'
  | 'unauthorized'
  | 'forbidden'
  | 'merchant_not_active'
  | 'not_found'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'challenge_required'
  | 'overloaded'
  | 'internal_error'

export interface Problem {
  code: ProblemCode
  message: string
  param?: string
  details?: readonly { param: string; message: string }[]
  retryAfterSeconds?: number
  challenge?: TokenChallenge
}

const catalogue: Readonly<Record<ProblemCode, { status: number; type: string }>> = {
  validation_error: { status: 400, type: 'invalid_request_error' },
  tokenization_failed: { status: 400, type: 'invalid_request_error' },
  unauthorized: { status: 401, type: 'authentication_error' },
  forbidden: { status: 403, type: 'authentication_error' },
  merchant_not_active: { status: 403, type: 'authentication_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  body_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  rate_limited: { status: 429, type: 'api_error' },
  challenge_required: { status: 429, type: 'invalid_request_error' },
  overloaded: { status: 503, type: 'api_error' },
  internal_error: { status: 500, type: 'api_error' },
}

export function statusOf(code: ProblemCode): number {
  return catalogue[code].status
}

/** `docs` is the address of the page that explains the codes. */
export function renderProblem(problem: Problem, requestId: string, docs: string): string {
  const { code, message, param, details, challenge } = problem
  const { type } = catalogue[code]
  return JSON.stringify({
    error: { type, code, message, param, details, request_id: requestId, doc_url: `${docs}#${code}`, challenge },
  })
}

/** What is no HTTP, has too long a header, takes too long, or names no host. */
export const notARequest: Problem = {
  code: 'validation_error',
  message: 'This is not a complete and valid HTTP request.',
}

/** All faults at once; the first one names the parameter. */
export function faultsProblem(faults: readonly { param: string; message: string }[]): Problem {
  const [first] = faults
  const text = first === undefined ? 'is not valid' : `${first.param} ${first.message}`
  const message =
    faults.length > 1
      ? `${faults.length} fields are not valid: ${faults.map((each) => each.param).join(', ')}.`
      : `${text}.`
  return { code: 'validation_error', message, param: first?.param, details: faults }
}
