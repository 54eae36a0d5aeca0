import { createServer, type Server, type Socket } from 'node:net'
import { systemClock } from '@tessera/lib/clock'
import { startServer } from '@tessera/lib/http-server'
import { realTimers } from '@tessera/lib/timers'
import { Webhook } from 'standardwebhooks'
import { afterEach, expect, test } from 'vitest'
import type { WebhookEndpoint } from '../core/webhooks/endpoint.ts'
import { createAddressGuard } from './address-guard.ts'
import type { Resolve } from './resolver.ts'
import { createSender, type SenderParts } from './sender.ts'
import { makeCertificate } from './testing/certificate.ts'
import { answering, startReceiver } from './testing/receiver.ts'
import { makeEndpoint, makeEvent, merchant, renderers } from './testing/samples.ts'
import { createUrlRule } from './url-rule.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const nobody: Resolve = async (hostname) => {
  throw Object.assign(new Error(`no such name: ${hostname}`), { code: 'ENOTFOUND' })
}

function senderWith(options: Partial<SenderParts> & { allow?: string[]; ports?: number[] } = {}) {
  const guard = createAddressGuard(options.allow ?? [])
  const sender = createSender({
    renderers,
    guard,
    urlRule: createUrlRule(guard, options.ports ?? []),
    resolve: nobody,
    clock: systemClock,
    timers: realTimers,
    timeoutMs: 5_000,
    ...options,
  })
  cleanups.push(sender.close)
  return {
    probe: sender.probe,
    send: (endpoint: Partial<WebhookEndpoint>, event = makeEvent()) =>
      sender.send(makeEndpoint({ mode: 'test', ...endpoint }), event, merchant),
  }
}

async function receiverWith(...parameters: Parameters<typeof startReceiver>) {
  const receiver = await startReceiver(...parameters)
  cleanups.push(receiver.stop)
  return { receiver, url: `http://127.0.0.1:${receiver.port}/hooks?shop=1` }
}

/** Speaks bytes instead of HTTP. */
async function rawReceiver(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  const port = await startServer(server as never, { host: '127.0.0.1', port: 0 })
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${port}/`
}

test('the receiver gets the body, the id and a signature that an outside library verifies', async () => {
  const { receiver, url } = await receiverWith(answering(204))
  const endpoint = makeEndpoint({ url })
  const event = makeEvent()
  const answer = await senderWith().send(endpoint, event)
  expect(answer).toMatchObject({ status: 204, error: null, timedOut: false, responseStart: '' })
  const [seen] = receiver.received
  expect(seen).toMatchObject({ method: 'POST', path: '/hooks?shop=1' })
  expect(seen?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': event.eventId })
  expect(new Webhook(endpoint.secret).verify(seen?.body ?? '', seen?.headers as Record<string, string>)).toEqual({
    id: event.eventId,
    event: 'payment.succeeded',
    merchant_name: 'Hats',
  })
})

test('deliveries one after another share a connection', async () => {
  const { receiver, url } = await receiverWith(answering(200, 'ok'))
  const sender = senderWith()
  for (let count = 0; count < 5; count++) {
    await sender.send({ url })
    // The client frees a connection one turn of the event loop after its answer.
    await realTimers.sleep(5)
  }
  expect(receiver.received).toHaveLength(5)
  expect(receiver.connections).toBe(1)
})

test.each([400, 404, 410, 429, 500, 503])('a %i is told as it is', async (status) => {
  const { url } = await receiverWith(answering(status, 'went wrong'))
  expect(await senderWith().send({ url })).toMatchObject({
    status,
    error: `answered ${status}`,
    responseStart: 'went wrong',
  })
})

test('a redirect is not followed, wherever it leads', async () => {
  const { receiver: secret, url: inside } = await receiverWith(answering(200, 'metadata'))
  for (const status of [301, 302, 303, 307, 308]) {
    const { url } = await receiverWith(answering(status, '', { location: inside }))
    expect(await senderWith().send({ url })).toMatchObject({
      status,
      error: `answered ${status}; redirects are not followed`,
    })
  }
  expect(secret.connections).toBe(0)
})

test('a receiver that accepts and says nothing is timed out', async () => {
  const url = await rawReceiver(() => {})
  expect(await senderWith({ timeoutMs: 100 }).send({ url })).toMatchObject({
    status: null,
    timedOut: true,
    error: 'no answer within 0.1 s',
    responseStart: null,
  })
})

test('headers that trickle in do not buy more time', async () => {
  const url = await rawReceiver((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    const trickle = realTimers.every(20, () => socket.write('x-more: 1\r\n'))
    socket.on('close', () => trickle.stop())
  })
  expect(await senderWith({ timeoutMs: 200 }).send({ url })).toMatchObject({ status: null, timedOut: true })
})

test('a body that never ends does not buy more time, and the status that came first stands', async () => {
  const closed: Promise<void>[] = []
  const url = await rawReceiver((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    const trickle = realTimers.every(20, () => socket.write('1\r\na\r\n'))
    closed.push(new Promise((resolve) => socket.on('close', () => resolve(trickle.stop()))))
  })
  // Long enough for the status to come on a busy machine.
  const answer = await senderWith({ timeoutMs: 2_000 }).send({ url })
  expect(answer).toMatchObject({ status: 200, timedOut: true, error: null })
  await Promise.all(closed)
  expect(closed).toHaveLength(1)
})

test('of a huge answer only the beginning is read and the connection ends', async () => {
  let sent = 0
  const ended: Promise<void>[] = []
  const url = await rawReceiver((socket) => {
    const piece = Buffer.alloc(16 * 1024, 'a')
    const length = 10 * 1024 * 1024
    ended.push(new Promise((resolve) => socket.on('close', () => resolve())))
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`)
      const more = () => {
        while (sent < length && !socket.destroyed) {
          sent += piece.length
          if (!socket.write(piece)) return void socket.once('drain', more)
        }
      }
      more()
    })
  })
  const answer = await senderWith().send({ url })
  expect(answer).toMatchObject({ status: 200, timedOut: false, error: null, responseStart: 'a'.repeat(1024) })
  await Promise.all(ended)
  expect(sent).toBeLessThan(10 * 1024 * 1024)
})

