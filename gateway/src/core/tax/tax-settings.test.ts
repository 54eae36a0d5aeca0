import { expect, it } from 'vitest'
import { defaultTaxSettings, readTaxSettings, TaxSettingsInvalid } from './tax-settings.ts'

const faultOf = (json: unknown): string => {
  try {
    readTaxSettings(json)
    return ''
  } catch (error) {
    if (!(error instanceof TaxSettingsInvalid)) throw error
    return error.message
  }
}

it('without stored settings a merchant is French and collects by the billing country', () => {
  expect(readTaxSettings(null)).toEqual({
    homeCountry: 'FR',
    registrations: ['*'],
    reverseChargeRequires: null,
    roundPerLine: false,
  })
})

it('what is stored stands over the defaults', () => {
  expect(readTaxSettings({ homeCountry: 'NL', registrations: ['GB', 'US-CA', 'CA-QC', 'EU', '*'] })).toEqual({
    ...defaultTaxSettings,
    homeCountry: 'NL',
    registrations: ['GB', 'US-CA', 'CA-QC', 'EU', '*'],
  })
})

it('every fault is named at once', () => {
  const fault = faultOf({
    homeCountry: 'UK',
    registrations: ['GB', 'US', 'US-PR'],
    reverseChargeRequires: 'maybe',
    roundPerLine: 1,
    x: 1,
  })
  for (const part of ['"UK"', 'US-CA', 'US-PR', 'verified, format or null', 'roundPerLine', 'no tax setting x']) {
    expect(fault).toContain(part)
  }
  expect(fault).not.toContain('GB')
})

it('a registration is where a tax of its own is due', () => {
  const faults = ['MC', 'CA-ON', 'BR', 'US-XX', 'gb', 5].map((place) => faultOf({ registrations: [place] }))
  expect(faults.every((fault) => fault !== '')).toBe(true)
  expect(faults[0]).toContain('taxed as FR')
  expect(faultOf([])).not.toBe('')
  expect(faultOf('FR')).not.toBe('')
})
