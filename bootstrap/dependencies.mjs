import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runNpm } from './npm.mjs'

/** Inside node_modules: whoever deletes that folder deletes the claim that it is complete. */
const stampFile = (root) => join(root, 'node_modules', '.tessera-installed.json')

/** What an install must have been made for to be good for this start. */
export function wantedStamp(root, nodeVersion, need, environment = process.env) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  // Whoever only runs the product does not wait for the browser and the compilers that its tests need. Where something was
  // installed that may hold those they are kept, unless this is production.
  const mayHoldAll = existsSync(join(root, 'node_modules')) && readStamp(root)?.holds !== 'product'
  const keepsAll = mayHoldAll && environment.NODE_ENV !== 'production'
  const holds = need === 'product' && !keepsAll ? 'product' : 'everything'
  return { lock, node: nodeVersion, platform: `${process.platform}-${process.arch}`, need, holds }
}

function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampFile(root), 'utf8'))
  } catch {
    return undefined
  }
}

export function isInstalled(root, wanted) {
  const found = readStamp(root)
  if (found === undefined) return false
  const same = found.lock === wanted.lock && found.node === wanted.node && found.platform === wanted.platform
  return same && (found.holds === 'everything' || wanted.need === 'product')
}

/** The stamp is taken away first and written last, so that an interrupted install is repeated. */
export async function installDependencies(root, npm, node, wanted, signal) {
  process.stderr.write('Installing the dependencies (once).\n')
  rmSync(stampFile(root), { force: true })
  // `npm ci` refuses to start where the registry lacks the package of some other platform; `install` follows the lock
  // file just as well.
  const include = wanted.holds === 'everything' ? '--include=dev' : '--omit=dev'
  const environment = { ...process.env, PATH: `${dirname(node.path)}:${process.env.PATH ?? ''}` }
  const underNode = npm.length > 1 ? [node.path, ...npm.slice(1)] : npm
  await runNpm(underNode, ['install', '--no-save', include], { cwd: root, signal, environment })
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  const { lock, platform, holds } = wanted
  const unfinished = `${stampFile(root)}.${process.pid}`
  writeFileSync(unfinished, `${JSON.stringify({ lock, node: node.version, platform, holds })}\n`)
  renameSync(unfinished, stampFile(root))
}
