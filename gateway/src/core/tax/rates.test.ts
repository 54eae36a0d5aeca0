import collected from 'sales-tax/res/sales_tax_rates.json' with { type: 'json' }
import { describe, expect, it } from 'vitest'
import { provinceOf, provinces } from './canada.ts'
import { findCountry, isInEu } from './countries.ts'
import { type DatedRate, rateOn } from './dated-rate.ts'
import { nationalRates } from './national-rates.ts'
import { stateOfZip, stateRates } from './united-states.ts'

/**
 * The data of the package `sales-tax`, read as a file: the package itself asks VIES when it is used. Its rates hold now, and
 * `before` has those that held until a moment.
 */
interface OtherRate {
  rate: number
  before?: Record<string, { rate: number }>
}
const others = collected as unknown as Readonly<Record<string, OtherRate>>
const millionths = (rate: number): number => Math.round(rate * 1_000_000)

/** Known to be stale there: Liechtenstein still has 7.7 %, and Montenegro none. */
const staleThere = ['LI', 'ME']

const everyRow: [string, readonly DatedRate[]][] = [
  ...Object.entries(nationalRates),
  ...Object.entries(provinces).map(([code, { rates }]): [string, readonly DatedRate[]] => [code, rates]),
]

describe('the table of rates', () => {
  it('has all 27 members of the EU', () => {
    expect(Object.keys(nationalRates).filter(isInEu)).toHaveLength(27)
  })

  it('agrees with another collection on today’s rates in Europe, where that is not known to be stale', () => {
    const compared = Object.keys(nationalRates).filter(
      (code) => others[code] !== undefined && !staleThere.includes(code),
    )
    expect(compared.filter(isInEu)).toHaveLength(27)
    expect(compared.map((code) => [code, rateOn(nationalRates[code] ?? [], '2026-08-22')?.[1]])).toEqual(
      compared.map((code) => [code, millionths(others[code]?.rate ?? 0)]),
    )
  })

  it('agrees with it on the rates before each change, and on the days of the change', () => {
    const changes = Object.keys(nationalRates)
      .filter(isInEu)
      .flatMap((code) => Object.entries(others[code]?.before ?? {}).map(([until, { rate }]) => ({ code, until, rate })))
    expect(changes.length).toBeGreaterThanOrEqual(10)
    for (const { code, until, rate } of changes) {
      // The moments there are near midnight in local time: a day before and two days after are clear of it.
      const dayAround = (days: number) => new Date(Date.parse(until) + days * 86_400_000).toISOString().slice(0, 10)
      const before = rateOn(nationalRates[code] ?? [], dayAround(-1))?.[1]
      expect([code, until, before]).toEqual([code, until, millionths(rate)])
      expect(rateOn(nationalRates[code] ?? [], dayAround(2))?.[1]).not.toBe(before)
    }
  })

  it('is in the order of its days, in whole millionths, under codes that exist', () => {
    for (const [code, rates] of everyRow) {
      const days = rates.map(([day]) => day)
      expect([code, days]).toEqual([code, [...new Set(days)].sort()])
      for (const [day, rate] of rates) {
        expect(new Date(day).toISOString().slice(0, 10)).toBe(day)
        expect(Number.isInteger(rate) && rate > 0 && rate < 300_000).toBe(true)
      }
    }
    for (const code of Object.keys(nationalRates)) expect(findCountry(code)).toBe(code)
  })
})

describe('ZIPs', () => {
  const samples: Record<string, string> = {
    '99501': 'AK',
    '35203': 'AL',
    '72201': 'AR',
    '85001': 'AZ',
    '94105': 'CA',
    '80202': 'CO',
    '06103': 'CT',
    '20001': 'DC',
    '19801': 'DE',
    '33101': 'FL',
    '30303': 'GA',
    '96813': 'HI',
    '50309': 'IA',
    '83702': 'ID',
    '60601': 'IL',
    '46204': 'IN',
    '66603': 'KS',
    '40202': 'KY',
    '70112': 'LA',
    '02108': 'MA',
    '21201': 'MD',
    '04101': 'ME',
    '48226': 'MI',
    '55401': 'MN',
    '63101': 'MO',
    '39201': 'MS',
    '59601': 'MT',
    '27601': 'NC',
    '58102': 'ND',
    '68102': 'NE',
    '03101': 'NH',
    '07102': 'NJ',
    '87101': 'NM',
    '89101': 'NV',
    '10001': 'NY',
    '43215': 'OH',
    '73102': 'OK',
    '97201': 'OR',
    '19103': 'PA',
    '02903': 'RI',
    '29201': 'SC',
    '57104': 'SD',
    '37201': 'TN',
    '75201': 'TX',
    '84101': 'UT',
    '23219': 'VA',
    '05401': 'VT',
    '98101': 'WA',
    '53202': 'WI',
    '25301': 'WV',
    '82001': 'WY',
  }

  it('lead to their states, every state and the capital among them', () => {
    expect(Object.keys(samples).map(stateOfZip)).toEqual(Object.values(samples))
    expect(new Set(Object.values(samples)).size).toBe(51)
    for (const state of Object.values(samples)) expect(stateRates(state)).toBeDefined()
  })

  it('lead to territories and the forces too, which have no rate', () => {
    expect(['00901', '00802', '96910', '96799', '09012', '34012', '96201'].map(stateOfZip)).toEqual([
      'PR',
      'VI',
      'GU',
      'AS',
      'AE',
      'AA',
      'AP',
    ])
    expect(['PR', 'AE', 'toString'].map(stateRates)).toEqual([undefined, undefined, undefined])
  })

  it('lead nowhere where no post office is', () => {
    expect(['00001', '21301', '34301', '88801', '98701'].map(stateOfZip)).toEqual(Array(5).fill(undefined))
  })

  it('have the state’s own rate, of the day', () => {
    const on = (state: string, day: string) => rateOn(stateRates(state) ?? [], day)?.[1]
    expect([on('CA', '2026-08-22'), on('AZ', '2026-08-22'), on('NC', '2026-08-22')]).toEqual([72_500, 56_000, 47_500])
    expect([on('LA', '2024-12-31'), on('LA', '2025-01-01')]).toEqual([44_500, 50_000])
    expect(on('OR', '2026-08-22')).toBe(0)
  })
})

it('Canadian postal codes lead to their provinces', () => {
  expect(['A1A 1A1', 'C1A1A1', 'g1r', 'K1A 0B1', 'X0A 0H0', 'T2P', '90210', ''].map(provinceOf)).toEqual([
    'NL',
    'PE',
    'QC',
    'ON',
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
