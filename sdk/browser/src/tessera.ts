import { cardChecks, createToken } from './create-token.ts'
import type { Tessera, TesseraOptions } from './public-api.ts'

/** `scriptOrigin`: where the script came from, which is the vault. */
export function createTessera(publishableKey: string, options: TesseraOptions = {}, scriptOrigin = ''): Tessera {
  if (!/^(pk|inflow_pub)_(test|live)_/.test(publishableKey)) {
    throw new TypeError('Tessera() needs a publishable key: pk_test_… or pk_live_…, never a secret one')
  }
  const vaultUrl = (options.vaultUrl ?? scriptOrigin).replace(/\/$/, '')
  const host = { ...options, vaultUrl, publishableKey }
  return {
    check: cardChecks,
    createToken: (card) => createToken(card, host),
  } as Tessera
}
