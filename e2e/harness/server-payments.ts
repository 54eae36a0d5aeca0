import type { Answer, Json } from './api.ts'
import type { Product } from './product.ts'

export interface ServerPaymentOptions {
  key?: string
  idempotencyKey?: string
  headers?: Record<string, string>
}

/** The one-call API as a merchant's server uses it. */
export function serverPaymentsOf(product: Product) {
  const { credentials } = product
  async function call(url: string, method: string, body: unknown, options: ServerPaymentOptions): Promise<Answer> {
    const response = await fetch(url, {
      method,
      headers: {
        'x-inflow-api-key': options.key ?? credentials.inflowPrivateKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    let json: Json = null
    try {
      json = JSON.parse(text)
    } catch {
      // Some answers are no JSON; the caller looks at the text.
    }
    return { status: response.status, headers: response.headers, text, json }
  }
  const path = '/api/server/payment'
  return {
    /** At the card host. */
    create: (body: unknown, options: ServerPaymentOptions = {}) =>
      call(product.credentials.vaultUrl + path, 'POST', body, options),
    /** At the API host. */
    createWithoutCard: (body: unknown, options: ServerPaymentOptions = {}) =>
      call(product.credentials.gatewayUrl + path, 'POST', body, options),
    confirm: (id: string, options: ServerPaymentOptions = {}) =>
      call(`${product.credentials.gatewayUrl}${path}/${id}/confirm`, 'POST', undefined, options),
    read: (id: string, options: ServerPaymentOptions = {}) =>
      call(`${product.credentials.gatewayUrl}/api/payment/${id}`, 'GET', undefined, options),
    list: () => call(`${product.credentials.gatewayUrl}/api/payment?page=1&limit=1`, 'GET', undefined, {}),
  }
}

export type ServerPayments = ReturnType<typeof serverPaymentsOf>

/** Charged as it is priced: `price` minor units, tax included. */
export const anOrder = (price: number, more: Record<string, unknown> = {}) => ({
  products: [{ name: 'Tea', price, quantity: 1 }],
  currency: 'EUR',
  customerEmail: 'ada@example.com',
  billingCountry: 'FR',
  purchasingAsBusiness: false,
  pricingMode: 'TAX_INCLUSIVE',
  autoConfirm: true,
  ...more,
})

export const theCard = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' }
