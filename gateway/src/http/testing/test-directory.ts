import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Random } from '@tessera/lib/random'
import { defaultThreeDSecureSettings } from '../../core/authentication/settings.ts'
import { type KeyId, type MerchantId, trustedId } from '../../core/ids.ts'
import type { ApiScope, Caller, Flow, Merchant, MerchantDirectory } from '../../core/merchants/merchant.ts'
import { defaultTaxSettings } from '../../core/tax/tax-settings.ts'
import { apiKeyHash, makePublishableKey, makeSecretKey } from '../api-key.ts'

/** Merchants, keys and flows for tests, in memory. */
export class TestDirectory implements MerchantDirectory {
  readonly #callers = new Map<string, Caller>()
  readonly #random: Random
  #keys = 0

  constructor(random: Random) {
    this.#random = random
  }

  findCaller(keyHash: string): Caller | undefined {
    return this.#callers.get(keyHash)
  }

  merchant(merchantId: MerchantId): Merchant | undefined {
    return [...this.#callers.values()].find(({ merchant }) => merchant.merchantId === merchantId)?.merchant
  }

  flows(): readonly Flow[] {
    return [
      {
        flowId: trustedId('flow_default'),
        captureMethod: 'automatic',
        isDefault: true,
        status: 'active',
        connectorId: trustedId('conn_1'),
        connector: 'sandbox',
        connectorStatus: 'active',
      },
    ]
  }

  /** A secret key, and who calls with it. */
  secretKey(merchant: Merchant, mode: Mode = 'test', scopes: readonly ApiScope[] = ['*']) {
    const keyId = this.#nextKeyId()
    const key = makeSecretKey(mode, keyId, this.#random)
    const caller: Caller = { merchant, keyId, kind: 'secret', mode, scopes }
    this.#callers.set(apiKeyHash(key), caller)
    return { key, caller }
  }

  publishableKey(merchant: Merchant, mode: Mode = 'test'): string {
    const key = makePublishableKey(mode, this.#random)
    this.#callers.set(apiKeyHash(key), {
      merchant,
      keyId: this.#nextKeyId(),
      kind: 'publishable',
      mode,
      scopes: ['tokens:write'],
    })
    return key
  }

  #nextKeyId(): KeyId {
    this.#keys += 1
    return trustedId<KeyId>(`k${this.#keys}`)
  }
}

export function aMerchant(changes: Partial<Merchant> = {}): Merchant {
  return {
    merchantId: trustedId('mer_1'),
    name: 'Tea & Co',
    status: 'active',
    s2sEnabled: true,
    numericExternalIds: false,
    origins: null,
    tax: defaultTaxSettings,
    threeDSecure: defaultThreeDSecureSettings,
    ...changes,
  }
}
