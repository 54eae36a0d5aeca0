import { systemClock } from '@tessera/lib/clock'
import { realTimers } from '@tessera/lib/timers'
import { externalDatabases } from './database.ts'
import { installedMigrations, migrateDatabases } from './migrations.ts'

export async function migrateCommand(environment: Record<string, string | undefined>): Promise<number> {
  const urls = externalDatabases(environment)
  if (urls === undefined) {
    process.stderr.write(
      'migrate needs DATABASE_URL and VAULT_DATABASE_URL. The embedded database is migrated by start.\n',
    )
    return 1
  }
  const applied = await migrateDatabases(urls, installedMigrations(), {
    clock: systemClock,
    timers: realTimers,
    holder: `migrate-${process.pid}`,
  })
  for (const [database, files] of Object.entries(applied)) {
    process.stdout.write(`${database}: ${files.length === 0 ? 'up to date' : files.join(', ')}\n`)
  }
  return 0
}
