import type { World } from './world.ts'

/** Which object of a merchant the path names. */
export type PathObject = 'authorized' | 'captured' | 'savedCard' | 'customer' | 'endpoint' | 'event'

export interface CallOfApi {
  /** As the OpenAPI document writes it: `METHOD /path/{id}`. */
  name: string
  host: 'gateway' | 'vault'
  /** What a secret key needs for it. */
  scope: string
  names: PathObject | null
  /** A body that this call would accept; null for calls without one. */
  body: Record<string, unknown> | null
  /** An object that nobody has, where a foreign or missing one is answered 404. */
  missing: string | null
}

const call = (
  name: string,
  scope: string,
  names: PathObject | null,
  body: Record<string, unknown> | null,
  missing: string | null = null,
): CallOfApi => ({ name, host: 'gateway', scope, names, body, missing })

const noPayment = 'tx_01jd0000000000000000000000'
const noCard = 'pmi_01jd0000000000000000000000'
const noEndpoint = 'whe_01jd0000000000000000000000'
const noEvent = 'evt_01jd0000000000000000000000'

/** Every call of the v1 API that asks for a key. */
export const calls: readonly CallOfApi[] = [
  call('POST /v1/payments', 'payments:write', null, { amount: 12.5, currency: 'USD' }),
  call('GET /v1/payments', 'payments:read', null, null),
  call('GET /v1/payments/{id}', 'payments:read', 'captured', null, noPayment),
  call('POST /v1/payments/{id}/capture', 'payments:write', 'authorized', { amount: 5 }, noPayment),
  call('POST /v1/payments/{id}/void', 'payments:write', 'authorized', { reason: 'changed my mind' }, noPayment),
  call('POST /v1/payments/{id}/refund', 'refunds:write', 'captured', { amount: 5 }, noPayment),
  call('GET /v1/customers/{customer_id}/payment-methods', 'customers:read', 'customer', null),
  call('POST /v1/customers/payment-methods/{id}/block', 'customers:write', 'savedCard', { reason: 'lost' }, noCard),
  call('POST /v1/customers/payment-methods/{id}/unblock', 'customers:write', 'savedCard', null, noCard),
  call('DELETE /v1/customers/payment-methods/{id}', 'customers:write', 'savedCard', null, noCard),
  call('POST /v1/webhook_endpoints', 'webhooks:write', null, { url: 'https://shop.example/webhooks' }),
  call('GET /v1/webhook_endpoints', 'webhooks:read', null, null),
  call('GET /v1/webhook_endpoints/{id}', 'webhooks:read', 'endpoint', null, noEndpoint),
  call('PATCH /v1/webhook_endpoints/{id}', 'webhooks:write', 'endpoint', { description: 'mine' }, noEndpoint),
  call('DELETE /v1/webhook_endpoints/{id}', 'webhooks:write', 'endpoint', null, noEndpoint),
  call('POST /v1/webhook_endpoints/{id}/rotate_secret', 'webhooks:write', 'endpoint', {}, noEndpoint),
  call('POST /v1/webhook_endpoints/{id}/test', 'webhooks:write', 'endpoint', {}, noEndpoint),
  call('GET /v1/webhook_endpoints/{id}/tries', 'webhooks:read', 'endpoint', null, noEndpoint),
  call('GET /v1/events', 'events:read', null, null),
  call('POST /v1/events/{id}/resend', 'webhooks:write', 'event', {}, noEvent),
]

export const tokenCall: CallOfApi = {
  name: 'POST /v1/tokens',
  host: 'vault',
  scope: 'tokens:write',
  names: null,
  body: { card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' } },
  missing: null,
}

export const methodOf = ({ name }: CallOfApi): string => name.slice(0, name.indexOf(' '))

/** The path with an object in it. */
export function pathOf({ name }: CallOfApi, object: string): string {
  return name.slice(name.indexOf(' ') + 1).replace(/\{\w+\}/, encodeURIComponent(object))
}

/** The path to what the fixtures' merchant has. */
export function myPath(world: World, one: CallOfApi): string {
  return pathOf(one, one.names === null ? '' : world.mine[one.names])
}

export function originOf(world: World, { host }: CallOfApi): string {
  const { gatewayUrl, vaultUrl } = world.product.credentials
  return host === 'gateway' ? gatewayUrl : vaultUrl
}

/** The key that may make this call. */
export function myKey(world: World, { host }: CallOfApi): string {
  return host === 'gateway' ? world.mine.key : world.product.credentials.publishableKey
}
