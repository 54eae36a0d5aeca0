import { createServer, type ServerResponse } from 'node:http'
import { startServer } from '@tessera/lib/http-server'
import type { ReceivedRequest } from './stub-acquirer.ts'

export interface StubGateway {
  url: string
  received: ReceivedRequest[]
  /** What it answers from now on. */
  behave(answer: (request: ReceivedRequest, res: ServerResponse) => void): void
  stop(): Promise<void>
}

/** A gateway that writes down what is passed on to it: the body that it was sent, unless a test tells it what else to answer. */
export async function startStubGateway(): Promise<StubGateway> {
  const received: ReceivedRequest[] = []
  const echo = (request: ReceivedRequest, res: ServerResponse): void => {
    res.writeHead(201, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'rq_gateway' })
    res.end(request.body)
  }
  let answer = echo
  const server = createServer((req, res) => {
    const pieces: Buffer[] = []
    req.on('data', (piece) => pieces.push(piece))
    req.on('end', () => {
      const { method = '', url: path = '', headers } = req
      const request = { method, path, headers, body: Buffer.concat(pieces).toString('utf8') }
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
