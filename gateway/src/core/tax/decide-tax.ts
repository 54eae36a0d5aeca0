import type { Mode } from '@tessera/contracts/vault-protocol'
import { countryOfTaxId, findCountry, isInEu, taxTerritoryOf } from './countries.ts'
import { dayOf, ratesCheckedOn } from './dated-rate.ts'
import { taxAreaOf } from './tax-area.ts'
import type { TaxDecision, TaxedBuyer, TaxIdCheck, TaxReason, TaxResult } from './tax-decision.ts'
import { requiredCheck, type TaxSettings } from './tax-settings.ts'

/**
 * Which tax a buyer bears. `taxIdCheck` is what a TaxIdVerifier said of the tax id of a business; it is left aside for
 * everybody else. A business whose id was not checked pays like a consumer.
 */
export function decideTax(
  settings: TaxSettings,
  mode: Mode,
  buyer: TaxedBuyer,
  taxIdCheck: TaxIdCheck | null,
  nowMs: number,
): TaxResult<TaxDecision> {
  const country = findCountry(buyer.country)
  if (country === undefined) return { ok: false, refusal: { refusal: 'unknown_country', country: buyer.country } }
  const area = taxAreaOf(settings, country, buyer.postalCode, dayOf(nowMs))
  if ('fault' in area) return { ok: false, refusal: { refusal: area.fault, country } }

  const check = buyer.isBusiness ? taxIdCheck : null
  const [validFrom, rate] = area.rate ?? [ratesCheckedOn, 0]
  const decided = (reason: TaxReason): TaxResult<TaxDecision> => ({
    ok: true,
    value: {
      country,
      region: area.region,
      name: area.name,
      rateMillionths: reason === 'standard' ? rate : 0,
      reason,
      reversedRateMillionths: reason === 'reverse_charge' ? rate : 0,
      validFrom,
      taxIdCheck: check,
    },
  })

  if (!area.isRegistered) return decided('not_registered')
  if (area.rate === undefined) return decided('outside_scope')
  return decided(check === null ? 'standard' : reasonForBusiness(settings, mode, country, check))
}

/**
 * A business elsewhere accounts for the tax itself. Within the EU that takes an id of a member state other than the merchant's
 * (article 196 of Directive 2006/112/EC), checked as thoroughly as the settings ask. Outside, VIES has nothing to say: an id
 * of the buyer's own country with right check digits is the most that can be known. In the US and Canada an exemption is a
 * certificate, not a number, so that businesses there pay like everybody.
 */
function reasonForBusiness(settings: TaxSettings, mode: Mode, country: string, check: TaxIdCheck): TaxReason {
  const home = taxTerritoryOf(settings.homeCountry)
  const territory = taxTerritoryOf(country)
  const idCountry = countryOfTaxId(check.taxId)
  if (territory === home || idCountry === home || country === 'US' || country === 'CA') return 'standard'

  const northernIrish = idCountry === 'XI' && (territory === 'GB' || territory === 'XI')
  if (northernIrish || (isInEu(territory) && isInEu(idCountry))) {
    return isEnough(check, requiredCheck(settings, mode)) ? 'reverse_charge' : 'standard'
  }
  return idCountry === territory && check.status === 'format' ? 'outside_scope' : 'standard'
}

/** When VIES does not answer, check digits have been looked at all the same; a register's "no" outweighs them. */
function isEnough(check: TaxIdCheck, required: 'verified' | 'format'): boolean {
  if (check.status === 'verified') return true
  if (required === 'verified') return false
  return check.status === 'format' || (check.status === 'unavailable' && check.checkedBy === 'vies')
}
