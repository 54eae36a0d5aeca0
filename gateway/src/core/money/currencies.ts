/**
 * ISO 4217 currencies and their minor units, as data: the list of 2024-06-25 with XCG for ANG (2025), without BGN (the
 * euro since 2026-01-01). `Intl` is no source for this: ICU answers 0 decimals for HUF, IQD, MGA, IDR, COP and AFN, where ISO
 * says 2, 3, 2, 2, 2 and 2.
 */
const zeroDecimals = 'bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf'
const threeDecimals = 'bhd iqd jod kwd lyd omr tnd'
const twoDecimals =
  'aed afn all amd aoa ars aud awg azn bam bbd bdt bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny cop crc cup cve czk dkk dop ' +
  'dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr ' +
  'lrd lsl mad mdl mga mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub ' +
  'sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top try ttd twd tzs uah usd uyu uzs ves wst xcd xcg yer ' +
  'zar zmw zwg'

export type Currency = string & { readonly __brand: 'Currency' }

const exponents: ReadonlyMap<string, number> = new Map(
  [
    [zeroDecimals, 0],
    [twoDecimals, 2],
    [threeDecimals, 3],
  ].flatMap(([codes, exponent]) => (codes as string).split(' ').map((code) => [code, exponent as number] as const)),
)

/** Lower case, as every table and answer of ours writes it; undefined for anything that is not a currency in use. */
export function findCurrency(text: string): Currency | undefined {
  const lower = text.toLowerCase()
  return exponents.has(lower) ? (lower as Currency) : undefined
}

/** Number of decimals between major and minor units. */
export function exponentOf(currency: Currency): number {
  return exponents.get(currency) as number
}

export const allCurrencies: readonly Currency[] = [...exponents.keys()] as Currency[]
