import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { systemClock } from '@tessera/lib/clock'
import { ManualTimers, realTimers, type Timers } from '@tessera/lib/timers'
import { afterEach, describe, expect, it } from 'vitest'
import { canMakeCertificates, makeCertificate } from '../testing/certificate.ts'
import { createSender, type Sender } from './send.ts'

const body = Buffer.from('{"number":"4242424242424242"}')
const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

function newSender(certificateAuthority?: string, socketsPerHost?: number, timers: Timers = realTimers): Sender {
  const sender = createSender({ clock: systemClock, timers, certificateAuthority, socketsPerHost })
  closers.push(() => sender.close())
  return sender
}

/** Listens on a free port; each connection is handed to `handle` with what came in so far. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  closers.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

/** `respond` is called once for each request that came in whole. */
async function acquirer(respond: (socket: Socket, request: string, count: number) => void): Promise<URL> {
  let count = 0
  const port = await listen(
    createServer((socket) => {
      let received = ''
      socket.on('data', (piece) => {
        received += piece.toString('latin1')
        if (!received.includes('\r\n\r\n') || !received.endsWith('"}')) return
        const request = received
        received = ''
        count += 1
        respond(socket, request, count)
      })
    }),
  )
  return new URL(`http://127.0.0.1:${port}`)
}

