import { existsSync } from 'node:fs'
import {
  type DatabasePasswords,
  ensureDatabasePasswords,
  ensureKeyFiles,
  type KeyFiles,
} from '../data-directory/keys.ts'
import { openLogFile } from '../data-directory/logs.ts'
import { dataFolderOf } from '../postgres/cluster.ts'
import { type DatabaseUrls, ensureDatabases } from '../postgres/databases.ts'
import { KeptCluster, type KeptClusterHooks } from '../postgres/kept-cluster.ts'
import { type PostgresPlace, preparePlace } from '../postgres/place.ts'
import type { StartContext } from './context.ts'
import { OptionRefused } from './options.ts'

/** Databases of the operator's own, by DATABASE_URL and VAULT_DATABASE_URL; undefined where neither is set. */
export function externalDatabases(outer: Record<string, string | undefined>): DatabaseUrls | undefined {
  const gateway = outer.DATABASE_URL || undefined
  const vault = outer.VAULT_DATABASE_URL || undefined
  if (gateway === undefined && vault === undefined) return undefined
  if (gateway === undefined || vault === undefined || gateway === vault) {
    throw new OptionRefused(
      'Set DATABASE_URL and VAULT_DATABASE_URL both, to two databases with a role each, or neither for the embedded one.',
    )
  }
  return { gateway, vault }
}

export interface PreparedDatabase {
  keys: KeyFiles
  external: DatabaseUrls | undefined
  /** Absent with external databases. */
  cluster: KeptCluster | undefined
  remarks: string[]
  /** Starts PostgreSQL where it is ours, and makes roles and databases. */
  open(signal: AbortSignal): Promise<DatabaseUrls>
}

export function prepareDatabase(directory: string, context: StartContext, hooks: KeptClusterHooks): PreparedDatabase {
  const { random } = context
  const external = externalDatabases(context.outer)
  if (external !== undefined) {
    // What the databases hold cannot be seen from here; the vault itself refuses a root key that is not theirs.
    const keys = ensureKeyFiles(directory, { databaseExists: false, random })
    return { keys, external, cluster: undefined, remarks: [], open: async () => external }
  }
  const place = preparePlace({ directory, random })
  const databaseExists = existsSync(dataFolderOf(place))
  const keys = ensureKeyFiles(directory, { databaseExists, random })
  const passwords = ensureDatabasePasswords(directory, { databaseExists, random })
  const cluster = keptCluster(directory, place, passwords, context, hooks)
  return {
    keys,
    external,
    cluster,
    remarks: place.remark === null ? [] : [place.remark],
    open: async (signal) => ensureDatabases(await cluster.start(signal), passwords),
  }
}

function keptCluster(
  directory: string,
  place: PostgresPlace,
  passwords: DatabasePasswords,
  { timers, random }: StartContext,
  hooks: KeptClusterHooks,
): KeptCluster {
  return new KeptCluster(
    {
      place,
      superuserPassword: passwords.superuser,
      logFile: openLogFile(directory, 'postgres'),
      durable: true,
      maxConnections: 60,
      timers,
      random,
    },
    hooks,
  )
}
