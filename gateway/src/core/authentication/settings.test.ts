import { expect, it } from 'vitest'
import { defaultThreeDSecureSettings, readThreeDSecureSettings, ThreeDSecureSettingsInvalid } from './settings.ts'

it('nothing stored is all defaults, and what is missing is as well', () => {
  expect(readThreeDSecureSettings(null)).toEqual(defaultThreeDSecureSettings)
  expect(readThreeDSecureSettings({ policy: 'always', acquirerBin: '400551' })).toEqual({
    ...defaultThreeDSecureSettings,
    policy: 'always',
    acquirerBin: '400551',
  })
  expect(readThreeDSecureSettings(defaultThreeDSecureSettings)).toEqual(defaultThreeDSecureSettings)
})

const wrong: [string, unknown][] = [
  ['an object', 'always'],
  ['there is no 3-D Secure setting polcy', { polcy: 'always' }],
  ['policy is one of', { policy: 'sometimes' }],
  ['above gives', { above: { euro: 1 } }],
  ['above gives', { above: { EUR: 1 } }],
  ['above gives', { above: { eur: -1 } }],
  ['above gives', { above: { eur: 1.5 } }],
  ['riskAnalysisUpToMinor', { riskAnalysisUpToMinor: 20_000 }],
  ['whenUnavailable', { whenUnavailable: 'maybe' }],
  ['categoryCode', { categoryCode: 5999 }],
  ['website', { website: 'http://shop.example' }],
  ['acquirerBin', { acquirerBin: '1234567890123' }],
  ['acquirerMerchantId', { acquirerMerchantId: '' }],
]
it.each(wrong)('%s: %o is refused', (message, json) => {
  expect(() => readThreeDSecureSettings(json)).toThrow(ThreeDSecureSettingsInvalid)
  expect(() => readThreeDSecureSettings(json)).toThrow(message)
})

it('all faults are named at once', () => {
  expect(() => readThreeDSecureSettings({ policy: 1, categoryCode: '1' })).toThrow(/policy.*; categoryCode/)
})
