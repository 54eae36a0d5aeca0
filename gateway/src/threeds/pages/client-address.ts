import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * The shopper's address, where the connection tells it: null for addresses of private networks, which are those of a proxy
 * in front of the gateway or of nobody that an issuer could know.
 */
export function clientAddress(remoteAddress: string | null): string | null {
  if (remoteAddress === null || isIP(remoteAddress) === 0) return null
  const address = ipaddr.process(remoteAddress)
  return address.range() === 'unicast' ? address.toString() : null
}
