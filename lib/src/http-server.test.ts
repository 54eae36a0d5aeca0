import { once } from 'node:events'
import { createServer, IncomingMessage, type RequestListener, type Server } from 'node:http'
import { Agent, createServer as createTlsServer, request } from 'node:https'
import { connect, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import {
  afterAnswers,
  BodyTooLarge,
  dropBody,
  RequestAborted,
  readBody,
  startServer,
  stopServer,
} from './http-server.ts'

const running: Server[] = []
const sockets: Socket[] = []

async function serve(listener: RequestListener): Promise<{ server: Server; port: number; url: string }> {
  const server = createServer(listener)
  running.push(server)
  const port = await startServer(server, { host: '127.0.0.1', port: 0 })
  return { server, port, url: `http://127.0.0.1:${port}/` }
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(running.splice(0).map((server) => server.listening && stopServer(server, 0)))
})

/** A raw connection whose whole received text is awaited by a condition on it. */
async function open(port: number) {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let received = ''
  const waiting: (() => void)[] = []
  socket.on('data', (piece) => {
    received += piece.toString('latin1')
    for (const wake of waiting.splice(0)) wake()
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  return {
    socket,
    closed,
    received: () => received,
    async until(text: string): Promise<void> {
      while (!received.includes(text)) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}

/** Answers with what became of the body. */
function reporting(limitBytes: number, seen: unknown[] = []): RequestListener {
  return (req, res) => {
    readBody(req, limitBytes).then(
      (body) => res.end(`got ${body.length}`),
      (error) => {
        seen.push(error)
        if (!res.destroyed) res.writeHead(413, { connection: 'close' }).end('refused')
      },
    )
  }
}

test.each([0, 1, 1_000, 65_536])('a body of %i bytes inside the limit comes whole', async (length) => {
  const body = Buffer.alloc(length, 'a')
  const { url } = await serve(async (req, res) => {
    res.end(await readBody(req, 65_536))
  })
  const answer = await fetch(url, { method: 'POST', body })
  expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true)
})

test('a declared length past the limit is refused before any of it is read, and the client sees the answer', async () => {
  const seen: unknown[] = []
  const { url } = await serve(reporting(10, seen))
  const answer = await fetch(url, { method: 'POST', body: Buffer.alloc(2_000_000) })
  expect([answer.status, await answer.text()]).toEqual([413, 'refused'])
  expect(seen[0]).toBeInstanceOf(BodyTooLarge)
})

test('a body of undeclared length is refused as soon as it passes the limit', async () => {
  const seen: unknown[] = []
  const { port } = await serve(reporting(10, seen))
  const client = await open(port)
  client.socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n')
  await client.until('refused')
  expect(client.received()).toMatch(/^HTTP\/1.1 413/)
  expect(seen[0]).toBeInstanceOf(BodyTooLarge)
})

test('the pieces of a body are wiped once it is put together', async () => {
  const pieces: Buffer[] = []
  let whole: Buffer | undefined
  const { port } = await serve(async (req, res) => {
    req.on('data', (piece: Buffer) => pieces.push(piece))
    whole = await readBody(req, 100)
    res.end('done')
  })
  const client = await open(port)
  client.socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 16\r\n\r\n42424242')
  while (pieces.length === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  client.socket.write('42424242')
  await client.until('done')
  expect(whole?.toString()).toBe('4242424242424242')
  expect(pieces.length).toBeGreaterThan(1)
  expect(Buffer.concat(pieces).every((byte) => byte === 0)).toBe(true)
})

test('a body that is dropped is wiped: what lies there already at once, and what comes later', async () => {
  const request = new IncomingMessage(new Socket())
  const [early, late] = [Buffer.from('4242'), Buffer.from('4343')]
  request.push(early)
  dropBody(request)
  expect(early).toEqual(Buffer.alloc(4))
  request.push(late)
  request.push(null)
  await once(request, 'end')
  expect(late).toEqual(Buffer.alloc(4))
})

test('a client that goes away in the middle of its body rejects the read, and what came is wiped', async () => {
  const pieces: Buffer[] = []
  let verdict: Promise<unknown> | undefined
  const { port } = await serve((req: IncomingMessage) => {
    req.on('data', (piece: Buffer) => pieces.push(piece))
    verdict = readBody(req, 100).catch((error) => error)
  })
  const client = await open(port)
  client.socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 16\r\n\r\n4242')
  while (pieces.length === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  client.socket.destroy()
  expect(await verdict).toBeInstanceOf(RequestAborted)
  expect(Buffer.concat(pieces).every((byte) => byte === 0)).toBe(true)
})

test('a request that is already gone when it is read rejects', async () => {
  let verdict: Promise<unknown> | undefined
  const { port } = await serve((req) => {
    req.socket.once('close', () => {
      verdict = readBody(req, 100).catch((error) => error)
    })
  })
  const client = await open(port)
  client.socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 16\r\n\r\n')
  client.socket.destroy()
  while (verdict === undefined) await new Promise<void>((resolve) => setImmediate(resolve))
  expect(await verdict).toBeInstanceOf(RequestAborted)
})

test('a body that was read before rejects instead of waiting for ever', async () => {
  const { url } = await serve(async (req, res) => {
    await readBody(req, 100)
    res.end(await readBody(req, 100).catch((error) => error.name))
  })
  const answer = await fetch(url, { method: 'POST', body: 'once' })
  expect(await answer.text()).toBe('RequestAborted')
})

test('a port that is taken is an error, not a silence', async () => {
  const { port } = await serve(() => {})
  const second = createServer()
  await expect(startServer(second, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('stopping lets a running request finish, closes idle connections and takes no new ones', async () => {
  let release: (() => void) | undefined
  const { server, port, url } = await serve((_req, res) => {
    release = () => res.end('late answer')
  })
  const idle = await open(port)
  const busy = await open(port)
  busy.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  while (release === undefined) await new Promise<void>((resolve) => setImmediate(resolve))
  const stopped = stopServer(server, 60_000)
  await expect(fetch(url)).rejects.toThrow()
  release()
  await busy.until('late answer')
  await Promise.all([stopped, busy.closed, idle.closed])
  expect(server.listening).toBe(false)
})

test('stopping cuts what does not finish within the grace', async () => {
  let reached = false
  const { server, port } = await serve(() => {
    reached = true
  })
  const stuck = await open(port)
  stuck.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  while (!reached) await new Promise<void>((resolve) => setImmediate(resolve))
  await stopServer(server, 20)
  await stuck.closed
})

test('a TLS server answers what runs and then stops, kept-alive connections included', async () => {
  // A key both sides know stands in for a certificate.
  const tls = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const
  const psk = Buffer.alloc(16, 7)
  let finish: (() => void) | undefined
  const server = createTlsServer({ ...tls, pskCallback: () => psk }, (_req, res) => {
    finish = () => res.end('late answer')
  })
  const port = await startServer(server, { host: '127.0.0.1', port: 0 })
  const agent = new Agent({
    ...tls,
    keepAlive: true,
    pskCallback: () => ({ psk, identity: 'test' }),
    checkServerIdentity: () => undefined,
  })
  const answer = new Promise<string>((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, agent }, (res) => {
      res.setEncoding('utf8')
      res.once('data', resolve)
    })
    outgoing.once('error', reject).end()
  })
  while (finish === undefined) await new Promise<void>((resolve) => setImmediate(resolve))
  const stopped = stopServer(server, 60_000)
  finish()
  expect(await answer).toBe('late answer')
  await stopped
  agent.destroy()
})

test('what is no request is answered after the whole requests before it on the connection', async () => {
  const answer = Promise.withResolvers<void>()
  const { server, port } = await serve((_req, res) => void answer.promise.then(() => res.end('paid')))
  const refused = Promise.withResolvers<void>()
  server.on('clientError', (_error, socket: Socket) => {
    afterAnswers(server, socket, () => socket.end('refused'))
    refused.resolve()
  })
  const { socket, closed, received } = await open(port)
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n}{!?\r\n\r\n')
  await refused.promise
  expect(received()).toBe('')
  answer.resolve()
  await closed
  expect(received()).toMatch(/paid[\s\S]*refused$/)
})

test('a request that breaks off in its body is refused at once', async () => {
  const { server, port } = await serve(reporting(100))
  server.on('clientError', (_error, socket: Socket) => afterAnswers(server, socket, () => socket.end('refused')))
  const { socket, closed, received } = await open(port)
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')
  await closed
  expect(received()).toBe('refused')
})

test('a caller that has ended its side after the request is answered, then hung up on', async () => {
  const answer = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const { port } = await serve((_req, res) => {
    asked.resolve()
    void answer.promise.then(() => res.end('paid'))
  })
  const { socket, closed, received } = await open(port)
  socket.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await asked.promise
  for (let turn = 0; turn < 20; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
  answer.resolve()
  await closed
  expect(received()).toMatch(/^HTTP\/1\.1 200 [\s\S]*paid$/)
})
