import type { DatedRate } from './dated-rate.ts'

/**
 * What a province adds to the federal 5 %. Sources: CRA, "GST/HST rates"; Revenu Québec; the finance ministries of BC,
 * Manitoba and Saskatchewan. `harmonized`: one tax (HST) under the federal registration; else a tax of the province's own,
 * for which a merchant registers there.
 */
interface Province {
  /** First letters of its postal codes. */
  letters: string
  harmonized: boolean
  name: string
  rates: readonly DatedRate[]
}

export const provinces: Readonly<Record<string, Province>> = {
  NL: { letters: 'A', harmonized: true, name: 'HST', rates: [['2016-07-01', 100_000]] },
  NS: {
    letters: 'B',
    harmonized: true,
    name: 'HST',
    rates: [
      ['2010-07-01', 100_000],
      ['2025-04-01', 90_000],
    ],
  },
  PE: { letters: 'C', harmonized: true, name: 'HST', rates: [['2016-10-01', 100_000]] },
  NB: { letters: 'E', harmonized: true, name: 'HST', rates: [['2016-07-01', 100_000]] },
  QC: { letters: 'GHJ', harmonized: false, name: 'GST + QST', rates: [['2013-01-01', 99_750]] },
  ON: { letters: 'KLMNP', harmonized: true, name: 'HST', rates: [['2010-07-01', 80_000]] },
  MB: { letters: 'R', harmonized: false, name: 'GST + RST', rates: [['2019-07-01', 70_000]] },
  SK: { letters: 'S', harmonized: false, name: 'GST + PST', rates: [['2017-03-23', 60_000]] },
  BC: { letters: 'V', harmonized: false, name: 'GST + PST', rates: [['2013-04-01', 70_000]] },
}

/** Undefined where no province adds anything (Alberta, the territories) and for what is no Canadian postal code. */
export function provinceOf(postalCode: string): string | undefined {
  const letter = /^([A-Z])\d[A-Z] ?(?:\d[A-Z]\d)?$/.exec(postalCode.trim().toUpperCase())?.[1]
  if (letter === undefined) return undefined
  return Object.keys(provinces).find((code) => provinces[code]?.letters.includes(letter))
}
