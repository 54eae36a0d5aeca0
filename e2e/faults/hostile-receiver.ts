import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const bigBytes = 10 << 20

/** Each path is a receiver of its own kind. */
const behaviours: Record<string, (response: ServerResponse, url: string) => void> = {
  '/hangs': () => {},
  '/redirects': (response, url) => response.writeHead(302, { location: `${url}/inside` }).end(),
  '/redirects-to-metadata': (response) =>
    response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  '/talks-long': (response) => response.writeHead(200).end(Buffer.alloc(bigBytes, 'x')),
  '/talks-slowly': (response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('x'), 500)
    response.once('close', () => clearInterval(timer))
  },
  '/is-gone': (response) => response.writeHead(410).end(),
}

/** Webhook receivers as nobody wants them. */
export async function startHostileReceiver() {
  const visited = new Set<string>()
  let followed = 0
  let url = ''
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path === '/inside') followed += 1
    visited.add(path)
    request.resume()
    request.on('end', () => (behaviours[path] ?? ((each) => each.writeHead(404).end()))(response, url))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    urls: Object.keys(behaviours).map((path) => url + path),
    /** How many of them were tried. */
    visited: () => Object.keys(behaviours).filter((path) => visited.has(path)).length,
    redirectsFollowed: () => followed,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
