import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { MerchantCredentials } from '@tessera/contracts/supervision'
import { writeFileAtomically } from './write-file.ts'

/** What `credentials.json` holds: enough to make a first payment. */
export interface Credentials extends MerchantCredentials {
  gatewayUrl: string
  vaultUrl: string
  metricsUrl: string
}

const fileOf = (directory: string) => join(directory, 'credentials.json')
const lastFileOf = (directory: string) => join(directory, 'credentials.last.json')

/**
 * Takes the file of the last start aside, so that the file's being there means that this start is ready, and answers what
 * it held.
 */
export function takeLastCredentials(directory: string): MerchantCredentials | null {
  if (existsSync(fileOf(directory))) renameSync(fileOf(directory), lastFileOf(directory))
  try {
    const last = JSON.parse(readFileSync(lastFileOf(directory), 'utf8')) as Credentials
    const { merchantId, publishableKey, secretKey, inflowPrivateKey, inflowPublicKey, returnSigningSecret } = last
    return { merchantId, publishableKey, secretKey, inflowPrivateKey, inflowPublicKey, returnSigningSecret }
  } catch {
    return null
  }
}

export function writeCredentials(directory: string, credentials: Credentials): void {
  const { gatewayUrl, vaultUrl, metricsUrl, publishableKey, secretKey, merchantId } = credentials
  const { inflowPrivateKey, inflowPublicKey, returnSigningSecret } = credentials
  const urls = { gatewayUrl, vaultUrl, metricsUrl }
  const keys = { publishableKey, secretKey, inflowPrivateKey, inflowPublicKey, returnSigningSecret, merchantId }
  writeFileAtomically(fileOf(directory), `${JSON.stringify({ ...urls, ...keys }, null, 2)}\n`)
  rmSync(lastFileOf(directory), { force: true })
}
