import { describe, expect, it } from 'vitest'
import { type Currency, findCurrency } from '../money/currencies.ts'
import { type PolicyInput, planOf } from './policy.ts'
import { defaultThreeDSecureSettings, policies, type ThreeDSecureSettings } from './settings.ts'

const currency = (code: string) => findCurrency(code) as Currency
const plan = ({
  settings,
  ...more
}: Partial<Omit<PolicyInput, 'settings'>> & { settings?: Partial<ThreeDSecureSettings> }) =>
  planOf({
    wish: 'automatic',
    initiator: 'customer',
    brings: false,
    amountMinor: 10_000,
    currency: currency('eur'),
    saveCard: false,
    merchantCountry: 'FR',
    issuerCountry: null,
    ...more,
    settings: { ...defaultThreeDSecureSettings, ...settings },
  })

const sent = { kind: 'send', exemption: null }
const asked = { kind: 'authenticate', challengeMandated: false, required: false }

describe('by default', () => {
  it('a payment is sent, and the shopper asked only when the issuer says so', () => {
    expect(plan({})).toEqual(sent)
  })
})

describe('whatever the policy', () => {
  it.each(policies)('%s: what the payment itself says counts more', (policy) => {
    const settings = { policy, above: {} }
    expect(plan({ settings, wish: 'skip' })).toEqual(sent)
    expect(plan({ settings, initiator: 'merchant' })).toEqual(sent)
    expect(plan({ settings, brings: true })).toEqual(sent)
    expect(plan({ settings, wish: 'required' })).toEqual({ ...asked, required: true })
    expect(plan({ settings, wish: 'required', initiator: 'merchant' })).toEqual(sent)
  })
})

describe('always', () => {
  const settings = { policy: 'always' } as const
  it('the shopper is asked, with a challenge where a card is to be saved', () => {
    expect(plan({ settings })).toEqual(asked)
    expect(plan({ settings, saveCard: true })).toEqual({ ...asked, challengeMandated: true })
  })
  it('and what cannot be performed ends the payment where the merchant has said so', () => {
    expect(plan({ settings: { ...settings, whenUnavailable: 'fail' } })).toEqual({ ...asked, required: true })
  })
})

describe('above an amount', () => {
  const settings = { policy: 'above_amount', above: { eur: 5_000 } } as const
  it.each([
    [5_000, 'eur', sent],
    [5_001, 'eur', asked],
    [1, 'usd', asked],
  ] as const)('%d %s', (amountMinor, code, expected) => {
    expect(plan({ settings, amountMinor, currency: currency(code) })).toEqual(expected)
  })
})

describe('under the rules of the EEA', () => {
  const settings = { policy: 'eea_rules', riskAnalysisUpToMinor: 25_000 } as const
  const rows = [
    ['below thirty euros: low value', { amountMinor: 2_999 }, { kind: 'send', exemption: 'low_value' }],
    [
      'thirty euros: the acquirer’s risk analysis',
      { amountMinor: 3_000 },
      { kind: 'send', exemption: 'transaction_risk' },
    ],
    ['up to its limit', { amountMinor: 25_000 }, { kind: 'send', exemption: 'transaction_risk' }],
    ['above its limit: asked', { amountMinor: 25_001 }, asked],
    ['another currency is not converted: asked', { amountMinor: 100, currency: currency('sek') }, asked],
    ['a card to be saved is never exempt', { amountMinor: 100, saveCard: true }, { ...asked, challengeMandated: true }],
    ['one leg out: an issuer elsewhere', { issuerCountry: 'US' }, sent],
    ['an issuer inside', { issuerCountry: 'NO', amountMinor: 30_000 }, asked],
    ['the United Kingdom mirrors them', { merchantCountry: 'GB', issuerCountry: 'GB', amountMinor: 30_000 }, asked],
    ['a merchant elsewhere', { merchantCountry: 'US' }, sent],
    ['a merchant’s own charge is out of scope', { initiator: 'merchant' as const, amountMinor: 30_000 }, sent],
  ] as const
  it.each(rows)('%s', (_, change, expected) => {
    expect(plan({ settings, ...change })).toEqual(expected)
  })
  it('without a risk analysis of the acquirer, thirty euros are asked for', () => {
    expect(plan({ settings: { policy: 'eea_rules' }, amountMinor: 3_000 })).toEqual(asked)
  })
})

it.each([
  ...[
    'AT',
    'BE',
    'BG',
    'CY',
    'CZ',
    'DE',
    'DK',
    'EE',
    'ES',
    'FI',
    'FR',
    'GR',
    'HR',
    'HU',
    'IE',
    'IS',
    'IT',
    'LI',
    'LT',
    'LU',
  ],
  ...['LV', 'MT', 'NL', 'NO', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK', 'GB', 'AX', 'BL', 'GF', 'GP', 'MF', 'MQ', 'RE', 'YT'],
])('a merchant in %s is under the rules of the EEA, one in Switzerland is not', (merchantCountry) => {
  const settings = { policy: 'eea_rules' } as const
  expect(plan({ settings, merchantCountry, amountMinor: 3_000 })).toEqual(asked)
  expect(plan({ settings, merchantCountry: 'CH', amountMinor: 3_000 })).toEqual(sent)
})
