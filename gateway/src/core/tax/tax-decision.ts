import type { Currency } from '../money/currencies.ts'

/**
 * What was found out about a tax id. `format`: shape and check digits are right, and no register was asked; `verified` and
 * `unregistered`: the register (VIES) said so; `unavailable`: nobody could tell, because VIES did not answer or because
 * there is no rule for ids of that country.
 */
export interface TaxIdCheck {
  /** Upper case, without separators, with the prefix of its country as VIES writes it (EL for Greece, XI, FR for Monaco). */
  taxId: string
  status: 'invalid' | 'format' | 'verified' | 'unregistered' | 'unavailable'
  /** Who had the last word. */
  checkedBy: 'jsvat' | 'vies'
  checkedAtMs: number
}

export type TaxReason = 'standard' | 'reverse_charge' | 'outside_scope' | 'not_registered'

/** Which tax an order bears, and why. Frozen in the payment, so that a later change of rates or settings changes nothing. */
export interface TaxDecision {
  /** Of the buyer, ISO 3166-1 alpha-2, as given. */
  country: string
  /** ISO 3166-2 ("US-CA", "PT-20") where the rate, or its absence, is that of a part of the country. */
  region: string | null
  /** As shown to shoppers: "VAT", "Sales tax", "GST". */
  name: string
  /** Parts per million: 255000 is 25.5 %. */
  rateMillionths: number
  reason: TaxReason
  /** Under reverse charge, the rate that the buyer accounts for instead and that a tax-inclusive price contained; else 0. */
  reversedRateMillionths: number
  /** First day of the rate that was looked at, ISO 8601. */
  validFrom: string
  taxIdCheck: TaxIdCheck | null
}

/** What decides about tax on the buyer's side. */
export interface TaxedBuyer {
  country: string
  postalCode: string | null
  isBusiness: boolean
}

/** Everything that core/tax may say no with; part of the union of all refusals. */
export type TaxRefusal =
  | { refusal: 'unknown_country'; country: string }
  | { refusal: 'postal_code_required'; country: string }
  | { refusal: 'postal_code_invalid'; country: string }
  | { refusal: 'amount_above_maximum'; maximumMinor: number; currency: Currency }

export type TaxResult<T> = { ok: true; value: T } | { ok: false; refusal: TaxRefusal }
