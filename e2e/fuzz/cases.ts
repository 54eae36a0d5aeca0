import {
  oddIdempotencyKeys,
  oddIds,
  oddNames,
  oddTypes,
  oddValues,
  queryNames,
  queryValues,
} from '../bad-input/testing/odd-values.ts'
import { type Route, routes } from './documents.ts'
import { Draw } from './draw.ts'
import { spoil, textOf } from './json-tree.ts'
import type { Parties } from './parties.ts'
import { type ByName, valueFor } from './valid-values.ts'

export type Caller = 'mine' | 'theirs' | 'live' | 'reader' | 'publishable' | 'odd' | 'nobody'

/** One request, ready to be sent. */
export interface Case {
  index: number
  route: Route
  host: 'gateway' | 'vault'
  caller: Caller
  target: string
  /** Whether the path still is the route's, and not made another one by its id. */
  isOfRoute: boolean
  /** The path names something of another merchant. */
  namesForeign: boolean
  headers: Record<string, string>
  idempotencyKey: string | null
  body: Buffer | null
}

const often: Readonly<Record<string, number>> = {
  'v1 POST /v1/payments': 14,
  'v1 POST /v1/tokens': 12,
  'v1 POST /v1/payments/{id}/capture': 5,
  'v1 POST /v1/payments/{id}/refund': 5,
  'v1 POST /v1/payments/{id}/void': 3,
  'v1 GET /v1/payments/{id}': 3,
  'inflow POST /api/server/payment': 10,
  'inflow POST /api/server/payment/{id}': 3,
  'inflow PATCH /api/server/payment/{id}': 3,
  'inflow POST /api/server/payment/{id}/confirm': 4,
  'inflow POST /api/payment/{id}/refund': 4,
  // It asks a server elsewhere, and waits for it.
  'v1 POST /v1/webhook_endpoints/{id}/test': 0.1,
  'inflow POST /api/webhook': 0.3,
  'inflow PATCH /api/webhook/{id}': 0.3,
}
const weighedRoutes = routes.map((route) => [often[`${route.dialect} ${route.name}`] ?? 1, route] as const)

/** The case of this number. Ids are those that are known now; all else follows from seed and number. */
export function caseOf(parties: Parties, seed: number, index: number): Case {
  const draw = new Draw(seed, index)
  const route = draw.weighed(weighedRoutes)
  const host = hostOf(route, draw)
  const caller = route.hasKey ? draw.weighed(callers) : 'nobody'
  const { target, isOfRoute, namesForeign } = targetOf(route, parties, draw)
  const idempotencyKey = route.method === 'GET' || draw.chance(0.7) ? null : idempotencyKeyFor(draw)
  const body = bodyOf(route, parties, draw)
  const type = draw.chance(0.96) ? 'application/json' : draw.pick(oddTypes)
  const headers: Record<string, string> = {
    ...keyHeader(route, caller, parties, draw),
    ...(body === null || type === null ? {} : { 'content-type': type }),
    ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
  }
  const isAtHome = (host === 'vault') === vaultRoutes.has(route.name) || route.name === 'POST /api/server/payment'
  return {
    index,
    route,
    host,
    caller,
    target,
    isOfRoute: isOfRoute && isAtHome,
    namesForeign,
    headers,
    idempotencyKey,
    body,
  }
}

const callers: readonly (readonly [number, Caller])[] = [
  [80, 'mine'],
  [4, 'theirs'],
  [4, 'live'],
  [4, 'reader'],
  [3, 'publishable'],
  [3, 'odd'],
  [2, 'nobody'],
]

const vaultRoutes: ReadonlySet<string> = new Set(['POST /v1/tokens'])

function hostOf(route: Route, draw: Draw): 'gateway' | 'vault' {
  if (route.name === 'POST /v1/tokens') return 'vault'
  if (route.name === 'POST /api/server/payment') return draw.chance(0.8) ? 'vault' : 'gateway'
  // What one host serves the other must not.
  return draw.chance(0.01) ? 'vault' : 'gateway'
}

const oddKeys = [
  '',
  'x',
  'Bearer',
  'tsk_test_',
  'tsk_test_k1_0000000000',
  'pk_test_x',
  'inflow_priv_test_',
  'ключ',
  'a b',
  'x'.repeat(4_000),
]

function keyHeader(route: Route, caller: Caller, parties: Parties, draw: Draw): Record<string, string> {
  const { mine, theirs, live, readerKey } = parties
  const usesPublishable = route.name === 'POST /v1/tokens'
  const keyOf = (keys: { publishableKey: string; secretKey: string }) =>
    usesPublishable ? keys.publishableKey : keys.secretKey
  const odd = draw.pick(oddKeys)
  const key = {
    mine: keyOf(mine),
    theirs: keyOf(theirs),
    live: keyOf(live),
    reader: readerKey,
    publishable: usesPublishable ? mine.secretKey : mine.publishableKey,
    odd: draw.chance(0.3) ? mine.secretKey.replace(/.$/, (last) => (last === '0' ? '1' : '0')) : odd,
    nobody: null,
  }[caller]
  if (key === null) return {}
  const readable = key.replaceAll(/[^\x20-\x7e]/g, '?')
  const usesOwnHeader = route.dialect === 'inflow' ? draw.chance(0.97) : draw.chance(0.02)
  return usesOwnHeader ? { 'x-inflow-api-key': readable } : { authorization: `Bearer ${readable}` }
}

function idempotencyKeyFor(draw: Draw): string {
  if (draw.chance(0.2)) return draw.pick(oddIdempotencyKeys).replaceAll(/[^\x20-\x7e]/g, '?')
  return draw.chance(0.5) ? `again-${draw.below(60)}` : `once-${draw.bytes(8).toString('hex')}`
}

