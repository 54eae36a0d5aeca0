import type { Clock } from '@tessera/lib/clock'
import { migrate } from '@tessera/lib/migrate'
import type { Timers } from '@tessera/lib/timers'
import { withConnection } from '../postgres/connect.ts'
import type { DatabaseUrls } from '../postgres/databases.ts'

export type Migrations = Record<keyof DatabaseUrls, URL>

/** Each package keeps its migrations beside its sources. */
export function installedMigrations(): Migrations {
  const of = (room: keyof DatabaseUrls) => new URL('../migrations/', import.meta.resolve(`@tessera/${room}/main`))
  return { gateway: of('gateway'), vault: of('vault') }
}

/** Brings both databases up to date; answers what was applied, by database. */
export async function migrateDatabases(
  urls: DatabaseUrls,
  migrations: Migrations,
  o: { clock: Clock; timers: Timers; holder: string },
): Promise<Record<keyof DatabaseUrls, string[]>> {
  const run = (room: keyof DatabaseUrls) =>
    withConnection(urls[room], async (client) => {
      const { applied } = await migrate({ client, directory: migrations[room], ...o })
      return applied
    })
  const [gateway, vault] = await Promise.all([run('gateway'), run('vault')])
  return { gateway, vault }
}
