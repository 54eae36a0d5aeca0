import type { Currency } from '../money/currencies.ts'
import type { Initiator } from '../payments/payment.ts'
import type { Exemption } from './authentication.ts'
import type { ThreeDSecureSettings } from './settings.ts'

/** What a payment does before anything is sent: send at once, or have the shopper authenticate first. */
export type Plan =
  | { kind: 'send'; exemption: Exemption | null }
  | { kind: 'authenticate'; challengeMandated: boolean; required: boolean }

export interface PolicyInput {
  wish: 'automatic' | 'required' | 'skip'
  settings: ThreeDSecureSettings
  initiator: Initiator
  /** The merchant has authenticated the shopper elsewhere, and brings what came of it. */
  brings: boolean
  amountMinor: number
  currency: Currency
  saveCard: boolean
  /** ISO 3166-1 alpha-2: the merchant's (and so its acquirer's), and the issuer's where that is known. */
  merchantCountry: string
  issuerCountry: string | null
}

const send = (exemption: Exemption | null = null): Plan => ({ kind: 'send', exemption })

/**
 * The rule, in its order: whoever brings a result has authenticated; a merchant's own charge of a saved card (MIT) is out of
 * scope; what the payment says counts more than the merchant's policy.
 */
export function planOf(input: PolicyInput): Plan {
  const { wish, settings, initiator, brings, saveCard } = input
  if (brings || initiator === 'merchant' || wish === 'skip') return send()
  const required = wish === 'required' || settings.whenUnavailable === 'fail'
  const asked: Plan = { kind: 'authenticate', challengeMandated: saveCard, required }
  if (wish === 'required') return asked
  switch (settings.policy) {
    case 'when_acquirer_asks':
      return send()
    case 'always':
      return asked
    case 'above_amount':
      return isAbove(input) ? asked : send()
    case 'eea_rules':
      return underEeaRules(input, asked)
  }
}

function isAbove({ settings, amountMinor, currency }: PolicyInput): boolean {
  const limit = settings.above[currency]
  return limit === undefined || amountMinor > limit
}

/** Below 30 euros the issuer counts for itself, and may ask nevertheless. */
const lowValueBelowMinor = 3_000

/** Delegated Regulation (EU) 2018/389, articles 16 and 18. A card that is saved for later charges is never exempt. */
function underEeaRules(input: PolicyInput, asked: Plan): Plan {
  const { settings, amountMinor, currency, merchantCountry, issuerCountry, saveCard } = input
  const isOneLegOut = issuerCountry !== null && !eea.has(issuerCountry)
  if (!eea.has(merchantCountry) || isOneLegOut) return send()
  if (saveCard || currency !== 'eur') return asked
  if (amountMinor < lowValueBelowMinor) return send('low_value')
  return amountMinor <= settings.riskAnalysisUpToMinor ? send('transaction_risk') : asked
}

/** The EEA, and the United Kingdom with its own mirror of the rules. */
const eea: ReadonlySet<string> = new Set(
  (
    'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK GB ' +
    // Parts of France and Finland with codes of their own.
    'AX BL GF GP MF MQ RE YT'
  ).split(' '),
)
