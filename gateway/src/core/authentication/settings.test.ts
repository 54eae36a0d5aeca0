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

const website = (length: number) => `https://${'a'.repeat(length - 8)}`
it.each<[string, unknown, boolean]>([
  ['policy', 'eea_rules', true],
  ['above', { eur: 0, jpy: 10_000 }, true],
  ['above', null, false],
  ['above', [1], false],
  ['above', 5, false],
  ['riskAnalysisUpToMinor', 10_000, true],
  ['riskAnalysisUpToMinor', 25_000, true],
  ['riskAnalysisUpToMinor', 50_000, true],
  ['riskAnalysisUpToMinor', '0', false],
  ['whenUnavailable', 'fail', true],
  ['whenUnavailable', 'authorize', true],
  ['categoryCode', '0742', true],
  ['categoryCode', '07425', false],
  ['categoryCode', '742', false],
  ['categoryCode', '74a2', false],
  ['categoryCode', null, false],
  ['website', null, true],
  ['website', website(2_048), true],
  ['website', website(2_049), false],
  ['website', 'see https://shop.example', false],
  ['website', ['https://shop.example'], false],
  ['acquirerBin', null, true],
  ['acquirerBin', '4', true],
  ['acquirerBin', '40055aZ9012', true],
  ['acquirerBin', '400551234567', false],
  ['acquirerBin', '4005 1', false],
  ['acquirerBin', '-4005', false],
  ['acquirerMerchantId', null, true],
  ['acquirerMerchantId', 'x'.repeat(35), true],
  ['acquirerMerchantId', 'x'.repeat(36), false],
  ['acquirerMerchantId', 'a b', false],
  ['acquirerMerchantId', ' a', false],
  ['acquirerMerchantId', 'a ', false],
])('%s of %o: %s', (name, value, isTaken) => {
  const read = () => readThreeDSecureSettings({ [name]: value })
  if (isTaken) expect(read()).toEqual({ ...defaultThreeDSecureSettings, [name]: value })
  else expect(read).toThrow(name)
})

it('what is no object is no settings', () => {
  for (const json of [[], 'x', 5, false]) expect(() => readThreeDSecureSettings(json)).toThrow('are an object')
  expect(readThreeDSecureSettings(undefined)).toEqual(defaultThreeDSecureSettings)
})
