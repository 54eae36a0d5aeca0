import type { Product } from './product.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at from outside, as a merchant's code would.
export type Json = any

export interface Answer {
  status: number
  headers: Headers
  /** The body byte for byte. */
  text: string
  json: Json
}

export interface CallOptions {
  key?: string
  idempotencyKey?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** The API as a merchant's server uses it. */
export function apiOf(product: Product) {
  const call = async (method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> => {
    const response = await fetch(product.credentials.gatewayUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${options.key ?? product.credentials.secretKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    })
    return answerOf(response)
  }
  return {
    get: (path: string, options?: CallOptions) => call('GET', path, undefined, options),
    post: (path: string, body: unknown = {}, options?: CallOptions) => call('POST', path, body, options),
    patch: (path: string, body: unknown, options?: CallOptions) => call('PATCH', path, body, options),
    delete: (path: string, options?: CallOptions) => call('DELETE', path, undefined, options),

    /** What the shopper's browser does: card in, token out. */
    async tokenize(card: Record<string, unknown> = {}): Promise<Answer> {
      const response = await fetch(`${product.credentials.vaultUrl}/v1/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${product.credentials.publishableKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ card: { ...aCard, ...card } }),
      })
      return answerOf(response)
    },

    async token(card: Record<string, unknown> = {}): Promise<string> {
      const answer = await this.tokenize(card)
      if (answer.status !== 201) throw new Error(`tokenization answered ${answer.status}: ${answer.text}`)
      return answer.json.id
    },

    /** Token and payment in one: the newcomer's two calls. */
    async pay(body: Record<string, unknown> = {}, card: Record<string, unknown> = {}, options?: CallOptions) {
      const token = await this.token(card)
      return call('POST', '/v1/payments', { amount: 17.62, currency: 'USD', token, ...body }, options)
    },
  }
}

export type Api = ReturnType<typeof apiOf>

export const aCard = { number: '4242 4242 4242 4242', exp_month: 12, exp_year: 2034, cvc: '123' }

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  let json: Json = null
  try {
    json = JSON.parse(text)
  } catch {
    // Some answers are no JSON; the caller looks at the text.
  }
  return { status: response.status, headers: response.headers, text, json }
}
