import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Builds what the vault serves to browsers into `vault/fields/built`, which is committed: a clone starts without a build, and
 * the vault needs no bundler. `--check` writes nothing and fails when the committed files are not what the sources give.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = 'vault/fields/built'

const served = [{ from: 'sdk/browser/src/script.ts', to: 'tessera.js' }] as const

const isCheck = process.argv.includes('--check')
const stale: string[] = []
for (const { from, to } of served) {
  const path = join(folder, to)
  const text = await bundle(from)
  if (isCheck && readIfThere(join(root, path)) !== text) stale.push(path)
  if (!isCheck) write(join(root, path), text)
}
if (stale.length > 0) {
  process.stderr.write(`${stale.join(', ')}: not what the sources give; run \`node tools/build-browser.ts\`\n`)
  process.exitCode = 1
}

async function bundle(from: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [from],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: ['es2022'],
    charset: 'utf8',
    legalComments: 'none',
  })
  return outputFiles[0]?.text ?? ''
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
