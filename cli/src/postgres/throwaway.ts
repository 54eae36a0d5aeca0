import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Random, secureRandom } from '@tessera/lib/random'
import { realTimers, type Timers } from '@tessera/lib/timers'
import { identityOf, isAlive, type ProcessIdentity } from '../data-directory/process-identity.ts'
import { startCluster } from './cluster.ts'
import { endLeftover } from './leftover.ts'
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

const prefix = 'tessera-test-'
const ownerFile = 'owner.json'

/** A cluster for tests in a folder of its own. `durable` only where a test kills it and looks at what is left. */
export async function startThrowawayPostgres(
  o: { durable?: boolean; timers?: Timers; random?: Random } = {},
): Promise<ThrowawayPostgres> {
  const random = o.random ?? secureRandom
  const timers = o.timers ?? realTimers
  await sweepAbandoned(timers)
  const directory = mkdtempSync(join(tmpdir(), prefix))
  writeFileSync(join(directory, ownerFile), JSON.stringify(identityOf(process.pid)))
  try {
    const cluster = await startCluster({
      place: preparePlace({ directory, random }),
      superuserPassword: random.bytes(18).toString('base64url'),
      logFile: join(directory, 'postgres.log'),
      durable: o.durable ?? false,
      maxConnections: 200,
      timers,
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

/** Ends and removes what test runs left that were killed with -9. */
async function sweepAbandoned(timers: Timers): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const directory = join(tmpdir(), name)
    if (!name.startsWith(prefix) || !isAbandoned(directory)) continue
    const dataFolder = join(directory, 'postgres', 'data')
    if (existsSync(dataFolder)) await endLeftover(dataFolder, timers)
    rmSync(directory, { recursive: true, force: true })
  }
}

function isAbandoned(directory: string): boolean {
  try {
    return !isAlive(JSON.parse(readFileSync(join(directory, ownerFile), 'utf8')) as ProcessIdentity)
  } catch {
    // Just being made, or another user's: not ours to judge.
    return false
  }
}
