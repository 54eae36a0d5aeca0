import { provinceOf, provinces } from './canada.ts'
import { isInEu, taxTerritoryOf } from './countries.ts'
import { type DatedRate, rateOn } from './dated-rate.ts'
import { nationalRates, taxNameOf } from './national-rates.ts'
import { postalAreaOf } from './postal-areas.ts'
import type { TaxSettings } from './tax-settings.ts'
import { stateOfZip, stateRates } from './united-states.ts'

/** A place with one rate. */
export interface TaxArea {
  /** ISO 3166-2 where the area is a part of its country. */
  region: string | null
  name: string
  /** Undefined where no rate is known, or no tax of ours is due. */
  rate: DatedRate | undefined
  isRegistered: boolean
}

export type AreaFault = 'postal_code_required' | 'postal_code_invalid'

/** The area of a known country that a buyer is in. Only the US need a postal code; elsewhere one makes the answer finer. */
export function taxAreaOf(
  settings: TaxSettings,
  country: string,
  postalCode: string | null,
  day: string,
): TaxArea | { fault: AreaFault } {
  const given = postalCode === null || postalCode.trim() === '' ? null : postalCode
  if (country === 'US') return stateArea(settings, given, day)
  if (country === 'CA') return canadianArea(settings, given, day)
  const territory = taxTerritoryOf(country)
  const part = given === null ? undefined : postalAreaOf(country, given)
  const rates = part === undefined ? nationalRates[territory] : part.rates
  return {
    region: part?.region ?? null,
    name: taxNameOf(territory),
    rate: rates ? rateOn(rates, day) : undefined,
    isRegistered: collectsIn(settings, territory),
  }
}

function stateArea(settings: TaxSettings, postalCode: string | null, day: string): TaxArea | { fault: AreaFault } {
  if (postalCode === null) return { fault: 'postal_code_required' }
  const state = stateOfZip(postalCode)
  if (state === undefined) return { fault: 'postal_code_invalid' }
  const region = `US-${state}`
  const rates = stateRates(state)
  return {
    region,
    name: 'Sales tax',
    rate: rates && rateOn(rates, day),
    isRegistered: settings.registrations.includes(region),
  }
}

/** The federal tax, and what the province adds: always where it is harmonized, else where the merchant is registered there. */
function canadianArea(settings: TaxSettings, postalCode: string | null, day: string): TaxArea {
  const federal = rateOn(nationalRates.CA ?? [], day)
  const isRegistered = collectsIn(settings, 'CA')
  const code = postalCode === null ? undefined : provinceOf(postalCode)
  const province = code === undefined ? undefined : provinces[code]
  const added = province && rateOn(province.rates, day)
  const isAdded = province?.harmonized === true || settings.registrations.includes(`CA-${code}`)
  if (province === undefined || federal === undefined || added === undefined || !isAdded) {
    return { region: null, name: taxNameOf('CA'), rate: federal, isRegistered }
  }
  // The federal rate is older than all of theirs.
  return { region: `CA-${code}`, name: province.name, rate: [added[0], federal[1] + added[1]], isRegistered }
}

/** Whether the merchant collects a country's tax: at home, in the whole EU from a home in it, and where it is registered. */
function collectsIn({ homeCountry, registrations }: TaxSettings, territory: string): boolean {
  if (taxTerritoryOf(homeCountry) === territory) return true
  if (registrations.includes('*') || registrations.includes(territory)) return true
  return isInEu(territory) && (isInEu(homeCountry) || registrations.includes('EU'))
}
