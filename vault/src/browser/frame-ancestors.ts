import type { KeyLookup } from '../keys/key-book.ts'

/** Any port: developers have many. Nobody else's page can be at these addresses. */
const ownMachine = ['http://localhost:*', 'http://127.0.0.1:*', 'https://localhost:*', 'https://127.0.0.1:*']

/**
 * Who may hold the card fields of a key in a frame (CSP `frame-ancestors`): the origins that the merchant registered, and our own
 * checkout. Where a merchant registered none: pages of the developer's own machine in test mode, nobody in live mode.
 */
export function frameAncestors(lookup: KeyLookup, gatewayUrl: string): string[] {
  if (lookup.found !== 'key') return ["'none'"]
  const { mode, allowedOrigins } = lookup.key
  const ofMerchant = allowedOrigins?.filter((origin) => plainOrigin.test(origin)) ?? []
  const known = allowedOrigins === null && mode === 'test' ? ownMachine : ofMerchant
  return [...new Set([new URL(gatewayUrl).origin, ...known])]
}

/** As the gateway takes them; anything else could end the directive. */
const plainOrigin = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?$/
