import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Pages of a merchant, on another site than the vault's. Each allows what its guide tells merchants to allow, and nothing else:
 * so a page that works here works under a strict policy.
 */
export async function startMerchantSite(hosts: { vaultUrl: string; gatewayUrl: string }) {
  const pages = new Map<string, { type: string; text: string }>()
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${hosts.vaultUrl}`,
    `connect-src 'self' ${hosts.vaultUrl} ${hosts.gatewayUrl}`,
    `frame-src ${hosts.vaultUrl} ${hosts.gatewayUrl}`,
    "style-src 'self'",
    'img-src data:',
  ].join('; ')
  const server = createServer((request, response) => {
    const page = pages.get((request.url ?? '').split('?', 1)[0] as string)
    response.statusCode = page === undefined ? 404 : 200
    response.setHeader('content-type', `${page?.type ?? 'text/plain'}; charset=utf-8`)
    response.setHeader('content-security-policy', policy)
    response.end(page?.text ?? 'nothing here')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    origin,
    /** Serves this body in a page with the SDK; returns its address. */
    page(path: string, body: string, o: { script?: string; lang?: string } = {}): string {
      const script = o.script ?? `<script src="${hosts.vaultUrl}/v1/tessera.js"></script>`
      const text =
        `<!doctype html><html lang="${o.lang ?? 'en'}"><head><meta name="viewport" content="width=device-width">` +
        `<link rel="icon" href="data:,"><title>Shop</title>${script}</head><body>${body}</body></html>`
      pages.set(path, { type: 'text/html', text })
      return origin + path
    },
    /** Serves a script of the shop's own; returns its address. */
    script(path: string, text: string): string {
      pages.set(path, { type: 'text/javascript', text })
      return origin + path
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