const answer = (content: string, headers = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${headers}content-length: ${Buffer.byteLength(content)}\r\n\r\n${content}`

function send(sender: Sender, origin: URL) {
  const headers = { 'content-type': 'application/json' }
  return sender.send({ origin, method: 'POST', path: '/v1/x', headers, body, timeoutMs: 5_000 })
}

describe('a request to an acquirer', () => {
  it('brings the answer, and goes over the same connection again', async () => {
    const ports = new Set<number | undefined>()
    const origin = await acquirer((socket, _request, count) => {
      ports.add(socket.remotePort)
      socket.write(answer(`{"count":${count}}`))
    })
    const sender = newSender()
    for (const count of [1, 2, 3]) {
      const outcome = await send(sender, origin)
      expect(outcome).toMatchObject({ outcome: 'answered', status: 200, contentType: 'application/json' })
      expect(outcome.outcome === 'answered' && outcome.body.toString()).toBe(`{"count":${count}}`)
    }
    expect(ports.size).toBe(1)
  })

  it('says exactly what it was told to say', async () => {
    let seen = ''
    const origin = await acquirer((socket, request) => {
      seen = request
      socket.write(answer('{}'))
    })
    await send(newSender(), origin)
    expect(seen.split('\r\n').sort()).toEqual(
      [
        'POST /v1/x HTTP/1.1',
        'content-type: application/json',
        'accept-encoding: identity',
        `content-length: ${body.length}`,
        `Host: 127.0.0.1:${origin.port}`,
        'Connection: keep-alive',
        '',
        body.toString(),
      ].sort(),
    )
  })

  it('that finds nobody there was not sent', async () => {
    const port = await listen(createServer())
    for (const close of closers.splice(0)) close()
    const outcome = await send(newSender(), new URL(`http://127.0.0.1:${port}`))
    expect(outcome).toEqual({ outcome: 'not_sent', detail: 'ECONNREFUSED' })
  })

  it('to a name that does not exist was not sent', async () => {
    expect(await send(newSender(), new URL('https://nowhere.invalid'))).toMatchObject({ outcome: 'not_sent' })
  })

  it.each([
    ['closes the connection', (socket: Socket) => socket.end()],
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
    ['dies within its answer', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":')],
    ['dies within its headers', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
    [
      'dies within a chunk',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"'),
    ],
  ])('has an unknown outcome when the acquirer %s', async (_what, respond) => {
    expect(await send(newSender(), await acquirer(respond))).toMatchObject({
      outcome: 'unknown',
      reason: 'connection_lost',
    })
  })

  it('has an unknown outcome when a connection that was kept open is reset under it, and is not repeated', async () => {
    let requests = 0
    const origin = await acquirer((socket, _request, count) => {
      requests = count
      if (count === 1) socket.write(answer('{}'))
      else socket.resetAndDestroy()
    })
    const sender = newSender()
    expect(await send(sender, origin)).toMatchObject({ outcome: 'answered' })
    expect(await send(sender, origin)).toMatchObject({ outcome: 'unknown', reason: 'connection_lost' })
    expect(requests).toBe(2)
  })

  it.each([
    ['the acquirer hangs', () => undefined],
    ['the answer never ends', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{')],
  ])('has an unknown outcome when %s', async (_what, respond) => {
    const asked = Promise.withResolvers<void>()
    const origin = await acquirer((socket) => {
      respond(socket)
      asked.resolve()
    })
    const timers = new ManualTimers()
    const outcome = send(newSender(undefined, undefined, timers), origin)
    await asked.promise
    await timers.advance(5_000)
    expect(await outcome).toMatchObject({ outcome: 'unknown', reason: 'timeout' })
  })

  it('has an unknown outcome when the answer is huge, and does not wait for its end', async () => {
    const origin = await acquirer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n')
      for (let mebibyte = 0; mebibyte < 2; mebibyte += 1) socket.write(Buffer.alloc(1 << 20, 'x'))
    })
    expect(await send(newSender(), origin)).toMatchObject({ outcome: 'unknown', reason: 'answer_too_large' })
  })

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['a header that is none', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['a compressed body', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx'],
  ])('has an unknown outcome when the answer is %s', async (_what, text) => {
    const origin = await acquirer((socket) => socket.end(text))
    expect(await send(newSender(), origin)).toMatchObject({ outcome: 'unknown', reason: 'answer_garbled' })
  })

  it('follows no redirect', async () => {
    let followed = false
    const elsewhere = await acquirer(() => {
      followed = true
    })
    const origin = await acquirer((socket) =>
      socket.write(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${elsewhere}\r\ncontent-length: 0\r\n\r\n`),
    )
    expect(await send(newSender(), origin)).toMatchObject({ outcome: 'answered', status: 307 })
    expect(followed).toBe(false)
  })
})

describe.skipIf(!canMakeCertificates)('a request over TLS', () => {
  async function tlsAcquirer(): Promise<{ origin: URL; cert: string; received: () => string }> {
    const { cert, key } = makeCertificate()
    let received = ''
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (piece) => {
        received += piece.toString('latin1')
        if (received.endsWith('"}')) socket.write(answer('{}'))
      })
    })
    server.on('tlsClientError', () => undefined)
    const port = await listen(server)
    return { origin: new URL(`https://127.0.0.1:${port}`), cert, received: () => received }
  }

  it('brings the answer of an acquirer that proves who it is, twice over one connection', async () => {
    const { origin, cert } = await tlsAcquirer()
    const sender = newSender(cert)
    expect(await send(sender, origin)).toMatchObject({ outcome: 'answered', status: 200 })
    expect(await send(sender, origin)).toMatchObject({ outcome: 'answered', status: 200 })
  })

  it('was not sent, not a byte of it, to one that cannot prove who it is', async () => {
    const { origin, received } = await tlsAcquirer()
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect(await send(newSender(), origin)).toMatchObject({ outcome: 'not_sent' })
    }
    await realTimers.sleep(50)
    expect(received()).toBe('')
  })

  it('was not sent to somebody who speaks no TLS', async () => {
    const port = await listen(createServer((socket) => socket.end('nonsense')))
    expect(await send(newSender(), new URL(`https://127.0.0.1:${port}`))).toMatchObject({ outcome: 'not_sent' })
  })

  it('has an unknown outcome when the connection breaks after it was made', async () => {
    const { cert, key } = makeCertificate()
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.on('error', () => undefined)
      socket.on('data', () => socket.destroy())
    })
    const origin = new URL(`https://127.0.0.1:${await listen(server)}`)
    expect(await send(newSender(cert), origin)).toMatchObject({ outcome: 'unknown', reason: 'connection_lost' })
  })

  it('that waited for a free connection counts as sent from the moment it got one', async () => {
    const { cert, key } = makeCertificate()
    let requests = 0
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (piece) => {
        if (!piece.toString('latin1').endsWith('"}')) return
        requests += 1
        if (requests <= 4) socket.write(answer('{}'))
        else socket.destroy()
      })
    })
    const origin = new URL(`https://127.0.0.1:${await listen(server)}`)
    const sender = newSender(cert, 4)
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => send(sender, origin)))
    const answered = outcomes.filter(({ outcome }) => outcome === 'answered').length
    const unknown = outcomes.filter(({ outcome }) => outcome === 'unknown').length
    expect({ answered, unknown }).toEqual({ answered: 4, unknown: 4 })
  })
})
