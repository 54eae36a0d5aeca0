import fc from 'fast-check'
import { type CallOfApi, calls, methodOf, pathOf, tokenCall } from './calls.ts'
import {
  oddAuthorizations,
  oddIdempotencyKeys,
  oddIds,
  oddNames,
  oddTypes,
  oddValues,
  queryNames,
  queryValues,
} from './odd-values.ts'
import type { World } from './world.ts'

export interface GeneratedRequest {
  call: CallOfApi
  path: string
  headers: Record<string, string>
  idempotencyKey: string | null
  body: Buffer | null
}

/** What requests may name so that they reach a handler and do something. */
export interface Means {
  world: World
  tokens: readonly string[]
  /** Authorized payments, to be captured, voided and captured again. */
  authorized: readonly string[]
  captured: readonly string[]
}

/** A member of an object as two JSON texts, so that names can stand twice and values can be no JSON at all. */
type Member = [name: string, value: string]

const weighted = <T>(...parts: [weight: number, arbitrary: fc.Arbitrary<T>][]): fc.Arbitrary<T> =>
  fc.oneof(...parts.map(([weight, arbitrary]) => ({ weight, arbitrary })))
const one = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

/** How often each call is made; the rest once. */
const callWeights: Readonly<Record<string, number>> = {
  'POST /v1/payments': 30,
  'POST /v1/tokens': 14,
  'POST /v1/payments/{id}/capture': 8,
  'POST /v1/payments/{id}/refund': 8,
  'POST /v1/payments/{id}/void': 4,
  'GET /v1/payments': 5,
  'GET /v1/payments/{id}': 4,
  'POST /v1/webhook_endpoints': 3,
  'PATCH /v1/webhook_endpoints/{id}': 3,
  'POST /v1/customers/payment-methods/{id}/block': 3,
  'GET /v1/events': 2,
}

export function requestsTo(means: Means): fc.Arbitrary<GeneratedRequest> {
  return weighted(
    ...[...calls, tokenCall].map((call): [number, fc.Arbitrary<GeneratedRequest>] => [
      callWeights[call.name] ?? 1,
      requestOf(call, means),
    ]),
  )
}

function requestOf(call: CallOfApi, means: Means): fc.Arbitrary<GeneratedRequest> {
  const hasBody = methodOf(call) !== 'GET'
  return fc
    .record({
      id: idOf(call, means),
      query: hasBody ? fc.constant('') : query(means),
      authorization: authorization(call, means),
      type: weighted([24, fc.constant<string | null>('application/json')], [1, one(...oddTypes)]),
      idempotencyKey: hasBody ? idempotencyKey : fc.constant(null),
      body: hasBody ? body(call, means) : fc.constant(null),
    })
    .map(({ id, query: text, authorization: key, type, idempotencyKey: idempotent, body: bytes }) => ({
      call,
      path: pathOf(call, id) + text,
      headers: {
        ...(key === null ? {} : { authorization: key }),
        ...(bytes === null || type === null ? {} : { 'content-type': type }),
        ...(idempotent === null ? {} : { 'idempotency-key': idempotent }),
      },
      idempotencyKey: idempotent,
      body: bytes,
    }))
}

function idOf(call: CallOfApi, { world, authorized, captured }: Means): fc.Arbitrary<string> {
  if (call.names === null) return fc.constant('')
  const mine = { authorized, captured, customer: [world.mine.customer] }[call.names as 'authorized'] ?? [
    world.mine[call.names],
  ]
  // What is deleted is gone for all requests after it.
  if (methodOf(call) === 'DELETE') return one(world.theirs[call.names], ...oddIds)
  return weighted(
    [8, one(...mine)],
    [1, one(world.theirs[call.names])],
    [1, one(...oddIds)],
    [1, fc.string({ unit: 'grapheme' })],
  )
}

