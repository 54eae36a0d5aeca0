import { challengeAnswerHeader, challengeRequiredCode, type TokenChallenge } from './token-challenge.ts'

/**
 * `POST /v1/tokens` as browsers ask it: the SDK for cards that a page read itself, the card fields for what was typed into
 * them. Both need the same errors out of it.
 */
export interface TokenCard {
  number: string
  exp_month: number
  exp_year: number
  cvc?: string
  cardholder_name?: string
}

/** What went wrong, as plain data: it crosses from the frame to the page. */
export interface TokenRefusal {
  code: string
  type: string
  message: string
  param: string | null
  requestId: string | null
}

export interface TokenCardFace {
  bin: string
  last4: string
  brand: string
  exp_month: number
  exp_year: number
}

export type TokenOutcome = { token: string; card: TokenCardFace } | { refusal: TokenRefusal }

export interface TokenRequestParts {
  /** Gives the header that answers a challenge; where suspicion asks for work. */
  solve(challenge: TokenChallenge): Promise<string>
  vaultUrl: string
  publishableKey: string
  fetch: typeof fetch
  signal?: AbortSignal
}

/** Never rejects. A card is not sent twice, but to answer a challenge, and that once. */
export async function requestToken(card: TokenCard, parts: TokenRequestParts): Promise<TokenOutcome> {
  try {
    const first = await post(card, parts, {})
    const challenge = 'refusal' in first && first.refusal.code === challengeRequiredCode && first.challenge
    if (!challenge) return first
    return await post(card, parts, { [challengeAnswerHeader]: await parts.solve(challenge) })
  } catch {
    const message = 'The card could not be sent. Please try again.'
    return { refusal: { code: 'network_error', type: 'api_error', message, param: null, requestId: null } }
  }
}

async function post(
  card: TokenCard,
  parts: TokenRequestParts,
  headers: Record<string, string>,
): Promise<TokenOutcome & { challenge?: TokenChallenge }> {
  const answer = await parts.fetch(`${parts.vaultUrl}/v1/tokens`, {
    method: 'POST',
    // An inflow key is another spelling of the same key.
    headers: {
      authorization: `Bearer ${parts.publishableKey.replace(/^inflow_pub_/, 'pk_')}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ card }),
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: parts.signal,
  })
  const told = (await answer.json()) as { id: string; card: TokenCardFace; error: ToldError }
  if (answer.ok) return { token: told.id, card: told.card }
  const { code, type, message, param = null, request_id: requestId = null, challenge } = told.error
  return { refusal: { code, type, message, param, requestId }, challenge }
}

interface ToldError {
  code: string
  type: string
  message: string
  param?: string
  request_id?: string
  challenge?: TokenChallenge
}
