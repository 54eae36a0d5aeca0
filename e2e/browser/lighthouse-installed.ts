import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const lighthouseFolder = fileURLToPath(new URL('lighthouse', import.meta.url))

/** Says for which lock file the folder beside it was filled. */
const stamp = join(lighthouseFolder, 'node_modules/.tessera-installed')

/** Fetches Lighthouse when it is not there yet: clones that only run Tessera or its tests never do. */
export async function installLighthouse(): Promise<void> {
  const lock = createHash('sha256')
    .update(readFileSync(join(lighthouseFolder, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  process.stderr.write('Installing Lighthouse (once).\n')
  // Under npm its own program is known; it need not be the one that PATH finds.
  const own = process.env.npm_execpath
  const [program, ...words] = own?.endsWith('.js') ? [process.execPath, own] : ['npm']
  await run(program as string, [...words, 'ci', '--workspaces=false'])
  writeFileSync(stamp, lock)
}

function run(program: string, parameters: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: lighthouseFolder, stdio: ['ignore', 'ignore', 'inherit'] })
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`Lighthouse could not be installed (${code})`)),
    )
  })
}
