import { describe, expect, it } from 'vitest'
import { decideTax } from './decide-tax.ts'
import type { TaxDecision, TaxIdCheck } from './tax-decision.ts'
import { defaultTaxSettings, type TaxSettings } from './tax-settings.ts'

const now = Date.parse('2026-08-24T12:00:00Z')
const checked = (taxId: string, status: TaxIdCheck['status'], checkedBy: TaxIdCheck['checkedBy'] = 'jsvat') => ({
  taxId,
  status,
  checkedBy,
  checkedAtMs: now,
})

interface Case {
  settings?: Partial<TaxSettings>
  mode?: 'test' | 'live'
  country: string
  postalCode?: string
  check?: TaxIdCheck
  day?: string
}

function decide({ settings, mode = 'test', country, postalCode, check, day }: Case) {
  const buyer = { country, postalCode: postalCode ?? null, isBusiness: check !== undefined }
  const nowMs = day === undefined ? now : Date.parse(`${day}T12:00:00Z`)
  return decideTax({ ...defaultTaxSettings, ...settings }, mode, buyer, check ?? null, nowMs)
}

function decided(given: Case): TaxDecision {
  const result = decide(given)
  if (!result.ok) throw new Error(result.refusal.refusal)
  return result.value
}

const brief = (given: Case) => {
  const { rateMillionths, reason } = decided(given)
  return [rateMillionths, reason]
}

describe('the buyer’s country', () => {
  it('decides the rate, with decimals', () => {
    expect(decided({ country: 'FI' })).toEqual({
      country: 'FI',
      region: null,
      name: 'VAT',
      rateMillionths: 255_000,
      reason: 'standard',
      reversedRateMillionths: 0,
      validFrom: '2024-09-01',
      taxIdCheck: null,
    })
    expect(
      ['FR', 'DE', 'EE', 'SK', 'RO', 'LU', 'GB', 'CH', 'LI', 'NO', 'AU'].map((each) => brief({ country: each })[0]),
    ).toEqual([200_000, 190_000, 240_000, 230_000, 210_000, 170_000, 200_000, 81_000, 81_000, 250_000, 100_000])
  })

  it('may be written in lower case, and must exist', () => {
    expect(decided({ country: 'de' }).country).toBe('DE')
    for (const country of ['XX', 'EL', 'UK', 'EU', 'DEU', '', 'D', 'constructor']) {
      expect(decide({ country })).toEqual({ ok: false, refusal: { refusal: 'unknown_country', country } })
    }
  })

  it('bears no tax where no rate is known', () => {
    expect(brief({ country: 'BR' })).toEqual([0, 'outside_scope'])
    expect(brief({ country: 'AQ' })).toEqual([0, 'outside_scope'])
  })

  it('is Monaco: taxed as France, under its own name', () => {
    expect(decided({ country: 'MC' })).toMatchObject({ country: 'MC', rateMillionths: 200_000, name: 'VAT' })
    const abroad = { settings: { homeCountry: 'DE', registrations: [] }, country: 'MC' }
    expect(brief(abroad)).toEqual([200_000, 'standard'])
    expect(brief({ ...abroad, check: checked('FR83404833048', 'format') })).toEqual([0, 'reverse_charge'])
    expect(brief({ country: 'MC', check: checked('FR83404833048', 'verified', 'vies') })).toEqual([200_000, 'standard'])
  })

  it('has the rate of the day', () => {
    const rateOn = (country: string, day: string) => decided({ country, day }).rateMillionths
    expect([rateOn('EE', '2025-06-30'), rateOn('EE', '2025-07-01')]).toEqual([220_000, 240_000])
    expect([rateOn('SK', '2024-12-31'), rateOn('SK', '2025-01-01')]).toEqual([200_000, 230_000])
    expect([rateOn('DE', '2020-06-30'), rateOn('DE', '2020-12-31'), rateOn('DE', '2021-01-01')]).toEqual([
      190_000, 160_000, 190_000,
    ])
    expect(rateOn('EE', '1970-01-02')).toBe(200_000)
  })

  it('has parts with a rate of their own, or outside the VAT area, where the postal code tells', () => {
    expect(decided({ country: 'PT', postalCode: '9500-119' })).toMatchObject({
      region: 'PT-20',
      rateMillionths: 160_000,
    })
    expect(decided({ country: 'PT', postalCode: '9000-017' })).toMatchObject({
      region: 'PT-30',
      rateMillionths: 220_000,
    })
    expect(decided({ country: 'PT', postalCode: '1000-001' })).toMatchObject({ region: null, rateMillionths: 230_000 })
    expect(decided({ country: 'ES', postalCode: '35001' })).toMatchObject({ region: 'ES-CN', reason: 'outside_scope' })
    expect(decided({ country: 'FI', postalCode: 'FI-22100' })).toMatchObject({ region: 'FI-01', rateMillionths: 0 })
    expect(brief({ country: 'DE', postalCode: '78266' })).toEqual([0, 'outside_scope'])
    expect(brief({ country: 'FR', postalCode: '97400' })).toEqual([0, 'outside_scope'])
    expect(brief({ country: 'FR', postalCode: '75001' })).toEqual([200_000, 'standard'])
    expect(brief({ country: 'RE' })).toEqual([0, 'outside_scope'])
  })
})

