import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A merchant's webhook receiver on loopback: takes every delivery and counts it. */
export interface Receiver {
  url: string
  readonly received: number
  stop(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  let received = 0
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      received += 1
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    get received() {
      return received
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
