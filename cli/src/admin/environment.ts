import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabasePasswords } from '../data-directory/keys.ts'
import { postgresUrl } from '../postgres/connect.ts'
import { type DatabaseUrls, databaseOwners } from '../postgres/databases.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'

export class DataDirectoryUnusable extends Error {
  override name = 'DataDirectoryUnusable'
}

type Environment = Record<string, string | undefined>

/** Where the gateway's database and its sealing key are: those of a running `start`, else what the environment says. */
export async function adminEnvironment(dataDirectory: string | undefined, outer: Environment): Promise<Environment> {
  if (dataDirectory === undefined) return outer
  const url = await embeddedUrl(dataDirectory, 'gateway', 'DATABASE_URL')
  return { DATABASE_URL: url, TESSERA_SEALING_KEY_FILE: join(dataDirectory, 'keys', 'sealing.key') }
}

/** The same for the vault's database and its root key. */
export async function vaultEnvironment(dataDirectory: string | undefined, outer: Environment): Promise<Environment> {
  if (dataDirectory === undefined) return outer
  const url = await embeddedUrl(dataDirectory, 'vault', 'VAULT_DATABASE_URL')
  return { VAULT_DATABASE_URL: url, TESSERA_ROOT_KEY: `file:${join(dataDirectory, 'keys', 'root.key')}` }
}

async function embeddedUrl(dataDirectory: string, room: keyof DatabaseUrls, variable: string): Promise<string> {
  const status = await askSupervisor(dataDirectory, { command: 'status' }).catch((cause: unknown) => {
    const advice = 'start it first, or name the directory that was given to it'
    throw new DataDirectoryUnusable(`Tessera does not run on ${dataDirectory}: ${advice}`, { cause })
  })
  const { port } = (status as { postgres?: { port?: number } | null }).postgres ?? {}
  if (port === undefined) {
    throw new DataDirectoryUnusable(`the database of ${dataDirectory} is not an embedded one: set ${variable}`)
  }
  const passwords = JSON.parse(readFileSync(join(dataDirectory, 'keys', 'postgres.json'), 'utf8')) as DatabasePasswords
  const owner = databaseOwners[room]
  return postgresUrl({ user: owner, password: passwords[room], port, database: owner })
}