function query({ world, captured }: Means): fc.Arbitrary<string> {
  const value = weighted(
    [6, one(...queryValues)],
    [2, one(...captured, world.mine.event, world.theirs.captured)],
    [1, fc.string()],
  )
  const pair = fc
    .tuple(one(...queryNames), value)
    .map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`)
  return fc.array(pair, { maxLength: 3 }).map((pairs) => (pairs.length === 0 ? '' : `?${pairs.join('&')}`))
}

function authorization(call: CallOfApi, { world }: Means): fc.Arbitrary<string | null> {
  const { publishableKey, secretKey } = world.product.credentials
  const bearer = (key: string): fc.Arbitrary<string | null> => fc.constant(`Bearer ${key}`)
  const [own, wrong] = call.host === 'gateway' ? [secretKey, publishableKey] : [publishableKey, `${secretKey}x`]
  return weighted([40, bearer(own)], [1, bearer(wrong)], [1, bearer(world.theirs.key)], [1, one(...oddAuthorizations)])
}

const idempotencyKey: fc.Arbitrary<string | null> = weighted<string | null>(
  [14, fc.constant(null)],
  [3, fc.uuid()],
  [2, fc.integer({ min: 0, max: 40 }).map((number) => `again-${number}`)],
  [1, one(...oddIdempotencyKeys)],
)

function body(call: CallOfApi, means: Means): fc.Arbitrary<Buffer | null> {
  const good = fc.oneof(...goodBodies(call, means).map((each) => fc.constant(membersOf(each))))
  const goodTokenBody = call === tokenCall ? good.map((members) => [['"card"', textOf(members)]] as Member[]) : good
  const changed = fc
    .tuple(good, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([members, changes]) => changes.reduce((all, apply) => apply(all), members))
    .map((members) => (call === tokenCall ? ([['"card"', textOf(members)]] as Member[]) : members))
  const text = weighted([5, goodTokenBody.map(textOf)], [12, changed.map(textOf)], [2, fc.json()])
  return weighted<Buffer | null>(
    [18, text.map((each) => Buffer.from(each))],
    [2, fc.tuple(text, damage).map(([each, apply]) => apply(Buffer.from(each)))],
    [1, fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each))],
    [1, fc.constant(null)],
  )
}

/** Bodies that do something, as long as what they name is not used up. */
function goodBodies(call: CallOfApi, { world, tokens }: Means): Record<string, unknown>[] {
  if (call === tokenCall) {
    const card = tokenCall.body?.card as Record<string, unknown>
    return [card, { ...card, cardholder_name: 'Ada Lovelace' }, { ...card, number: '378282246310005', cvc: '1234' }]
  }
  if (call.name !== 'POST /v1/payments') return [call.body ?? {}, {}]
  const pays = { amount: 12.5, currency: 'usd' }
  const order = {
    external_id: 'A-1042',
    metadata: { order: 'A-1042' },
    email: 'ada@shop.example',
    tel: '+44 20 7946 0958',
  }
  return [
    { ...pays, ...order, return_url: 'https://shop.example/return', product_name: 'Tea for two' },
    { ...pays, payment_method_id: world.mine.savedCard, initiator: 'merchant', customer_id: world.mine.customer },
    ...tokens.map((token, index) => ({ ...pays, token, capture_method: index % 2 === 0 ? 'manual' : 'automatic' })),
  ]
}

const membersOf = (object: Record<string, unknown>): Member[] =>
  Object.entries(object).map(([name, value]) => [JSON.stringify(name), JSON.stringify(value)])
const textOf = (members: readonly Member[]): string =>
  `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`

type Change = (members: Member[]) => Member[]

const nameText = one(...oddNames).map((name) => (name.includes('\\u') ? `"${name}"` : JSON.stringify(name)))
const valueText = weighted(
  [6, one(...oddValues)],
  [1, fc.json()],
  [1, fc.double().map((number) => JSON.stringify(number))],
  [1, fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text))],
)
const place = fc.nat({ max: 11 })
const at = (members: readonly Member[], index: number): number => (members.length === 0 ? -1 : index % members.length)

const change: fc.Arbitrary<Change> = weighted<Change>(
  [
    4,
    fc.tuple(place, valueText).map(
      ([index, value]): Change =>
        (all) =>
          all.map(([name, old], here) => [name, here === at(all, index) ? value : old]),
    ),
  ],
  [
    2,
    fc.tuple(nameText, valueText).map(
      ([name, value]): Change =>
        (all) => [...all, [name, value]],
    ),
  ],
  [
    2,
    place.map(
      (index): Change =>
        (all) =>
          all.filter((_, here) => here !== at(all, index)),
    ),
  ],
  [
    1,
    place.map(
      (index): Change =>
        (all) => [...all, ...all.slice(at(all, index)).slice(0, 1)],
    ),
  ],
  [
    1,
    fc.tuple(place, nameText).map(
      ([index, name]): Change =>
        (all) =>
          all.map(([old, value], here) => [here === at(all, index) ? name : old, value]),
    ),
  ],
  [
    1,
    fc.tuple(place, one('[', '{"a":')).map(
      ([index, open]): Change =>
        (all) =>
          all.map(([name, value], here) => [
            name,
            here === at(all, index) ? open + value + (open === '[' ? ']' : '}') : value,
          ]),
    ),
  ],
)

/** Changes to bytes: cut, doubled, overwritten, something put in between. */
const damage: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .tuple(
    one('cut', 'double', 'overwrite', 'insert'),
    fc.nat({ max: 2_000 }),
    fc.uint8Array({ minLength: 1, maxLength: 4 }),
  )
  .map(([kind, number, noise]) => (bytes) => {
    const index = bytes.length === 0 ? 0 : number % bytes.length
    const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)]
    if (kind === 'cut') return Buffer.from(before)
    if (kind === 'double') return Buffer.concat([bytes, after])
    if (kind === 'insert') return Buffer.concat([before, noise, after])
    return Buffer.concat([before, noise, after.subarray(noise.length)])
  })
