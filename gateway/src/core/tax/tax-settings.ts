import type { Mode } from '@tessera/contracts/vault-protocol'
import { provinces } from './canada.ts'
import { findCountry, taxTerritoryOf } from './countries.ts'
import { nationalRates } from './national-rates.ts'
import { stateRates } from './united-states.ts'

/** What a merchant has said about its own place in the world of taxes. */
export interface TaxSettings {
  /** ISO 3166-1 alpha-2. */
  homeCountry: string
  /**
   * Where the merchant collects tax besides its home (and, from a home in the EU, the whole EU): countries ("GB"), states
   * and provinces ("US-CA", "CA-QC"), "EU" for a merchant from outside who uses the one-stop shop, and "*" for every country
   * with a national rate. US states and Canadian provinces with a tax of their own are always named.
   */
  registrations: readonly string[]
  /** Which check of a tax id is enough for 0 %; null: `verified` in live mode, `format` in test mode. */
  reverseChargeRequires: 'verified' | 'format' | null
  /** Rounds each line alone instead of the whole order once. */
  roundPerLine: boolean
}

export const defaultTaxSettings: TaxSettings = {
  homeCountry: 'FR',
  registrations: ['*'],
  reverseChargeRequires: null,
  roundPerLine: false,
}

/** How far the check of a tax id must go for 0 %, and so how far it needs to be driven. */
export function requiredCheck(settings: TaxSettings, mode: Mode): 'verified' | 'format' {
  return settings.reverseChargeRequires ?? (mode === 'live' ? 'verified' : 'format')
}

/** Settings that cannot stand. The message names every fault, for the operator. */
export class TaxSettingsInvalid extends Error {
  override name = 'TaxSettingsInvalid'
}

/** Reads settings as they are stored: null is all defaults, and so is each property that is missing. */
export function readTaxSettings(json: unknown): TaxSettings {
  if (json === null || json === undefined) return defaultTaxSettings
  if (typeof json !== 'object' || Array.isArray(json)) throw new TaxSettingsInvalid('tax settings are an object')
  const given: Record<string, unknown> = { ...defaultTaxSettings, ...json }
  const { homeCountry, registrations, reverseChargeRequires, roundPerLine } = given
  const faults = [
    ...Object.keys(given)
      .filter((key) => !Object.hasOwn(defaultTaxSettings, key))
      .map((key) => `there is no tax setting ${key}`),
    ...(typeof homeCountry === 'string' && findCountry(homeCountry) === homeCountry
      ? []
      : [`homeCountry is a country of ISO 3166-1 in upper case, not ${JSON.stringify(homeCountry)}`]),
    ...(Array.isArray(registrations) ? registrations.flatMap(faultsOfRegistration) : ['registrations is a list']),
    ...([null, 'verified', 'format'].includes(reverseChargeRequires as null | string)
      ? []
      : ['reverseChargeRequires is verified, format or null']),
    ...(typeof roundPerLine === 'boolean' ? [] : ['roundPerLine is true or false']),
  ]
  if (faults.length > 0) throw new TaxSettingsInvalid(faults.join('; '))
  return given as unknown as TaxSettings
}

function faultsOfRegistration(place: unknown): string[] {
  if (place === '*' || place === 'EU') return []
  if (place === 'US') return ['name the states of the US one by one: US-CA']
  if (typeof place !== 'string') return ['a registration is a text like GB or US-CA']
  const [country = '', part] = place.split('-')
  if (part === undefined && Object.hasOwn(nationalRates, country)) return []
  if (country === 'US' && part !== undefined && stateRates(part) !== undefined) return []
  if (country === 'CA' && part !== undefined && Object.hasOwn(provinces, part) && !provinces[part]?.harmonized)
    return []
  const instead = taxTerritoryOf(place)
  return [instead === place ? `there is no rate for ${place}` : `${place} is taxed as ${instead}: name that`]
}
