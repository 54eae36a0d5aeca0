import type { TokenOutcome, TokenRefusal } from '@tessera/contracts/token-request'
import type { CardFace, CreatedToken, TesseraError } from './public-api.ts'

export function tesseraError(refusal: Partial<TokenRefusal> & { code: string; message: string }): TesseraError {
  const { message, code, type = 'invalid_request_error', param = null, requestId = null } = refusal
  return Object.assign(new Error(message), { name: 'TesseraError' as const, code, type, param, requestId })
}

/** Throws what was refused. */
export function createdToken(outcome: TokenOutcome): CreatedToken {
  if ('refusal' in outcome) throw tesseraError(outcome.refusal)
  return { token: outcome.token, card: outcome.card as CardFace }
}
