import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Json } from './api.ts'
import type { Product } from './product.ts'

const main = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))

/** The command line as an operator uses it on a running product. Rejects with what it wrote to standard error. */
export async function operate(product: Product, ...words: string[]): Promise<Json> {
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [main, ...words, '--data-dir', product.dataDirectory], {
    env: { PATH: process.env.PATH },
  })
  return JSON.parse(stdout)
}
