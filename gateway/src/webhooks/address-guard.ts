import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = [Address, number]

/** Which addresses a webhook may be sent to. The text is what a resolver or a socket says. */
export interface AddressGuard {
  /** `loopback`: whether the receiver may be this machine. */
  allows(address: string, loopback: boolean): boolean
  /** Whether the operator has receivers inside, which may have short names. */
  readonly hasReceiversInside: boolean
}

/** Global unicast as assigned so far (IANA); all other IPv6 space is special, or was never given to anybody. */
const globalIpv6 = ipaddr.parseCIDR('2000::/3')

/** Public by number, and yet answered by the host below the machine: the metadata service of Azure. */
const hostServices = ['168.63.129.16'].map((text) => ipaddr.parse(text).toString())

/** `allowCidrs` are the operator's own receivers. Throws when one of them is not a range. */
export function createAddressGuard(allowCidrs: readonly string[]): AddressGuard {
  const allowed = allowCidrs.map(parseRange)
  return {
    hasReceiversInside: allowed.length > 0,
    allows(text, loopback) {
      const address = parseAddress(text)
      if (address === null) return false
      if (allowed.some((range) => isWithin(address, range))) return true
      if (address.range() === 'loopback') return loopback
      return isPublic(address)
    },
  }
}

/** As an address literal in any spelling that a URL's host can have after parsing; null for a name. */
export function parseAddress(text: string): Address | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  // `process` turns an IPv4 address inside an IPv6 one (::ffff:…) into what it stands for.
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : null
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  if (address.kind() === 'ipv6') return isWithin(address, globalIpv6)
  return !hostServices.includes(address.toString())
}

function isWithin(address: Address, range: Range): boolean {
  return address.kind() === range[0].kind() && address.match(range)
}

function parseRange(text: string): Range {
  try {
    return ipaddr.parseCIDR(text)
  } catch (cause) {
    throw new Error(`not an address range: ${text}; write it like 10.1.0.0/16`, { cause })
  }
}
