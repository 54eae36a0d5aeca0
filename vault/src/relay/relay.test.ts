import { createSecretKey } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { verifyInternalCall } from '@tessera/contracts/internal-signature'
import { serverPaymentPath } from '@tessera/contracts/relay-protocol'
import { ManualClock } from '@tessera/lib/clock'
import { startServer, stopServer } from '@tessera/lib/http-server'
import { secureRandom } from '@tessera/lib/random'
import { ManualTimers } from '@tessera/lib/timers'
import { afterEach, expect, it } from 'vitest'
import { createKeyBook } from '../keys/key-book.ts'
import { createRelay } from './relay.ts'

const secret = createSecretKey(Buffer.alloc(32, 7))
const clock = new ManualClock(1_700_000_000_000)
const request = { body: Buffer.from('{"a":1}'), isSigned: true, headers: { 'x-inflow-api-key': 'key' } }
const atTheEnd: (() => unknown)[] = []
afterEach(async () => {
  for (const step of atTheEnd.splice(0).reverse()) await step()
})

function relayTo(relayUrl: string | null) {
  const keys = createKeyBook(clock)
  keys.take({ version: 'v', sentAtMs: clock.now(), keys: [], relayUrl })
  const timers = new ManualTimers()
  const relay = createRelay({ keys, secret, clock, random: secureRandom, timers })
  atTheEnd.push(() => relay.close())
  return { relay, timers, keys }
}

async function gateway(answer: (body: Buffer, req: IncomingMessage, res: ServerResponse) => void) {
  const server = createServer((req, res) => {
    const pieces: Buffer[] = []
    req.on('data', (piece: Buffer) => pieces.push(piece))
    req.on('end', () => answer(Buffer.concat(pieces), req, res))
  })
  const port = await startServer(server, { host: '127.0.0.1', port: 0 })
  atTheEnd.push(() => stopServer(server, 0))
  return `http://127.0.0.1:${port}`
}

/** Takes connections and does as told with each. */
async function rawGateway(onSocket: (socket: Socket) => void) {
  const server = createTcpServer(onSocket)
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  )
  atTheEnd.push(() => server.close())
  return `http://127.0.0.1:${port}`
}

it('passes a request on, signed for one use, and the answer back to the byte', async () => {
  const seen: unknown[] = []
  const url = await gateway((body, req, res) => {
    const { method = '', url: path = '', headers } = req
    const verdict = verifyInternalCall(secret, String(headers['x-tessera-relay']), { method, path, body }, clock.now())
    seen.push([path, headers['x-inflow-api-key'], headers['content-type'], verdict.valid && verdict.nonce])
    res.writeHead(201, { 'x-request-id': 'rq_1', 'x-tessera-token': 'unused' }).end('{ "id" : 1 }')
  })
  const { relay } = relayTo(url)
  const replies = [await relay.pass(request), await relay.pass(request)]
  expect(replies[0]).toMatchObject({
    outcome: 'answered',
    status: 201,
    verdict: 'unused',
    headers: { 'x-request-id': 'rq_1' },
  })
  expect(String((replies[0] as { body: Buffer }).body)).toBe('{ "id" : 1 }')
  expect(seen[0]).toEqual([serverPaymentPath, 'key', 'application/json', expect.any(String)])
  expect((seen[0] as unknown[])[3]).not.toBe((seen[1] as unknown[])[3])
})

it('does not sign what it did not make', async () => {
  const url = await gateway((_body, req, res) => res.end(String(req.headers['x-tessera-relay'])))
  const reply = await relayTo(url).relay.pass({ ...request, isSigned: false })
  expect(String((reply as { body: Buffer }).body)).toBe('undefined')
})

it('keeps its connections', async () => {
  const ports = new Set<number | undefined>()
  const url = await gateway((_body, req, res) => {
    ports.add(req.socket.remotePort)
    res.end('{}')
  })
  const { relay } = relayTo(url)
  for (let count = 0; count < 5; count += 1) await relay.pass(request)
  expect(ports.size).toBe(1)
})

it('knows that nothing left when it was told of no gateway, or none listens', async () => {
  expect(await relayTo(null).relay.pass(request)).toEqual({ outcome: 'not_sent' })
  const server = createServer()
  const port = await startServer(server, { host: '127.0.0.1', port: 0 })
  await stopServer(server, 0)
  expect(await relayTo(`http://127.0.0.1:${port}`).relay.pass(request)).toEqual({ outcome: 'not_sent' })
})

it('follows the gateway to another address, and keeps the last one that it was told', async () => {
  const { relay, keys } = relayTo(await gateway((_body, _req, res) => res.end('one')))
  const said = async () => String(((await relay.pass(request)) as { body: Buffer }).body)
  expect(await said()).toBe('one')
  const other = await gateway((_body, _req, res) => res.end('two'))
  keys.take({ version: 'v', sentAtMs: clock.now(), keys: null, relayUrl: other })
  expect(await said()).toBe('two')
  keys.take({ version: 'v', sentAtMs: clock.now(), keys: null, relayUrl: null })
  expect(await said()).toBe('two')
})

it.each([
  ['hangs up at once', (socket: Socket) => socket.destroy()],
  [
    'hangs up in the middle of its answer',
    (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{"i')),
  ],
  ['answers what is no HTTP', (socket: Socket) => socket.once('data', () => socket.end('hello\r\n\r\n'))],
])('does not know what became of a request when the gateway %s', async (_what, onSocket) => {
  const { relay } = relayTo(await rawGateway((socket) => void onSocket(socket.on('error', () => undefined))))
  expect(await relay.pass(request)).toEqual({ outcome: 'unknown', reason: 'connection_lost' })
})

it('waits a minute for an answer', async () => {
  const arrived = Promise.withResolvers<void>()
  const { relay, timers } = relayTo(await gateway(() => arrived.resolve()))
  const reply = relay.pass(request)
  await arrived.promise
  await timers.advance(59_000)
  expect(await Promise.race([reply, Promise.resolve('waits')])).toBe('waits')
  await timers.advance(1_001)
  expect(await reply).toEqual({ outcome: 'unknown', reason: 'timeout' })
})

it('takes no answer without an end', async () => {
  const { relay } = relayTo(
    await gateway((_body, _req, res) => {
      res.on('error', () => undefined)
      for (let count = 0; count < 40; count += 1) res.write(Buffer.alloc(64 * 1024, 32))
    }),
  )
  expect(await relay.pass(request)).toEqual({ outcome: 'unknown', reason: 'answer_too_large' })
})
