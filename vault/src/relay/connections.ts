import type { Clock } from '@tessera/lib/clock'
import type { Timers } from '@tessera/lib/timers'
import { Connection, type Exchanged } from './connection.ts'

export interface Connections {
  originOf(url: string): URL
  /** Over a connection that is idle, or a new one: as many as requests that the public listener lets in at once. */
  exchange(origin: URL, request: Buffer): Promise<Exchanged>
  close(): void
}

/** A little longer than a gateway takes at most: claim, commit, the slowest acquirer with the grace of a forward, commit. */
const deadlineMs = 60_000
const connectWithinMs = 5_000
/** Well before the gateway hangs up on idle connections (75 s), so that no request meets that. */
const idleMs = 30_000
const sweepEveryMs = 10_000

interface Idle {
  connection: Connection
  sinceMs: number
}

/** Kept to one gateway at a time: when it moves, the connections to where it was are closed as they fall idle. */
export function createConnections({ clock, timers }: { clock: Clock; timers: Timers }): Connections {
  let origin = new URL('http://unknown.invalid')
  let url = ''
  let idle: Idle[] = []
  const all = new Set<Connection>()

  function take(to: URL): Connection {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.connection.isUsable) return last.connection
      all.delete(last.connection)
    }
    const connection = new Connection(to, (each) => {
      if (to === origin) idle.push({ connection: each, sinceMs: clock.monotonicMs() })
      else closed(each)
    })
    all.add(connection)
    return connection
  }

  function closed(connection: Connection): void {
    all.delete(connection)
    connection.close()
  }

  const sweep = timers.every(sweepEveryMs, () => {
    const oldestMs = clock.monotonicMs() - idleMs
    for (const { connection, sinceMs } of idle) if (sinceMs < oldestMs) closed(connection)
    idle = idle.filter(({ sinceMs }) => sinceMs >= oldestMs)
  })

  return {
    originOf(next) {
      if (next === url) return origin
      url = next
      origin = new URL(next)
      for (const { connection } of idle.splice(0)) closed(connection)
      return origin
    },
    async exchange(to, request) {
      const connection = take(to)
      const giveUp = () => connection.giveUp('timeout')
      const deadline = timers.after(deadlineMs, giveUp)
      const connecting = connection.isOpen
        ? null
        : timers.after(connectWithinMs, () => {
            if (!connection.isOpen) giveUp()
          })
      const exchanged = await connection.exchange(request)
      deadline.cancel()
      connecting?.cancel()
      if (!connection.isUsable) all.delete(connection)
      return exchanged
    },
    close() {
      sweep.stop()
      for (const connection of all) connection.close()
    },
  }
}
