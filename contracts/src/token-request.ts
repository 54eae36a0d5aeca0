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
  vaultUrl: string
  publishableKey: string
  fetch: typeof fetch
  signal?: AbortSignal
}

/** Never rejects. A card is not sent twice: what became of a request without an answer, nobody needs to know. */
export async function requestToken(card: TokenCard, parts: TokenRequestParts): Promise<TokenOutcome> {
  try {
    const answer = await parts.fetch(`${parts.vaultUrl}/v1/tokens`, {
      method: 'POST',
      // An inflow key is another spelling of the same key.
      headers: {
        authorization: `Bearer ${parts.publishableKey.replace(/^inflow_pub_/, 'pk_')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ card }),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: parts.signal,
    })
    const told = (await answer.json()) as { id: string; card: TokenCardFace; error: Record<string, string | undefined> }
    if (answer.ok) return { token: told.id, card: told.card }
    const { code = '', type = '', message = '', param = null, request_id: requestId = null } = told.error
    return { refusal: { code, type, message, param, requestId } }
  } catch {
    const message = 'The card could not be sent. Check the connection and try again.'
    return { refusal: { code: 'network_error', type: 'api_error', message, param: null, requestId: null } }
  }
}
