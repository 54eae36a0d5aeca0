import type { MerchantCredentials } from '@tessera/contracts/supervision'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Random } from '@tessera/lib/random'
import { type ConnectorId, type FlowId, type KeyId, type MerchantId, trustedId } from './core/ids.ts'
import { apiKeyHash, inflowSpelling, makePublishableKey, makeSecretKey, readApiKey } from './http/api-key.ts'
import type { Sealer } from './lib/sealing.ts'
import type { LiveDirectory } from './store/directory.ts'
import type { MerchantStore, NewKey } from './store/merchants.ts'

export interface MerchantSetupParts {
  merchants: MerchantStore
  sealer: Sealer
  clock: Clock
  ids: Ids
  random: Random
}

/** A key that was just made. Its text is told here and, for a secret key, never again. */
export interface MadeKey {
  text: string
  row: NewKey
}

export function makeKey(
  parts: Pick<MerchantSetupParts, 'ids' | 'random'>,
  kind: NewKey['kind'],
  mode: Mode,
  scopes: string[],
): MadeKey {
  const keyId = parts.ids.random().slice(0, 10)
  const text = kind === 'secret' ? makeSecretKey(mode, keyId, parts.random) : makePublishableKey(mode, parts.random)
  return {
    text,
    row: {
      keyId: trustedId<KeyId>(keyId),
      kind,
      mode,
      hash: apiKeyHash(text),
      publicText: kind === 'publishable' ? text : null,
      hint: text.slice(-4),
      scopes,
    },
  }
}

/** Makes a merchant with a connector, `flow_default` and one key of each kind. */
export async function createMerchant(
  parts: MerchantSetupParts,
  merchant: { name: string; mode: Mode; connector: string },
): Promise<MerchantCredentials> {
  const { ids, clock, random } = parts
  const { mode } = merchant
  const merchantId = trustedId<MerchantId>(`mer_${ids.timeOrdered()}`)
  const connectorId = trustedId<ConnectorId>(`conn_${ids.timeOrdered()}`)
  const secret = makeKey(parts, 'secret', mode, ['*'])
  const publishable = makeKey(parts, 'publishable', mode, ['tokens:write'])
  const returnSigningSecret = `rss_${random.bytes(32).toString('base64url')}`
  const place = { kind: 'return_signing_secret', merchantId, recordId: merchantId } as const
  await parts.merchants.insert(
    {
      merchantId,
      name: merchant.name,
      returnSigningSecret: parts.sealer.seal(returnSigningSecret, place),
      connectors: [{ connectorId, mode, connector: merchant.connector }],
      flows: [{ flowId: trustedId<FlowId>('flow_default'), mode, connectorId, captureMethod: 'automatic' }],
      keys: [secret.row, publishable.row],
    },
    clock.now(),
  )
  return {
    merchantId,
    publishableKey: publishable.text,
    secretKey: secret.text,
    inflowPrivateKey: inflowSpelling(secret.text),
    inflowPublicKey: inflowSpelling(publishable.text),
    returnSigningSecret,
  }
}

/** What the last start wrote down, where its keys still work; else a new merchant for the sandbox. */
export async function ensureTestMerchant(
  parts: MerchantSetupParts & { directory: LiveDirectory },
  existing: MerchantCredentials | null,
): Promise<MerchantCredentials> {
  const { directory, clock } = parts
  const works = (text: string): boolean => {
    const reading = readApiKey(text)
    return reading.ok && directory.findCaller(apiKeyHash(reading.key.canonical), clock.now()) !== undefined
  }
  await directory.refresh()
  if (existing !== null && works(existing.secretKey) && works(existing.publishableKey)) return existing
  const made = await createMerchant(parts, { name: 'Test merchant', mode: 'test', connector: 'sandbox' })
  await directory.refresh()
  return made
}
