import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { startServer } from '@tessera/lib/http-server'

export interface ReceivedRequest {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

export interface StubAcquirer {
  url: string
  received: ReceivedRequest[]
  /** What it does from now on. */
  behave(answer: (request: ReceivedRequest, res: ServerResponse) => void): void
  stop(): Promise<void>
}

/** An acquirer that writes down what it gets and does what a test tells it. */
export async function startStubAcquirer(): Promise<StubAcquirer> {
  const received: ReceivedRequest[] = []
  const approve = (_request: ReceivedRequest, res: ServerResponse): void => {
    res.setHeader('content-type', 'application/json')
    res.end('{"status":"approved"}')
  }
  let answer: (request: ReceivedRequest, res: ServerResponse) => void = approve
  const server = createServer((req, res) => {
    const pieces: Buffer[] = []
    req.on('data', (piece) => pieces.push(piece))
    req.on('end', () => {
      const request = {
        method: req.method ?? '',
        path: req.url ?? '',
        headers: req.headers,
        body: Buffer.concat(pieces).toString('utf8'),
      }
      received.push(request)
      answer(request, res)
    })
  })
  const port = await startServer(server, { host: '127.0.0.1', port: 0 })
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    behave(next) {
      answer = next
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
