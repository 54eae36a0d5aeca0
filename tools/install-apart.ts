import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Fetches the packages of a folder that is no workspace, when they are not there yet: clones that only run Tessera or its tests
 * never do. `what` is said to whoever waits for it.
 */
export async function installApart(folder: string, what: string): Promise<void> {
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  // Says for which lock file the folder beside it was filled.
  const stamp = join(folder, 'node_modules/.tessera-installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  process.stderr.write(`Installing ${what} (once).\n`)
  // Under npm its own program is known; it need not be the one that PATH finds.
  const own = process.env.npm_execpath
  const [program, ...words] = own?.endsWith('.js') ? [process.execPath, own] : ['npm']
  await run(folder, program as string, [...words, 'ci', '--workspaces=false']).catch((cause: Error) => {
    throw new Error(`${what} could not be installed`, { cause })
  })
  writeFileSync(stamp, lock)
}

function run(folder: string, program: string, parameters: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`npm ended with ${code}`))))
  })
}
