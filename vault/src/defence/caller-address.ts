import { BlockList, isIP } from 'node:net'

/** Where a request comes from, as counters name it. */
export interface CallerAddress {
  /** An IPv4 address, or the /64 of an IPv6 address: one household, office or server. */
  host: string
  /** Its /24 or /48. */
  network: string
}

/** Addresses that many may share and nobody outside can have: they tell nothing about who calls. */
const nobodys = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  nobodys.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  nobodys.addSubnet(network, bits, 'ipv6')
}

/**
 * Finds the caller: the other end of the connection or, where that is a proxy of the operator's, the last hop before the
 * proxies in `x-forwarded-for`, which anyone may begin as they like. Null where the address is nobody's.
 */
export function createCallerAddress(proxies: readonly string[]) {
  const trusted = new BlockList()
  for (const range of proxies) {
    const [network = '', bits] = range.split('/')
    trusted.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4')
  }
  return (remoteAddress: string | undefined, forwardedFor: string | string[] | undefined): CallerAddress | null => {
    const hops = [...String(forwardedFor ?? '').split(','), remoteAddress ?? ''].map((hop) => unmapped(hop.trim()))
    const caller = hops.reverse().find((hop) => !holds(trusted, hop))
    if (caller === undefined || isIP(caller) === 0 || holds(nobodys, caller)) return null
    return isIP(caller) === 4 ? ofVersion4(caller) : ofVersion6(caller)
  }
}

function holds(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** RFC 4291 section 2.5.5.2: what a socket for both versions calls a caller of version 4. */
function unmapped(address: string): string {
  const inside = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return inside ?? address
}

function ofVersion4(address: string): CallerAddress {
  return { host: address, network: address.slice(0, address.lastIndexOf('.')) }
}

function ofVersion6(address: string): CallerAddress {
  // The parser of URLs knows all spellings; what it gives has at most one gap.
  const spelled = URL.parse(`http://[${address.split('%', 1)[0]}]`)?.hostname.slice(1, -1) ?? address
  const [front = '', back] = spelled.split('::')
  const groups = front === '' ? [] : front.split(':')
  const behind = back === undefined || back === '' ? [] : back.split(':')
  const gap = back === undefined ? [] : new Array(8 - groups.length - behind.length).fill('0')
  const whole = [...groups, ...gap, ...behind]
  return { host: whole.slice(0, 4).join(':'), network: whole.slice(0, 3).join(':') }
}
