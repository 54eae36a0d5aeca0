import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preparedVariable } from './prepared-data.ts'
import { startProduct } from './product.ts'

/**
 * Starts the product once from nothing, and stops it: what its first start made (a cluster, its tables, a merchant and keys)
 * is copied for the products of most test files, whose starts are then second starts.
 */
export default async function prepare(): Promise<() => void> {
  // Another project of this run has done it.
  if (process.env[preparedVariable] !== undefined) return () => undefined
  const directory = mkdtempSync(join(tmpdir(), 'tessera-e2e-prepared-'))
  const product = await startProduct({ fromNothing: true, dataDirectory: directory })
  const code = await product.stop()
  if (code !== 0) throw new Error(`the prepared product ended with ${code}:\n${product.output()}`)
  // Where the machine makes PostgreSQL keep its data elsewhere, a copy would point to the same place.
  if (existsSync(join(directory, 'postgres/data'))) process.env[preparedVariable] = directory
  return () => {
    delete process.env[preparedVariable]
    rmSync(directory, { recursive: true, force: true })
  }
}
