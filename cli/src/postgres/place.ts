import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from '@tessera/lib/random'
import { copyBinaries, findBinaries, makeLibraryLinks, type PostgresBinaries } from './binaries.ts'
import { canMapUsers, giveFolder, isRoot, nobody, type PostgresIdentity, reachableByOthers } from './identity.ts'

/** Where a cluster lies, whom it runs as and which binaries it uses. */
export interface PostgresPlace {
  /** Belongs to whom PostgreSQL runs as; holds `data/` and, where needed, a copy of the binaries. */
  folder: string
  identity: PostgresIdentity
  binaries: PostgresBinaries
  /** A line for the operator where the cluster is not where one would look for it. */
  remark: string | null
}

/** Where clusters go whose data directory only root can reach, on machines without user namespaces. */
const elsewhere = '/var/lib/tessera'

export interface PlaceOptions {
  /** The data directory of the deployment. The cluster goes to `postgres/` below it if at all possible. */
  directory: string
  random: Random
  /** Replaced by tests to try the last resort. */
  mapUsers?: typeof canMapUsers
  elsewhereFolder?: string
}

export function preparePlace({ directory, random, mapUsers = canMapUsers, ...o }: PlaceOptions): PostgresPlace {
  const found = findBinaries()
  const folder = join(realpathSync(directory), 'postgres')
  if (!isRoot()) return settle(folder, { kind: 'same' }, found, null)

  const user = nobody()
  passThrough(dirname(folder))
  if (reachableByOthers(dirname(folder))) return settle(folder, { kind: 'dropped', ...user }, found, null)
  if (mapUsers(user)) return settle(folder, { kind: 'mapped', ...user }, found, null)

  const moved = join(o.elsewhereFolder ?? elsewhere, clusterName(directory, random))
  mkdirSync(dirname(moved), { recursive: true, mode: 0o755 })
  return settle(
    moved,
    { kind: 'dropped', ...user },
    found,
    `The database lies in ${moved}: PostgreSQL does not run as root, and nobody else can enter ${directory}.`,
  )
}

/** The data directory itself may be entered by others (0711): what lies in it has rights of its own. */
function passThrough(directory: string): void {
  const mode = statSync(directory).mode & 0o777
  if ((mode & 0o001) === 0) chmodSync(directory, mode | 0o011)
}

function settle(
  folder: string,
  identity: PostgresIdentity,
  found: PostgresBinaries,
  remark: string | null,
): PostgresPlace {
  giveFolder(folder, identity)
  const linked = makeLibraryLinks(found)
  const usable = linked && (identity.kind !== 'dropped' || reachableByOthers(found.home))
  const binaries = usable ? found : copyBinaries(found, folder)
  return { folder, identity, binaries, remark }
}

/** Kept in the data directory, so that a new data directory at an old path never meets an old cluster. */
function clusterName(directory: string, random: Random): string {
  const file = join(directory, 'postgres-place')
  if (!existsSync(file)) writeFileSync(file, random.bytes(16).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}
