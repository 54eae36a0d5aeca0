import { createHash } from 'node:crypto'
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

const served = [
  { from: 'sdk/browser/src/frames-part.ts', to: 'tessera-frames.js' },
  // Names the file above by its hash.
  { from: 'sdk/browser/src/script.ts', to: 'tessera.js' },
  { from: 'vault/fields/frame/card-fields.ts', to: 'card-fields.js' },
  { from: 'vault/fields/frame/card-fields.css', to: 'card-fields.css' },
] as const

const isCheck = process.argv.includes('--check')
const stale: string[] = []
const names: Record<string, string> = {}
for (const { from, to } of served) {
  const path = join(folder, to)
  const text = await bundle(from)
  if (to === 'tessera-frames.js') Object.assign(names, namesOf(text))
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
    define: names,
  })
  return outputFiles[0]?.text ?? ''
}

/** As `vault/src/browser/browser-files.ts` names a file by its content. */
function namesOf(text: string): Record<string, string> {
  const hash = createHash('sha384').update(text).digest()
  return {
    FRAMES_PATH: JSON.stringify(`/v1/tessera-frames-${hash.toString('hex', 0, 8)}.js`),
    FRAMES_INTEGRITY: JSON.stringify(`sha384-${hash.toString('base64')}`),
  }
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
