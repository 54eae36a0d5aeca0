import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { readBody, startServer, stopServer } from '@tessera/lib/http-server'

export interface Received {
  method: string | undefined
  path: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

export interface Receiver {
  port: number
  received: Received[]
  /** Connections that were opened to it, whether or not a request came. */
  connections: number
  stop(): Promise<void>
}

type Respond = (response: ServerResponse, request: Received, count: number) => void

/** A merchant's webhook receiver on loopback; with a certificate it speaks TLS. */
export async function startReceiver(
  respond: Respond,
  options: { host?: string; port?: number; tls?: { key: string; cert: string } } = {},
): Promise<Receiver> {
  const received: Received[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await readBody(request, 1_000_000)).toString()
    const seen = { method: request.method, path: request.url, headers: request.headers, body }
    received.push(seen)
    respond(response, seen, received.length)
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => response.destroy())
  }
  const server = options.tls === undefined ? createServer(onRequest) : createTlsServer(options.tls, onRequest)
  const receiver: Receiver = { port: 0, received, connections: 0, stop: () => stopServer(server, 0) }
  server.on('connection', () => {
    receiver.connections++
  })
  receiver.port = await startServer(server, { host: options.host ?? '127.0.0.1', port: options.port ?? 0 })
  return receiver
}

export const answering =
  (status: number, body = '', headers: Record<string, string> = {}): Respond =>
  (response) => {
    response.writeHead(status, headers).end(body)
  }
