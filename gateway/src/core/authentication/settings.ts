import { findCurrency } from '../money/currencies.ts'

/** When a merchant's shoppers authenticate where the payment itself does not say, and how the merchant is called there. */
export interface ThreeDSecureSettings {
  /**
   * `when_acquirer_asks`: only after an authorization was declined for want of it. `above_amount`: from `above` on.
   * `eea_rules`: as strong customer authentication has it, with its exemptions.
   */
  policy: (typeof policies)[number]
  /** Largest amounts, by currency and in minor units, that need none; a currency that is missing always does. */
  above: Readonly<Record<string, number>>
  /** Largest amount, in euro cents, that the merchant's acquirer exempts by its fraud rate (TRA): 0, 100, 250 or 500 euros. */
  riskAnalysisUpToMinor: number
  /** What becomes of a payment whose authentication could not be performed, unless it was required. */
  whenUnavailable: 'authorize' | 'fail'
  /** ISO 18245. */
  categoryCode: string
  /** The shop's own address; null: that of this gateway. */
  website: string | null
  /** As the acquirer registered the merchant for 3-D Secure; null: the sandbox's. */
  acquirerBin: string | null
  acquirerMerchantId: string | null
}

export const policies = ['when_acquirer_asks', 'always', 'above_amount', 'eea_rules'] as const

export const defaultThreeDSecureSettings: ThreeDSecureSettings = {
  policy: 'when_acquirer_asks',
  above: {},
  riskAnalysisUpToMinor: 0,
  whenUnavailable: 'authorize',
  categoryCode: '5999',
  website: null,
  acquirerBin: null,
  acquirerMerchantId: null,
}

/** Settings that cannot stand. The message names every fault, for the operator. */
export class ThreeDSecureSettingsInvalid extends Error {
  override name = 'ThreeDSecureSettingsInvalid'
}

/** What the fraud rates of the EU's rules allow (13, 6 and 1 basis points), in euro cents. */
const riskAnalysisLimits: readonly unknown[] = [0, 10_000, 25_000, 50_000]

type Check = (value: unknown) => boolean
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const textLike =
  (shape: RegExp): Check =>
  (value) =>
    typeof value === 'string' && shape.test(value)

const rules: Record<keyof ThreeDSecureSettings, { holds: Check; rule: string }> = {
  policy: {
    holds: (value) => (policies as readonly unknown[]).includes(value),
    rule: `policy is one of ${policies.join(', ')}`,
  },
  above: { holds: isAmounts, rule: 'above gives whole minor units by currency, like eur and 10000' },
  riskAnalysisUpToMinor: {
    holds: (value) => riskAnalysisLimits.includes(value),
    rule: `riskAnalysisUpToMinor is one of ${riskAnalysisLimits.join(', ')}`,
  },
  whenUnavailable: {
    holds: (value) => value === 'authorize' || value === 'fail',
    rule: 'whenUnavailable is authorize or fail',
  },
  categoryCode: { holds: textLike(/^\d{4}$/), rule: 'categoryCode has four digits' },
  website: {
    holds: orNull((value) => typeof value === 'string' && /^https:\/\//.test(value) && value.length <= 2048),
    rule: 'website begins with https://',
  },
  acquirerBin: { holds: orNull(textLike(/^[0-9A-Za-z]{1,11}$/)), rule: 'acquirerBin has up to eleven digits' },
  acquirerMerchantId: {
    holds: orNull(textLike(/^[\x21-\x7e]{1,35}$/)),
    rule: 'acquirerMerchantId has up to 35 characters',
  },
}

/** Reads settings as they are stored: null is all defaults, and so is each property that is missing. */
export function readThreeDSecureSettings(json: unknown): ThreeDSecureSettings {
  if (json === null || json === undefined) return defaultThreeDSecureSettings
  if (typeof json !== 'object' || Array.isArray(json)) {
    throw new ThreeDSecureSettingsInvalid('3-D Secure settings are an object')
  }
  const given: Record<string, unknown> = { ...defaultThreeDSecureSettings, ...json }
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(rules, key))
  const faults = [
    ...unknown.map((key) => `there is no 3-D Secure setting ${key}`),
    ...Object.entries(rules).flatMap(([key, { holds, rule }]) => (holds(given[key]) ? [] : [rule])),
  ]
  if (faults.length > 0) throw new ThreeDSecureSettingsInvalid(faults.join('; '))
  return given as unknown as ThreeDSecureSettings
}

function isAmounts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(
    ([code, amount]) => findCurrency(code) === code && Number.isSafeInteger(amount) && amount >= 0,
  )
}
