import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The simulated issuer as browsers reach it: on another site than the gateway, as a bank is. It sets a cookie with every page,
 * and notes whether one comes back.
 */
export async function startBankHost() {
  let target = ''
  const cookiesSeen: string[] = []
  const server = createServer((request, response) => {
    if (request.headers.cookie !== undefined) cookiesSeen.push(request.headers.cookie)
    const onward = send(`${target}${request.url}`, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, {
        ...answer.headers,
        'set-cookie': 'bank=1; SameSite=None; Secure; Path=/',
      })
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    cookiesSeen,
    leadTo(url: string) {
      target = url
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
