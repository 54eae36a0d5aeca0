import { Resolver } from 'node:dns/promises'

/** All addresses of a name, in the order in which to try them. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<string[]>

/**
 * Asks the name servers directly. Node's usual look-up runs on four threads that the whole process shares: a few names whose
 * servers do not answer would hold up every other look-up and file access.
 */
export function createResolver(options: { timeoutMs: number; tries: number; servers?: readonly string[] }): Resolve {
  const resolver = new Resolver({ timeout: options.timeoutMs, tries: options.tries })
  if (options.servers !== undefined) resolver.setServers(options.servers)
  return async (hostname) => {
    const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
    const addresses = [...addressesOf(ipv4), ...addressesOf(ipv6)]
    if (addresses.length === 0 && ipv4.status === 'rejected') throw ipv4.reason
    return addresses
  }
}

function addressesOf(settled: PromiseSettledResult<string[]>): string[] {
  return settled.status === 'fulfilled' ? settled.value : []
}
