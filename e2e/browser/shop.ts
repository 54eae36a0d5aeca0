import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Landing {
  path: string
  query: Record<string, string>
}

/**
 * A merchant's shop on a site of its own: `localhost` is another one than the `127.0.0.1` of the gateway. It sends the shopper
 * off by a link, as shops do, and notes where the shopper lands.
 */
export async function startShop() {
  const landings: Landing[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    const page = (title: string, body: string) =>
      response.end(`<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}</html>`)
    if (url.pathname === '/basket') {
      page('Basket', `<a id="pay" href="${(url.searchParams.get('to') ?? '').replaceAll('"', '')}">Pay</a>`)
    } else if (url.pathname.startsWith('/landing')) {
      landings.push({ path: url.pathname, query: Object.fromEntries(url.searchParams) })
      page('Back at the shop', '')
    } else {
      response.statusCode = 404
      page('Nothing here', '')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    origin,
    landings,
    /** Where shoppers are to land; a shop tells its orders apart by a query of its own. */
    landingUrl: (order: string) => `${origin}/landing?order=${order}`,
    basketUrl: (to: string) => `${origin}/basket?to=${encodeURIComponent(to)}`,
    landingsOf: (order: string) => landings.filter((landing) => landing.query.order === order),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
