import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Json } from './api.ts'

export interface Received {
  headers: IncomingHttpHeaders
  body: string
  json: Json
}

/** A merchant's webhook receiver on loopback. `answer` decides the status, at once or later; 200 unless told otherwise. */
export async function startReceiver(answer: (received: Received) => number | Promise<number> = () => 200) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const each: Received = { headers: request.headers, body, json: body === '' ? null : JSON.parse(body) }
      received.push(each)
      void Promise.resolve(answer(each)).then((status) => response.writeHead(status).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received,
    of: (event: string, transactionId?: string) =>
      received.filter(
        (each) =>
          each.json?.event === event && (transactionId === undefined || each.json.transaction_id === transactionId),
      ),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>
