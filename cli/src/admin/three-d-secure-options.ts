import type { SettingsChange } from '@tessera/gateway/admin'
import { type Command, InvalidArgumentError } from 'commander'

type ThreeDSecureChange = NonNullable<SettingsChange['threeDSecure']>

export interface ThreeDSecureOptions {
  threeDSecure?: ThreeDSecureChange['policy']
  threeDSecureAbove?: Record<string, number>
  threeDSecureUnavailable?: ThreeDSecureChange['whenUnavailable']
  riskAnalysisUpTo?: number
  categoryCode?: string
  website?: string | null
  acquirerBin?: string | null
  acquirerMerchantId?: string | null
}

/** How a merchant's shoppers authenticate. What the values may be, the gateway says. */
export function addThreeDSecureOptions(command: Command): Command {
  return command
    .option(
      '--three-d-secure <policy>',
      'when shoppers authenticate: when_acquirer_asks, always, above_amount or eea_rules',
    )
    .option(
      '--three-d-secure-above <amounts>',
      'largest amounts that need none, in minor units: eur=5000,usd=5000',
      readAmounts,
    )
    .option('--three-d-secure-unavailable <what>', 'what becomes of a payment then: authorize or fail')
    .option(
      '--risk-analysis-up-to <euros>',
      'largest amount that the acquirer exempts by its fraud rate: 0, 100, 250 or 500',
      readEuros,
    )
    .option('--category-code <code>', 'of its business, four digits (ISO 18245)')
    .option('--website <url>', 'of its shop, shown to issuers; empty for none', orNone)
    .option('--acquirer-bin <bin>', 'as its acquirer registered it for 3-D Secure; empty for none', orNone)
    .option('--acquirer-merchant-id <id>', 'as its acquirer registered it for 3-D Secure; empty for none', orNone)
}

export function threeDSecureChangeOf(o: ThreeDSecureOptions): ThreeDSecureChange {
  const {
    threeDSecure,
    threeDSecureAbove,
    threeDSecureUnavailable,
    riskAnalysisUpTo,
    categoryCode,
    website,
    acquirerBin,
    acquirerMerchantId,
  } = o
  return {
    ...(threeDSecure !== undefined && { policy: threeDSecure }),
    ...(threeDSecureAbove !== undefined && { above: threeDSecureAbove }),
    ...(threeDSecureUnavailable !== undefined && { whenUnavailable: threeDSecureUnavailable }),
    ...(riskAnalysisUpTo !== undefined && { riskAnalysisUpToMinor: riskAnalysisUpTo * 100 }),
    ...(categoryCode !== undefined && { categoryCode }),
    ...(website !== undefined && { website }),
    ...(acquirerBin !== undefined && { acquirerBin }),
    ...(acquirerMerchantId !== undefined && { acquirerMerchantId }),
  }
}

function readAmounts(text: string): Record<string, number> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, currency, amount] = /^\s*([A-Za-z]{3})=(\d{1,12})\s*$/.exec(pair) ?? []
      if (currency === undefined) {
        throw new InvalidArgumentError('--three-d-secure-above is like eur=5000,usd=5000, in minor units')
      }
      return [currency.toLowerCase(), Number(amount)]
    }),
  )
}

function readEuros(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('--risk-analysis-up-to is 0, 100, 250 or 500')
  return Number(text)
}

function orNone(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}