describe('where the merchant collects', () => {
  it('is home, and the whole EU from a home in it', () => {
    const settings = { registrations: [] }
    expect(brief({ settings, country: 'FR' })).toEqual([200_000, 'standard'])
    expect(brief({ settings, country: 'HU' })).toEqual([270_000, 'standard'])
    expect(brief({ settings, country: 'GB' })).toEqual([0, 'not_registered'])
    expect(brief({ settings: { homeCountry: 'GB', registrations: [] }, country: 'HU' })).toEqual([0, 'not_registered'])
    expect(brief({ settings: { homeCountry: 'GB', registrations: ['EU'] }, country: 'HU' })).toEqual([
      270_000,
      'standard',
    ])
  })

  it('is elsewhere by registration', () => {
    const settings = { registrations: ['CH', 'NO'] }
    expect(brief({ settings, country: 'CH' })).toEqual([81_000, 'standard'])
    expect(brief({ settings, country: 'AU' })).toEqual([0, 'not_registered'])
  })
})

describe('the United States', () => {
  it('are taxed by state, only where the merchant is registered', () => {
    const settings = { registrations: ['*', 'US-CA', 'US-NJ'] }
    expect(decided({ settings, country: 'US', postalCode: '94105' })).toMatchObject({
      region: 'US-CA',
      name: 'Sales tax',
      rateMillionths: 72_500,
      reason: 'standard',
    })
    expect(decided({ settings, country: 'US', postalCode: '07030-5774' })).toMatchObject({ rateMillionths: 66_250 })
    expect(decided({ settings, country: 'US', postalCode: '10001' })).toMatchObject({
      region: 'US-NY',
      rateMillionths: 0,
      reason: 'not_registered',
    })
    expect(brief({ country: 'US', postalCode: '94105' })).toEqual([0, 'not_registered'])
  })

  it('need a ZIP that exists', () => {
    const refusalOf = (postalCode?: string) => {
      const result = decide({ country: 'US', ...(postalCode === undefined ? {} : { postalCode }) })
      return result.ok ? 'decided' : result.refusal.refusal
    }
    expect([refusalOf(), refusalOf('  ')]).toEqual(['postal_code_required', 'postal_code_required'])
    expect(['00000', '9410', '941055', 'SW1A 1AA', '94105-12'].map(refusalOf)).toEqual(
      Array(5).fill('postal_code_invalid'),
    )
    expect([' 94105 ', '941051234', '94105-1234'].map(refusalOf)).toEqual(['decided', 'decided', 'decided'])
  })

  it('tax businesses like everybody', () => {
    const settings = { registrations: ['US-CA'] }
    const check = checked('US123456789', 'unavailable')
    expect(brief({ settings, country: 'US', postalCode: '94105', check })).toEqual([72_500, 'standard'])
  })
})

describe('Canada', () => {
  it('has the federal tax, with what the province adds where it is harmonized', () => {
    expect(decided({ country: 'CA' })).toMatchObject({ region: null, name: 'GST', rateMillionths: 50_000 })
    expect(decided({ country: 'CA', postalCode: 'M5V 3L9' })).toMatchObject({
      region: 'CA-ON',
      name: 'HST',
      rateMillionths: 130_000,
    })
    expect(decided({ country: 'CA', postalCode: 'B3H 4R2' }).rateMillionths).toBe(140_000)
    expect(decided({ country: 'CA', postalCode: 'T2P 1J9' })).toMatchObject({ name: 'GST', rateMillionths: 50_000 })
  })

  it('has a province’s own tax only where the merchant is registered there', () => {
    expect(decided({ country: 'CA', postalCode: 'H2X 1Y4' }).rateMillionths).toBe(50_000)
    const settings = { registrations: ['CA', 'CA-QC'] }
    expect(decided({ settings, country: 'CA', postalCode: 'h2x1y4' })).toMatchObject({
      region: 'CA-QC',
      name: 'GST + QST',
      rateMillionths: 149_750,
    })
  })
})

