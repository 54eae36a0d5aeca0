import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Whom PostgreSQL runs as. It refuses root, so a supervisor that is root gives it another identity:
 * `dropped`: the machine's `nobody`, by uid and gid at spawn;
 * `mapped`: a user namespace in which root looks like `nobody`, for folders that only root can reach.
 */
export type PostgresIdentity =
  | { kind: 'same' }
  | { kind: 'dropped'; uid: number; gid: number }
  | { kind: 'mapped'; uid: number; gid: number }

/** Whether a user without rights of its own can enter `folder`: each folder on the way lets others pass. */
export function reachableByOthers(folder: string): boolean {
  for (let current = folder; ; current = dirname(current)) {
    if ((statSync(current).mode & 0o001) === 0) return false
    if (current === dirname(current)) return true
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** PostgreSQL needs a user with a name, so the uid is asked for and not assumed. */
export function nobody(): { uid: number; gid: number } {
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: ask('-u'), gid: ask('-g') }
}

/** Whether this machine lets root make a user namespace. Many containers do not. */
export function canMapUsers(user: { uid: number; gid: number }): boolean {
  if (process.platform !== 'linux') return false
  return spawnSync('unshare', mapArguments(user, ['true']), { stdio: 'ignore' }).status === 0
}

function mapArguments(user: { uid: number; gid: number }, command: string[]): string[] {
  return ['--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`, '--', ...command]
}

/** The command line and spawn options that run `command` under the identity. `unshare` replaces itself: pids hold. */
export function runAs(
  identity: PostgresIdentity,
  command: [string, ...string[]],
): { file: string; args: string[]; owner: { uid?: number; gid?: number } } {
  const [file, ...args] = command
  if (identity.kind === 'mapped') return { file: 'unshare', args: mapArguments(identity, command), owner: {} }
  const owner = identity.kind === 'dropped' ? { uid: identity.uid, gid: identity.gid } : {}
  return { file, args, owner }
}

/** Makes `folder` (0700) belong to whom PostgreSQL runs as, all that is in it included. */
export function giveFolder(folder: string, identity: PostgresIdentity): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (identity.kind === 'same') return
  const owner = identity.kind === 'dropped' ? identity : { uid: 0, gid: 0 }
  chmodSync(folder, 0o700)
  if (statSync(folder).uid !== owner.uid) chownAll(folder, owner)
}

function chownAll(path: string, owner: { uid: number; gid: number }): void {
  const entry = lstatSync(path)
  if (entry.isSymbolicLink()) return
  if (entry.isDirectory()) for (const name of readdirSync(path)) chownAll(join(path, name), owner)
  // The folder itself comes last: an interrupted run is then repeated by the next start.
  chownSync(path, owner.uid, owner.gid)
}
