import { defaultThreeDSecureSettings } from '../authentication/settings.ts'
import { trustedId } from '../ids.ts'
import type { Caller, Flow, Merchant } from '../merchants/merchant.ts'
import { defaultTaxSettings } from '../tax/tax-settings.ts'

/** Somebody who calls with a secret key of this merchant. */
export function callerOf(merchantId: string, mode: Caller['mode'] = 'test', changes: Partial<Merchant> = {}): Caller {
  return {
    merchant: {
      merchantId: trustedId(merchantId),
      name: merchantId,
      status: 'active',
      s2sEnabled: true,
      numericExternalIds: false,
      origins: null,
      tax: defaultTaxSettings,
      threeDSecure: defaultThreeDSecureSettings,
      ...changes,
    },
    keyId: trustedId('k1'),
    kind: 'secret',
    mode,
    scopes: ['*'],
  }
}

export const aFlow = (changes: Partial<Flow> = {}): Flow => ({
  flowId: trustedId('flow_default'),
  captureMethod: 'automatic',
  isDefault: true,
  status: 'active',
  connectorId: trustedId('conn_1'),
  connector: 'sandbox',
  connectorStatus: 'active',
  ...changes,
})
