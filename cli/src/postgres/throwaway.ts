import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Random, secureRandom } from '@tessera/lib/random'
import { realTimers, type Timers } from '@tessera/lib/timers'
import { startCluster } from './cluster.ts'
import { preparePlace } from './place.ts'

export interface ThrowawayPostgres {
  /** As superuser, to the database `postgres`. */
  url: string
  urlOf(database: string): string
  pid: number
  folder: string
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** A cluster for tests in a folder of its own. `durable` only where a test kills it and looks at what is left. */
export async function startThrowawayPostgres(
  o: { durable?: boolean; timers?: Timers; random?: Random } = {},
): Promise<ThrowawayPostgres> {
  const random = o.random ?? secureRandom
  const directory = mkdtempSync(join(tmpdir(), 'tessera-test-'))
  try {
    const cluster = await startCluster({
      place: preparePlace({ directory, random }),
      superuserPassword: random.bytes(18).toString('base64url'),
      logFile: join(directory, 'postgres.log'),
      durable: o.durable ?? false,
      maxConnections: 200,
      timers: o.timers ?? realTimers,
      random,
    })
    return {
      url: cluster.url('postgres'),
      urlOf: (database) => cluster.url(database),
      pid: cluster.pid,
      folder: directory,
      async stop() {
        await cluster.stop(true)
        rmSync(directory, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}
