import { createHmac } from 'node:crypto'
import { systemClock } from '@tessera/lib/clock'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { type EventId, trustedId } from '../core/ids.ts'
import { signatureHeaders } from './signing.ts'
import { makeEndpoint, makeSecret } from './testing/samples.ts'

const eventId = trustedId<EventId>('evt_01')
const body = Buffer.from('{"event":"payment.succeeded","product_name":"Hut für Ärzte 🎩"}')
// The judge reads the machine's clock and refuses what is older than five minutes.
const nowMs = systemClock.now()

const verifies = (secret: string, headers: Record<string, string>, bytes = body) => {
  try {
    new Webhook(secret).verify(bytes, headers)
    return true
  } catch {
    return false
  }
}

test('an outside library verifies the Standard Webhooks signature', () => {
  const endpoint = makeEndpoint()
  const headers = signatureHeaders(endpoint, eventId, body, nowMs)
  expect(verifies(endpoint.secret, headers)).toBe(true)
  expect(verifies(makeSecret(), headers)).toBe(false)
  expect(verifies(endpoint.secret, headers, Buffer.from('{}'))).toBe(false)
  expect(verifies(endpoint.secret, { ...headers, 'webhook-id': 'evt_02' })).toBe(false)
})

test('the published example of the specification is reproduced', () => {
  const endpoint = makeEndpoint({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
  const headers = signatureHeaders(
    endpoint,
    trustedId<EventId>('msg_p5jXN8AQM9LWM0D4loKWxJek'),
    Buffer.from('{"test": 2432232314}'),
    1_614_265_330_000,
  )
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('both secrets verify while a rotation overlaps, and the old one no longer after it', () => {
  const previousSecret = makeSecret()
  const endpoint = makeEndpoint({ previousSecret, previousSecretUntilMs: nowMs + 1 })
  const during = signatureHeaders(endpoint, eventId, body, nowMs)
  expect(verifies(endpoint.secret, during)).toBe(true)
  expect(verifies(previousSecret, during)).toBe(true)
  const after = signatureHeaders(endpoint, eventId, body, nowMs + 1)
  expect(verifies(endpoint.secret, after)).toBe(true)
  expect(verifies(previousSecret, after)).toBe(false)
})

test('the body signature is hex HMAC-SHA256 keyed with the secret as it is written, in the header of the mode', () => {
  for (const [mode, header, other] of [
    ['test', 'x-zafapay-signature-sandbox', 'x-zafapay-signature'],
    ['live', 'x-zafapay-signature', 'x-zafapay-signature-sandbox'],
  ] as const) {
    const endpoint = makeEndpoint({ mode })
    const headers = signatureHeaders(endpoint, eventId, body, nowMs)
    expect(headers[header]).toBe(createHmac('sha256', endpoint.secret).update(body).digest('hex'))
    expect(headers).not.toHaveProperty(other)
  }
})

test('the timestamp is in whole seconds of the try', () => {
  expect(signatureHeaders(makeEndpoint(), eventId, body, 1_614_265_330_999)['webhook-timestamp']).toBe('1614265330')
})

test('an inflow endpoint gets the same signature under the svix names, and nothing else', () => {
  const endpoint = makeEndpoint({ dialect: 'inflow' })
  const headers = signatureHeaders(endpoint, eventId, body, nowMs)
  expect(Object.keys(headers)).toEqual(['svix-id', 'svix-timestamp', 'svix-signature'])
  const renamed = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.replace('svix', 'webhook'), value]),
  )
  expect(verifies(endpoint.secret, renamed)).toBe(true)
})
