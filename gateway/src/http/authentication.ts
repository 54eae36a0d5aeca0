import type { Caller, MerchantDirectory } from '../core/merchants/merchant.ts'
import { apiKeyHash, readApiKey } from './api-key.ts'
import type { Access } from './dialect.ts'
import type { HttpProblem } from './problem.ts'

export type Authentication = { caller: Caller; problem: null } | { caller: null; problem: HttpProblem }

const refused = (problem: HttpProblem): Authentication => ({ caller: null, problem })

/** Who is calling, and whether that key may use this route. */
export function authenticate(
  directory: MerchantDirectory,
  keyText: string | undefined,
  access: Access,
  nowMs: number,
): Authentication {
  if (keyText === undefined || keyText === '') return refused({ problem: 'unauthorized', why: 'no_key' })
  const reading = readApiKey(keyText)
  if (!reading.ok) return refused({ problem: 'unauthorized', why: reading.why })
  const caller = directory.findCaller(apiKeyHash(reading.key.canonical), nowMs)
  if (caller === undefined) return refused({ problem: 'unauthorized', why: 'unknown_key' })
  if (caller.kind !== 'secret') return refused({ problem: 'publishable_key' })
  if (caller.merchant.status !== 'active') return refused({ problem: 'merchant_not_active' })
  if (!caller.scopes.includes('*') && !caller.scopes.includes(access)) {
    return refused({ problem: 'scope_missing', scope: access })
  }
  return { caller, problem: null }
}

/** The key in `Authorization: Bearer …`; undefined when there is none of that kind. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1]
}
