import { QueueDeadlinePassed, QueueFull } from '@tessera/lib/batcher'
import { BodyTooLarge, RequestAborted } from '@tessera/lib/http-server'
import { isConnectionLoss, isSerializationFailure, isShortage } from '@tessera/lib/postgres-errors'
import { type HttpProblem, RequestRefused } from './problem.ts'

/** What anything that was thrown means to the caller. `internal` is whatever nobody foresaw. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof RequestRefused) return error.problem
  if (error instanceof BodyTooLarge) return { problem: 'body_too_large', limitBytes: error.limitBytes }
  if (error instanceof RequestAborted) return { problem: 'malformed_request' }
  // The engine asks the vault for the card before it records anything; a vault that does not answer then has sent nothing.
  if (nameOf(error) === 'VaultUnavailable') return { problem: 'overloaded', nothingSent: true }
  if (isShortOfMeans(error)) return { problem: 'overloaded', nothingSent: false }
  return ofFramework(error)
}

/** The database is away or too busy. The request may have been recorded and sent before that, so nothing is claimed. */
function isShortOfMeans(error: unknown): boolean {
  if (error instanceof QueueFull || error instanceof QueueDeadlinePassed) return true
  return isConnectionLoss(error) || isSerializationFailure(error) || isShortage(error)
}

/** Recognised by name: http knows the types of core, not its values. */
function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined
}

const frameworkProblems: Readonly<Record<string, HttpProblem>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { problem: 'unsupported_media_type' },
  FST_ERR_BAD_URL: { problem: 'route_not_found' },
  FST_ERR_MAX_PARAM_LENGTH: { problem: 'route_not_found' },
  FST_ERR_NOT_FOUND: { problem: 'route_not_found' },
}

function ofFramework(error: unknown): HttpProblem {
  const code = (error as { code?: unknown } | null)?.code
  return (typeof code === 'string' ? frameworkProblems[code] : undefined) ?? { problem: 'internal' }
}
