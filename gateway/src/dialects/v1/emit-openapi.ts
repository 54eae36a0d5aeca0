import { readFile, writeFile } from 'node:fs/promises'
import { errorPageMarkdown } from './error-page.ts'
import { buildV1Document } from './openapi.ts'

/**
 * Writes what is generated from this dialect: the OpenAPI document and the error page. With `--check` it writes nothing and
 * exits with 1 when a file differs from what the routes give.
 */
const repository = new URL('../../../../', import.meta.url)

export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['contracts/openapi/v1.json', `${JSON.stringify(await buildV1Document(), null, 2)}\n`],
    ['docs/errors/README.md', errorPageMarkdown()],
  ])
}

/** Names of the files that are not as generated. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = []
  for (const [path, text] of await generatedFiles()) {
    const committed = await readFile(new URL(path, repository), 'utf8').catch(() => '')
    if (committed !== text) stale.push(path)
  }
  return stale
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = await staleFiles()
    if (stale.length > 0) {
      process.stderr.write(`not as generated: ${stale.join(', ')}; run node gateway/src/dialects/v1/emit-openapi.ts\n`)
      process.exitCode = 1
    }
  } else {
    for (const [path, text] of await generatedFiles()) await writeFile(new URL(path, repository), text)
  }
}
