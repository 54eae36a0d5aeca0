import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabasePasswords } from '../data-directory/keys.ts'
import { postgresUrl } from '../postgres/connect.ts'
import { databaseOwners } from '../postgres/databases.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'

type Environment = Record<string, string | undefined>

/** Where the gateway's database and its sealing key are: those of a running `start`, else what the environment says. */
export async function adminEnvironment(dataDirectory: string | undefined, outer: Environment): Promise<Environment> {
  if (dataDirectory === undefined) return outer
  const status = await askSupervisor(dataDirectory, { command: 'status' })
  const { port } = (status as { postgres?: { port?: number } | null }).postgres ?? {}
  if (port === undefined) throw new Error(`the database of ${dataDirectory} is not an embedded one: set DATABASE_URL`)
  const keys = join(dataDirectory, 'keys')
  const passwords = JSON.parse(readFileSync(join(keys, 'postgres.json'), 'utf8')) as DatabasePasswords
  const owner = databaseOwners.gateway
  return {
    DATABASE_URL: postgresUrl({ user: owner, password: passwords.gateway, port, database: owner }),
    TESSERA_SEALING_KEY_FILE: join(keys, 'sealing.key'),
  }
}
