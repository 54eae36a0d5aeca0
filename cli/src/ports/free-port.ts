import { createServer } from 'node:net'
import type { Random } from '@tessera/lib/random'

/**
 * Below the range from which systems take the ports of outgoing connections (Linux from 32768, macOS from 49152), so
 * that nobody's client connection sits on a port of ours while its process is being restarted.
 */
const lowest = 20_000
const highest = 32_000

/** Whether a listener can have this port on 127.0.0.1 now. */
export function portIsFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Picks ports that are free now. They can be lost until they are used: the caller starts again with others then. */
export async function pickFreePorts(count: number, random: Random): Promise<number[]> {
  const picked = new Set<number>()
  for (let attempt = 0; attempt < 500 && picked.size < count; attempt++) {
    const port = lowest + Math.floor(random.unit() * (highest - lowest))
    if (!picked.has(port) && (await portIsFree(port))) picked.add(port)
  }
  if (picked.size < count) throw new Error(`No ${count} free ports between ${lowest} and ${highest} on 127.0.0.1`)
  return [...picked]
}

export async function pickFreePort(random: Random): Promise<number> {
  const [port] = await pickFreePorts(1, random)
  return port as number
}
