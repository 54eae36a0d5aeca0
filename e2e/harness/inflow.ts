import { type Answer, answerOf, type Json } from './api.ts'
import type { Product } from './product.ts'

export interface InflowOptions {
  key?: string
  idempotencyKey?: string
  headers?: Record<string, string>
}

export const inflowCard = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' }

/** What the contract's own example orders. */
export const anOrder = {
  products: [{ name: 'Pro Plan', price: 4999, quantity: 1 }],
  currency: 'EUR',
  customerEmail: 'john@example.com',
  billingCountry: 'FR',
  purchasingAsBusiness: false,
}

/** The one-call API as a merchant's server uses it: a card goes to the card host, everything else to the API host. */
export function inflowOf(product: Product) {
  const call = async (base: string, method: string, path: string, body?: unknown, options: InflowOptions = {}) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        'x-inflow-api-key': options.key ?? product.credentials.inflowPrivateKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return answerOf(response)
  }
  const { credentials } = product
  const api = (method: string, path: string, body?: unknown, options?: InflowOptions) =>
    call(credentials.gatewayUrl, method, path, body, options)
  const cardHost = (body: unknown, options?: InflowOptions): Promise<Answer> =>
    call(credentials.vaultUrl, 'POST', '/api/server/payment', body, options)
  return {
    api,
    cardHost,
    /** Creates a payment with a card. */
    pay: (body: Record<string, unknown> = {}, card: Record<string, unknown> = {}, options?: InflowOptions) =>
      cardHost({ ...anOrder, ...body, card: { ...inflowCard, ...card } }, options),
    confirm: (id: string, options?: InflowOptions) =>
      api('POST', `/api/server/payment/${id}/confirm`, undefined, options),
    read: async (id: string): Promise<Json> => (await api('GET', `/api/payment/${id}`)).json,
    /** How many payments there are. */
    count: async (): Promise<number> => (await api('GET', '/api/payment?limit=1')).json.total,
  }
}

export type Inflow = ReturnType<typeof inflowOf>

/** Ids, times and secrets differ from run to run; everything else can be compared whole. */
export function withoutChance(value: Json): Json {
  const text = JSON.stringify(value)
    .replaceAll(/([a-z]{2,4})_[0-9a-hjkmnp-tv-z]{26}/g, '$1_…')
    .replaceAll(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g, '"time"')
    .replaceAll(/"whsec_[A-Za-z0-9+/=]+"/g, '"whsec_…"')
  return JSON.parse(text)
}
