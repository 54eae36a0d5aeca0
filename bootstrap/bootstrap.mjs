/**
 * Makes a fresh clone able to run: Node 24 (the machine's own or a private one in `.runtime`), then the dependencies.
 * Only `node:` modules and syntax that Node 20 parses. Ends with 0 when all is there; `.runtime/node-path` then names
 * the node to go on with.
 *
 *   node bootstrap/bootstrap.mjs product|everything
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installDependencies, isInstalled, wantedStamp } from './dependencies.mjs'
import { withLock } from './lock.mjs'
import { InstallFailed, npmCommand } from './npm.mjs'
import { chooseNode, installNode } from './private-node.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const need = process.argv[2] === 'product' ? 'product' : 'everything'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort())

try {
  await bootstrap()
} catch (error) {
  if (stopping.signal.aborted) process.exit(143)
  process.stderr.write(`${error instanceof InstallFailed ? error.message : error.stack}\n`)
  process.exit(1)
}

async function bootstrap() {
  mkdirSync(join(root, '.runtime'), { recursive: true })
  const ready = chooseNode(root)
  if (ready === undefined || !isInstalled(root, wantedStamp(root, ready.version, need))) {
    await withLock(join(root, '.runtime', 'bootstrap.lock'), stopping.signal, install, { onWait })
  } else {
    recordNode(ready.path)
  }
}

function onWait() {
  process.stderr.write('Another install is at work here: waiting for it.\n')
}

/** Runs alone; another bootstrap may have done it all while this one waited for the lock. */
async function install() {
  const npm = npmCommand()
  const node = chooseNode(root) ?? (await installNode(root, npm, stopping.signal))
  const wanted = wantedStamp(root, node.version, need)
  if (!isInstalled(root, wanted)) await installDependencies(root, npm, node, wanted, stopping.signal)
  recordNode(node.path)
}

function recordNode(path) {
  const file = join(root, '.runtime', 'node-path')
  if (readIfThere(file) === `${path}\n`) return
  writeFileSync(`${file}.${process.pid}`, `${path}\n`)
  renameSync(`${file}.${process.pid}`, file)
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
