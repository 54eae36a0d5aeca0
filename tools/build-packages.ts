import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Builds the npm packages of `sdk/` into their `dist`, for `npm publish`: ES modules and types. */
const root = fileURLToPath(new URL('..', import.meta.url))
const packages = [
  { folder: 'sdk/browser', entries: { index: 'index', pure: 'pure' }, types: ['index', 'pure', 'public-api'] },
  { folder: 'sdk/react', entries: { index: 'card-field' }, types: ['card-field'] },
] as const

const compiled = mkdtempSync(join(tmpdir(), 'tessera-types-'))
try {
  const compiler = join(root, 'node_modules/typescript-native/bin/tsc')
  const options = [
    '--noEmit',
    'false',
    '--declaration',
    '--emitDeclarationOnly',
    '--rootDir',
    root,
    '--outDir',
    compiled,
  ]
  execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.browser.json'), ...options])
  for (const { folder, entries, types } of packages) {
    const place = join(root, folder, 'dist')
    rmSync(place, { recursive: true, force: true })
    mkdirSync(place, { recursive: true })
    await build({
      absWorkingDir: root,
      entryPoints: Object.entries(entries).map(([out, name]) => ({ in: `${folder}/src/${name}.ts`, out })),
      outdir: place,
      bundle: true,
      external: ['react'],
      format: 'esm',
      target: ['es2022'],
      charset: 'utf8',
    })
    for (const name of types) {
      const text = readFileSync(join(compiled, folder, 'src', `${name}.d.ts`), 'utf8')
      const out = name === 'card-field' ? 'index' : name
      writeFileSync(join(place, `${out}.d.ts`), publishedImports(text))
    }
  }
} finally {
  rmSync(compiled, { recursive: true })
}

/** The sources name each other by file; what is published, by package or by what was compiled. */
function publishedImports(text: string): string {
  return text
    .replaceAll("'../../browser/src/public-api.ts'", "'@tessera/browser/pure'")
    .replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'")
}