test('what is kept of an answer is free of card numbers, secrets and control characters', async () => {
  const card = '4242424242424242'
  const body = `card ${card}\u0000 whsec_${'A'.repeat(43)}= ${'x'.repeat(940)} ${card} end`
  const { url } = await receiverWith(answering(200, body))
  const { responseStart } = await senderWith().send({ url })
  expect(responseStart).toContain('[card number]')
  expect(responseStart).toContain('whsec_[masked]')
  expect(responseStart).not.toContain('4242')
  expect(responseStart).not.toContain('\u0000')
  expect(responseStart?.length).toBeLessThanOrEqual(1024)
})

test('half a character at the cut is not kept', async () => {
  const { url } = await receiverWith(answering(200, `${'x'.repeat(1023)}🎩${'y'.repeat(2000)}`))
  const { responseStart } = await senderWith().send({ url })
  expect(responseStart?.isWellFormed()).toBe(true)
})

test('Retry-After is read as seconds or as a date', async () => {
  const inSeconds = await receiverWith(answering(503, '', { 'retry-after': '120' }))
  expect(await senderWith().send({ url: inSeconds.url })).toMatchObject({ retryAfterMs: 120_000 })
  const date = 'Fri, 01 Jan 2100 00:00:00 GMT'
  const asDate = await receiverWith(answering(429, '', { 'retry-after': date }))
  const { retryAfterMs, startedAtMs } = await senderWith().send({ url: asDate.url })
  expect(startedAtMs + (retryAfterMs ?? 0)).toBe(Date.parse(date))
  const nonsense = await receiverWith(answering(503, '', { 'retry-after': 'soon' }))
  expect(await senderWith().send({ url: nonsense.url })).toMatchObject({ retryAfterMs: null })
})

test('faults on the way are told in words, without addresses', async () => {
  const { receiver, url: refusing } = await receiverWith(answering(200))
  await receiver.stop()
  expect(await senderWith().send({ url: refusing })).toMatchObject({ error: 'the connection was refused' })
  const closing = await rawReceiver((socket) => socket.destroy())
  expect((await senderWith().send({ url: closing })).error).toContain('closed before an answer')
  const babbling = await rawReceiver((socket) => void socket.end('220 smtp.example ESMTP\r\n'))
  expect((await senderWith().send({ url: babbling })).error).toContain('not HTTP')
  expect(await senderWith().send({ url: 'https://shop.example/' })).toMatchObject({
    status: null,
    error: 'the host name is not known',
  })
})

test('a URL that the rules no longer allow is not called', async () => {
  const { receiver, url } = await receiverWith(answering(200))
  const answer = await senderWith().send({ url, mode: 'live' })
  expect(answer.error).toContain('the URL is not allowed')
  expect(receiver.connections).toBe(0)
})

