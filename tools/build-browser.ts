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
  { from: 'contracts/src/browser/proof-part.ts', to: 'tessera-proof.js', as: 'PROOF_PLACE' },
  { from: 'sdk/browser/src/frames-part.ts', to: 'tessera-frames.js', as: 'FRAMES_PLACE' },
  // These name the files above by their hashes.
  { from: 'sdk/browser/src/script.ts', to: 'tessera.js' },
  { from: 'vault/fields/frame/card-fields.ts', to: 'card-fields.js' },
  { from: 'vault/fields/frame/card-fields.css', to: 'card-fields.css' },
] satisfies { from: string; to: string; as?: string }[]

const isCheck = process.argv.includes('--check')
const stale: string[] = []
const places: Record<string, string> = {}
for (const { from, to, as } of served) {
  const path = join(folder, to)
  const text = await bundle(from)
  if (as !== undefined) places[as] = placeOf(to, text)
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
    define: places,
  })
  return outputFiles[0]?.text ?? ''
}

/** As `vault/src/browser/browser-files.ts` names a file by its content. */
function placeOf(name: string, text: string): string {
  const hash = (algorithm: string) => createHash(algorithm).update(text).digest()
  return JSON.stringify({
    path: `/v1/${name.replace('.', `-${hash('sha384').toString('hex', 0, 8)}.`)}`,
    // The shorter one, for the sake of the script that holds it.
    integrity: `sha256-${hash('sha256').toString('base64')}`,
  })
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
