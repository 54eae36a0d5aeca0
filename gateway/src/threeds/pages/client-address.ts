import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6
/** A network, and how many bits name it. */
type Range = [Address, number]

/**
 * Finds the shopper's address: the other end of the connection or, where that is a proxy of the operator's, the last hop
 * before the proxies in `x-forwarded-for`, which anyone may begin as they like. Null for addresses of private networks: they are
 * nobody that an issuer could know. Throws for a range that is none.
 */
export function createClientAddress(proxies: readonly string[]) {
  const ranges = proxies.map((range) => ipaddr.parseCIDR(range))
  const isProxy = (address: Address): boolean => ranges.some((range) => isWithin(address, range))

  return (remoteAddress: string | null, forwardedFor: string | undefined): string | null => {
    const hops = [...(forwardedFor ?? '').split(','), remoteAddress ?? ''].map(addressOf).reverse()
    const shopper = hops.find((hop) => hop === null || !isProxy(hop)) ?? null
    return shopper?.range() === 'unicast' ? shopper.toString() : null
  }
}

function isWithin(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network as never, bits)
}

function addressOf(text: string): Address | null {
  const trimmed = text.trim()
  return isIP(trimmed) === 0 ? null : ipaddr.process(trimmed)
}