/** What the path of a call names, by the beginning of its id. */
function prefixesFor({ path }: Route): readonly string[] {
  if (path.startsWith('/v1/payments')) return ['tx', 'req']
  if (path.includes('payment-methods/{id}')) return ['pmi']
  if (path.includes('webhook')) return ['whe']
  if (path.includes('/events/')) return ['evt']
  if (path.includes('/link')) return ['lnk']
  return ['pay']
}

function targetOf(route: Route, parties: Parties, draw: Draw) {
  const foreignIds = [...parties.foreign]
  const prefix = draw.pick(prefixesFor(route))
  const source = draw.weighed([
    [80, 'own'],
    [8, 'foreign'],
    [8, 'odd'],
    [4, 'chance'],
  ] as const)
  const customer = route.path.includes('{customer_id}')
  const own = customer ? 'customer-of-fixtures' : draw.pick(parties.owned.of(prefix))
  const foreign = draw.pick(foreignIds.filter((id) => id.startsWith(`${prefix}_`)).concat(foreignIds.slice(0, 1)))
  const id = { own, foreign, odd: draw.pick(oddIds), chance: draw.text(30) }[source]
  const hasId = route.path.includes('{')
  const path = route.path.replace(/\{\w+\}/, () => encodeURIComponent(id.toWellFormed()))
  return {
    target: path + queryOf(route, parties, draw),
    isOfRoute: !hasId || !['', '.', '..'].includes(id),
    namesForeign: hasId && source === 'foreign' && !customer,
  }
}

function queryOf(route: Route, parties: Parties, draw: Draw): string {
  const count = route.queryNames.length > 0 ? draw.below(4) : draw.chance(0.03) ? 1 : 0
  if (count === 0) return ''
  const names = [...route.queryNames, ...route.queryNames, ...queryNames]
  const pairs = Array.from({ length: count }, () => {
    const value = draw.weighed([
      [5, draw.pick(queryValues)],
      [3, String(draw.below(60))],
      [2, draw.pick(parties.owned.of(draw.pick(['tx', 'evt', 'pay'])))],
      [1, draw.text(20)],
    ])
    return `${encodeURIComponent(draw.pick(names))}=${encodeURIComponent(value.toWellFormed())}`
  })
  return `?${pairs.join('&')}`
}

/** Cards of test mode: paid, declined, asked about, slow to tell. */
const cards = [
  '4242424242424242',
  '4242 4242 4242 4242',
  '5555555555554444',
  '378282246310005',
  '4000000000000002',
  '4000000000009995',
  '4000002500003155',
]

function valuesOf({ owned, receiver }: Parties): ByName {
  const oneOf = (prefix: string) => (draw: Draw) => draw.pick(owned.of(prefix))
  return {
    amount: (draw) => draw.pick([12.5, '12.50', 1, 5, 0.5, 1000]),
    currency: (draw) => draw.pick(['usd', 'EUR', 'USD', 'EUR', 'GBP', 'jpy']),
    token: oneOf('tok'),
    payment_method_id: oneOf('pmi'),
    paymentMethodId: oneOf('pmi'),
    endpoint_id: oneOf('whe'),
    number: (draw) => draw.pick(cards),
    cvc: () => '123',
    exp_month: () => 12,
    exp_year: () => 2034,
    expMonth: () => 12,
    expYear: () => 2034,
    url: () => receiver.url,
    billingCountry: (draw) => draw.pick(['FR', 'DE', 'US', 'GB', 'CA', 'ES']),
    postalCode: (draw) => draw.pick(['75001', '10001', 'SW1A 1AA', '38001']),
    products: (draw) => [{ name: 'Tea', price: draw.pick([100, 999, 5_000]), quantity: 1 + draw.below(3) }],
    flow_id: () => 'flow_default',
    metadata: () => ({ order: 'A-1042' }),
    metadatas: () => ({ order: 'A-1042' }),
    customer_id: () => 'customer-of-fixtures',
    customerEmail: (draw) => draw.pick(['ada@example.com', 'john@example.com']),
    email: () => 'ada@example.com',
    three_d_secure: (draw) => draw.pick(['automatic', 'skip']),
  }
}

function bodyOf(route: Route, parties: Parties, draw: Draw): Buffer | null {
  if (route.bodySchema === null) return draw.chance(0.85) ? null : Buffer.from(draw.pick(oddValues))
  if (draw.chance(0.02)) return null
  if (draw.chance(0.02)) return draw.bytes(draw.below(300))
  let tree = valueFor(route.dialect, route.bodySchema, draw, valuesOf(parties))
  const faults = draw.weighed([
    [4, 0],
    [4, 1],
    [2, 2],
    [1, 5],
  ] as const)
  for (let count = 0; count < faults; count += 1) tree = spoil(tree, draw, { names: oddNames, values: oddValues })
  const text = Buffer.from(textOf(tree))
  return draw.chance(0.06) ? spoilBytes(text, draw) : text
}

/** Cut, doubled, overwritten, in another encoding, or far too large. */
export function spoilBytes(bytes: Buffer, draw: Draw): Buffer {
  const at = draw.below(bytes.length + 1)
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  const noise = draw.bytes(1 + draw.below(4))
  switch (draw.below(8)) {
    case 0:
      return before
    case 1:
      return Buffer.concat([bytes, after])
    case 2:
      return Buffer.concat([before, noise, after])
    case 3:
      return Buffer.from(bytes.toString('utf8'), 'utf16le')
    case 4:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])
    case 5:
      return Buffer.concat([before, Buffer.from(' '.repeat(draw.pick([1_000, 65_536, 200_000]))), after])
    default:
      return Buffer.concat([before, noise, after.subarray(noise.length)])
  }
}