describe('a business', () => {
  const german = (status: TaxIdCheck['status'], by?: TaxIdCheck['checkedBy']) => checked('DE136695976', status, by)

  it('accounts for the tax itself, in another country of the EU', () => {
    expect(decided({ country: 'DE', check: german('verified', 'vies'), mode: 'live' })).toMatchObject({
      rateMillionths: 0,
      reason: 'reverse_charge',
      reversedRateMillionths: 190_000,
      taxIdCheck: { taxId: 'DE136695976', status: 'verified', checkedBy: 'vies' },
    })
    expect(brief({ country: 'GR', check: checked('EL094259216', 'format') })).toEqual([0, 'reverse_charge'])
    expect(brief({ country: 'DE', check: checked('ATU12345675', 'format') })).toEqual([0, 'reverse_charge'])
  })

  it('pays like everybody in the merchant’s own country, and with an id of it', () => {
    expect(brief({ country: 'FR', check: checked('FR83404833048', 'verified', 'vies') })).toEqual([200_000, 'standard'])
    expect(brief({ country: 'DE', check: checked('FR83404833048', 'verified', 'vies') })).toEqual([190_000, 'standard'])
    expect(brief({ country: 'FR', check: german('verified', 'vies') })).toEqual([200_000, 'standard'])
  })

  it('is believed as far as the check went: in live mode VIES must have said yes', () => {
    const reasons = (mode: 'test' | 'live', settings?: Partial<TaxSettings>) =>
      [
        german('invalid'),
        german('format'),
        german('verified', 'vies'),
        german('unregistered', 'vies'),
        german('unavailable', 'vies'),
        german('unavailable'),
      ].map((check) => brief({ country: 'DE', check, mode, ...(settings && { settings }) })[1])
    const [no, yes] = ['standard', 'reverse_charge']
    expect(reasons('live')).toEqual([no, no, yes, no, no, no])
    expect(reasons('test')).toEqual([no, yes, yes, no, yes, no])
    expect(reasons('live', { reverseChargeRequires: 'format' })).toEqual(reasons('test'))
    expect(reasons('test', { reverseChargeRequires: 'verified' })).toEqual(reasons('live'))
  })

  it('that was not checked pays, and the check of a consumer is left aside', () => {
    const buyer = { country: 'DE', postalCode: null, isBusiness: true }
    expect(decideTax(defaultTaxSettings, 'test', buyer, null, now)).toMatchObject({ value: { reason: 'standard' } })
    const consumer = { ...buyer, isBusiness: false }
    expect(decideTax(defaultTaxSettings, 'test', consumer, german('format'), now)).toMatchObject({
      value: { reason: 'standard', taxIdCheck: null },
    })
  })

  it('of Great Britain is outside the EU, and one of Northern Ireland within', () => {
    const british = checked('GB980780684', 'format')
    expect(brief({ country: 'GB', check: british })).toEqual([0, 'outside_scope'])
    expect(brief({ country: 'DE', check: british })).toEqual([190_000, 'standard'])
    expect(brief({ country: 'GB', check: checked('XI980780684', 'format') })).toEqual([0, 'reverse_charge'])
    expect(brief({ country: 'GB', check: checked('XI980780684', 'format'), mode: 'live' })).toEqual([
      200_000,
      'standard',
    ])
    expect(brief({ country: 'XI', check: checked('XI980780684', 'verified', 'vies'), mode: 'live' })).toEqual([
      0,
      'reverse_charge',
    ])
  })

  it('outside the EU pays no tax of ours with a well-formed id of its own country', () => {
    expect(brief({ country: 'CH', check: checked('CHE123456788', 'format'), mode: 'live' })).toEqual([
      0,
      'outside_scope',
    ])
    expect(brief({ country: 'CH', check: checked('CHE123456788', 'invalid') })).toEqual([81_000, 'standard'])
    expect(brief({ country: 'AU', check: checked('AU51824753556', 'unavailable') })).toEqual([100_000, 'standard'])
    expect(brief({ country: 'CH', check: german('verified', 'vies') })).toEqual([81_000, 'standard'])
  })

  it('in the EU accounts for what a merchant from outside sells', () => {
    const settings = { homeCountry: 'GB', registrations: ['EU'] }
    expect(brief({ settings, country: 'DE', check: german('verified', 'vies'), mode: 'live' })).toEqual([
      0,
      'reverse_charge',
    ])
  })
})
