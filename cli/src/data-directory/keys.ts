import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '@tessera/lib/random'
import { writeFileAtomically } from './write-file.ts'

export interface KeyFiles {
  /** Seals the keys of the vault. */
  root: string
  /** Authenticates the gateway to the vault. */
  internal: string
  /** Seals what the gateway keeps of secrets: webhook secrets, connector credentials. */
  sealing: string
}

export interface DatabasePasswords {
  superuser: string
  gateway: string
  vault: string
}

export class KeysMissing extends Error {
  override name = 'KeysMissing'
}

const fileNames: KeyFiles = { root: 'root.key', internal: 'internal.key', sealing: 'sealing.key' }

/**
 * Makes the keys of a new deployment (32 random bytes each, base64, mode 0600) and finds those of an old one. A key that
 * is missing beside a database that was sealed with it is never replaced: that would look like a start and lose all.
 */
export function ensureKeyFiles(directory: string, o: { databaseExists: boolean; random: Random }): KeyFiles {
  const folder = keysFolder(directory)
  const paths = mapValues(fileNames, (name) => join(folder, name))
  for (const path of Object.values(paths)) {
    if (existsSync(path)) continue
    refuseIfSealed(path, o.databaseExists)
    writeFileAtomically(path, `${o.random.bytes(32).toString('base64')}\n`)
  }
  return paths
}

export function ensureDatabasePasswords(
  directory: string,
  o: { databaseExists: boolean; random: Random },
): DatabasePasswords {
  const path = join(keysFolder(directory), 'postgres.json')
  if (!existsSync(path)) {
    refuseIfSealed(path, o.databaseExists)
    const fresh = () => o.random.bytes(24).toString('base64url')
    const passwords: DatabasePasswords = { superuser: fresh(), gateway: fresh(), vault: fresh() }
    writeFileAtomically(path, `${JSON.stringify(passwords, null, 2)}\n`)
  }
  return JSON.parse(readFileSync(path, 'utf8')) as DatabasePasswords
}

function refuseIfSealed(path: string, databaseExists: boolean): void {
  if (!databaseExists) return
  throw new KeysMissing(
    `${path} is missing, and the database beside it cannot be used without it. Put the file back from a copy, or start with ` +
      'another data directory.',
  )
}

function keysFolder(directory: string): string {
  const folder = join(directory, 'keys')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

function mapValues<T extends object>(record: T, map: (value: string) => string): T {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)])) as T
}
