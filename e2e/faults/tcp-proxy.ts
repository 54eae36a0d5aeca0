import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@tessera/lib/random'

/**
 * What is wrong with a wire.
 * `slow`: every piece takes so long more. `lossy`: this share of pieces is lost and sent again, as TCP does: they come late, and all
 * behind them with them. `frozen`: nothing moves, in either direction, and nobody is told. `deaf`: what the client sends never
 * arrives; `mute`: what the server answers never does. `refusing`: nobody listens.
 */
export type WireFault =
  | { kind: 'none' }
  | { kind: 'slow'; ms: number }
  | { kind: 'lossy'; share: number }
  | { kind: 'frozen' }
  | { kind: 'deaf' }
  | { kind: 'mute' }
  | { kind: 'refusing' }

export interface TcpProxy {
  port: number
  fail(fault: WireFault): void
  /** Ends every connection by a reset. Returns how many there were. */
  reset(): number
  /** Bytes that were swallowed so far: a fault that nothing met has shown nothing. */
  readonly swallowedBytes: number
  readonly connections: number
  stop(): Promise<void>
}

const resentAfterMs = 250

/** A wire of ours between two processes, which can be broken without their help. */
export async function startTcpProxy(o: { target: () => number; random: Random }): Promise<TcpProxy> {
  let fault: WireFault = { kind: 'none' }
  let swallowedBytes = 0
  let thawed = Promise.withResolvers<void>()
  const pairs = new Set<[Socket, Socket]>()

  function join(from: Socket, to: Socket, way: 'out' | 'back'): void {
    let last: Promise<void> = Promise.resolve()
    from.on('data', (chunk: Buffer) => {
      from.pause()
      last = last.then(async () => {
        if (await passes(chunk, way)) to.write(chunk)
        from.resume()
      })
    })
    from.on('end', () => void last.then(() => to.end()))
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }

  async function passes(chunk: Buffer, way: 'out' | 'back'): Promise<boolean> {
    if (fault.kind === 'slow') await sleep(fault.ms)
    if (fault.kind === 'lossy' && o.random.unit() < fault.share) await sleep(resentAfterMs * (1 + o.random.unit()))
    if (fault.kind === 'frozen') await thawed.promise
    const isSwallowed = fault.kind === (way === 'out' ? 'deaf' : 'mute')
    if (isSwallowed) swallowedBytes += chunk.length
    return !isSwallowed
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (fault.kind === 'refusing') return void client.resetAndDestroy()
    const upstream = connect({ port: o.target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const pair: [Socket, Socket] = [client, upstream]
    pairs.add(pair)
    client.once('close', () => pairs.delete(pair))
    join(client, upstream, 'out')
    join(upstream, client, 'back')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const reset = (): number => {
    const count = pairs.size
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy()
      upstream.resetAndDestroy()
    }
    return count
  }
  return {
    port: (server.address() as AddressInfo).port,
    fail(next) {
      // What was swallowed leaves a gap: such a connection is of no use any more.
      if (fault.kind === 'deaf' || fault.kind === 'mute' || next.kind === 'refusing') reset()
      fault = next
      thawed.resolve()
      thawed = Promise.withResolvers<void>()
    },
    reset,
    get swallowedBytes() {
      return swallowedBytes
    },
    get connections() {
      return pairs.size
    },
    async stop() {
      reset()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