test('should a URL get past the rules for its text, the connection is refused all the same', async () => {
  const { receiver } = await receiverWith(answering(200))
  const sender = senderWith({ urlRule: () => null })
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0',
    'localhost',
    'a.localhost',
  ]) {
    const answer = await sender.send({ url: `http://${host}:${receiver.port}/`, mode: 'live' })
    expect(answer).toMatchObject({ status: null, error: 'the receiver has no public address' })
  }
  expect(receiver.connections).toBe(0)
})

test.each(['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254', '::ffff:127.0.0.1', '64:ff9b::7f00:1', 'fd00:ec2::254'])(
  'a name that leads to %s is not called, in either mode',
  async (address) => {
    const { receiver } = await receiverWith(answering(200))
    const url = `https://shop.example:${receiver.port}/`
    const sender = senderWith({ resolve: async () => [address], ports: [receiver.port] })
    for (const mode of ['live', 'test'] as const) {
      expect(await sender.send({ url, mode })).toMatchObject({
        status: null,
        error: 'the receiver has no public address',
        responseStart: null,
      })
    }
    expect(receiver.connections).toBe(0)
  },
)

const certificate = makeCertificate(['shop.example'], ['127.0.0.1'])

test('a name that led to a good address and then leads inside is not called again', async () => {
  const { receiver: good } = await receiverWith(answering(200, '', { connection: 'close' }), { tls: certificate })
  const inside = await startReceiver(answering(200), { host: '127.0.0.2', port: good.port, tls: certificate }).catch(
    // Not every system has the address; the refusal below is checked everywhere.
    () => undefined,
  )
  if (inside !== undefined) cleanups.push(inside.stop)
  const answers = [['127.0.0.1'], ['127.0.0.2']]
  let asked = 0
  const sender = senderWith({
    allow: ['127.0.0.1/32'],
    ports: [good.port],
    resolve: async () => answers[asked++] ?? [],
    tls: { ca: certificate.cert },
  })
  const url = `https://shop.example:${good.port}/`
  expect(await sender.send({ url, mode: 'live' })).toMatchObject({ status: 200, error: null })
  expect(asked).toBe(1)
  expect(await sender.send({ url, mode: 'live' })).toMatchObject({ error: 'the receiver has no public address' })
  expect(asked).toBe(2)
  expect(good.received).toHaveLength(1)
  expect(inside?.connections ?? 0).toBe(0)
})

test('of several addresses only the allowed ones are tried', async () => {
  const { receiver } = await receiverWith(answering(200), { tls: certificate })
  const sender = senderWith({
    allow: ['127.0.0.1/32'],
    ports: [receiver.port],
    resolve: async () => ['10.0.0.1', '169.254.169.254', '127.0.0.1'],
    tls: { ca: certificate.cert },
  })
  expect(await sender.send({ url: `https://shop.example:${receiver.port}/`, mode: 'live' })).toMatchObject({
    status: 200,
  })
})

test('the certificate must be trusted and name the host of the URL', async () => {
  const { receiver } = await receiverWith(answering(200), { tls: certificate })
  const options = { allow: ['127.0.0.1/32'], ports: [receiver.port], resolve: async () => ['127.0.0.1'] }
  const untrusted = await senderWith(options).send({ url: `https://shop.example:${receiver.port}/` })
  expect(untrusted.error).toContain('TLS certificate is not accepted')
  const trusting = senderWith({ ...options, tls: { ca: certificate.cert } })
  const other = await trusting.send({ url: `https://other.example:${receiver.port}/` })
  expect(other.error).toContain('TLS certificate is not accepted')
  expect(receiver.received).toHaveLength(0)
  expect(await trusting.send({ url: `https://127.0.0.1:${receiver.port}/`, mode: 'live' })).toMatchObject({
    status: 200,
  })
})

test.each([200, 204, 404, 405])('a receiver that answers HEAD with %i is there', async (status) => {
  const { receiver, url } = await receiverWith(answering(status))
  expect(await senderWith().probe(url, 'test')).toBeNull()
  expect(receiver.received).toMatchObject([{ method: 'HEAD', path: '/hooks?shop=1', body: '' }])
})

test('a receiver that is away, fails, moves on or is out of bounds is not there, and it is said why', async () => {
  const { probe } = senderWith()
  const { url: failing } = await receiverWith(answering(500))
  const { url: moved } = await receiverWith(answering(302, '', { location: 'https://shop.example/' }))
  expect(await probe(failing, 'test')).toBe('answered 500')
  expect(await probe(moved, 'test')).toBe('answered 302; redirects are not followed')
  expect(await probe('http://127.0.0.1:1/', 'test')).toMatch(/refused/)
  expect(await probe('https://nobody.example/', 'live')).not.toBeNull()
})
