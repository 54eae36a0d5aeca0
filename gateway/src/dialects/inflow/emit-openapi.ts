import { readFile, writeFile } from 'node:fs/promises'
import { buildInflowDocument } from './openapi.ts'

/**
 * Writes the OpenAPI document of this dialect. With `--check` it writes nothing and exits with 1 when the file differs from
 * what the routes give.
 */
const path = 'contracts/openapi/inflow.json'
const file = new URL(`../../../../${path}`, import.meta.url)

export async function generatedText(): Promise<string> {
  return `${JSON.stringify(await buildInflowDocument(), null, 2)}\n`
}

if (import.meta.main) {
  const text = await generatedText()
  if (!process.argv.includes('--check')) await writeFile(file, text)
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`not as generated: ${path}; run node gateway/src/dialects/inflow/emit-openapi.ts\n`)
    process.exitCode = 1
  }
}
