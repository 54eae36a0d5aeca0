import type { MerchantCredentials } from '@tessera/contracts/supervision'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Random } from '@tessera/lib/random'
import type { Pool } from 'pg'
import { type ConnectorId, type FlowId, type KeyId, type MerchantId, trustedId } from './core/ids.ts'
import { apiKeyHash, inflowSpelling, makePublishableKey, makeSecretKey, readApiKey } from './http/api-key.ts'
import type { Sealer } from './lib/sealing.ts'
import type { LiveDirectory } from './store/directory.ts'
import { insertMerchant, type NewKey } from './store/merchants.ts'

export interface MerchantSetup {
  /** Makes a merchant with a connector, `flow_default` and one key of each kind. Secret keys are told here and never again. */
  create(name: string, mode: Mode, connector: string): Promise<MerchantCredentials>
  /** What the last start wrote down, where its keys still work; else a new merchant. */
  ensure(existing: MerchantCredentials | null): Promise<MerchantCredentials>
}

export function createMerchantSetup(parts: {
  pool: Pool
  directory: LiveDirectory
  sealer: Sealer
  clock: Clock
  ids: Ids
  random: Random
}): MerchantSetup {
  const { clock, ids, random, directory } = parts

  const works = (text: string): boolean => {
    const reading = readApiKey(text)
    return reading.ok && directory.findCaller(apiKeyHash(reading.key.canonical), clock.now()) !== undefined
  }

  async function create(name: string, mode: Mode, connector: string): Promise<MerchantCredentials> {
    const merchantId = trustedId<MerchantId>(`mer_${ids.timeOrdered()}`)
    const connectorId = trustedId<ConnectorId>(`conn_${ids.timeOrdered()}`)
    const secretKeyId = ids.random().slice(0, 10)
    const secretKey = makeSecretKey(mode, secretKeyId, random)
    const publishableKey = makePublishableKey(mode, random)
    const returnSigningSecret = `rss_${random.bytes(32).toString('base64url')}`
    const key = (kind: NewKey['kind'], keyId: string, text: string, scopes: string[]): NewKey => ({
      keyId: trustedId<KeyId>(keyId),
      kind,
      mode,
      hash: apiKeyHash(text),
      publicText: kind === 'publishable' ? text : null,
      hint: text.slice(-4),
      scopes,
    })
    await insertMerchant(
      parts.pool,
      {
        merchantId,
        name,
        returnSigningSecret: parts.sealer.seal(returnSigningSecret, {
          kind: 'return_signing_secret',
          merchantId,
          recordId: merchantId,
        }),
        connectors: [{ connectorId, mode, connector }],
        flows: [{ flowId: trustedId<FlowId>('flow_default'), mode, connectorId, captureMethod: 'automatic' }],
        keys: [
          key('secret', secretKeyId, secretKey, ['*']),
          key('publishable', ids.random().slice(0, 10), publishableKey, ['tokens:write']),
        ],
      },
      ids.timeOrdered(),
      clock.now(),
    )
    await directory.refresh()
    return {
      merchantId,
      publishableKey,
      secretKey,
      inflowPrivateKey: inflowSpelling(secretKey),
      inflowPublicKey: inflowSpelling(publishableKey),
      returnSigningSecret,
    }
  }

  return {
    create,
    async ensure(existing) {
      await directory.refresh()
      if (existing !== null && works(existing.secretKey) && works(existing.publishableKey)) return existing
      return create('Test merchant', 'test', 'sandbox')
    },
  }
}
