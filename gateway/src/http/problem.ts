import type { JsonFault } from '@tessera/lib/strict-json'

/** One thing wrong with one field. The text begins with the field's name. */
export interface Fault {
  param: string
  message: string
  /** A dialect's own error code, used when this is the only fault. */
  code?: string
}

/** What the HTTP edge says no with, before or instead of a use case. Each dialect renders all of them, totally. */
export type HttpProblem =
  | { problem: 'unauthorized'; why: 'no_key' | 'not_a_key' | 'wrong_check_digits' | 'unknown_key' }
  | { problem: 'publishable_key' }
  | { problem: 'merchant_not_active' }
  | { problem: 'scope_missing'; scope: string }
  | { problem: 's2s_not_enabled' }
  | { problem: 'rate_limited'; retryAfterSeconds: number }
  /** `nothingSent`: it is known that nothing was charged; otherwise a text must not claim it. */
  | { problem: 'overloaded'; nothingSent: boolean }
  | { problem: 'card_in_body'; vaultUrl: string }
  | { problem: 'body_too_large'; limitBytes: number }
  | { problem: 'unsupported_media_type' }
  | { problem: 'malformed_json'; fault: JsonFault }
  | { problem: 'body_not_an_object' }
  | { problem: 'malformed_request' }
  | { problem: 'invalid'; faults: readonly Fault[] }
  | { problem: 'route_not_found' }
  | { problem: 'internal' }

export type HttpProblemName = HttpProblem['problem']

/** Thrown by hooks and handlers to end a request; the server renders it in the words of the request's dialect. */
export class RequestRefused extends Error {
  override name = 'RequestRefused'
  readonly problem: HttpProblem

  constructor(problem: HttpProblem) {
    super(problem.problem)
    this.problem = problem
  }
}
