/** From when a rate holds (first day, ISO 8601), and the rate in parts per million. */
export type DatedRate = readonly [validFrom: string, rateMillionths: number]

/** The latest day on which all rates here were compared with public data; stands in where a rate's own first day is not known. */
export const ratesCheckedOn = '2026-08-22'

/**
 * The rate of a day. Rates are in the order of their days; the first one also stands for all time before it, because the
 * tables begin where they are sure and not where the tax does.
 */
export function rateOn(rates: readonly DatedRate[], day: string): DatedRate | undefined {
  return rates.findLast(([validFrom]) => validFrom <= day) ?? rates[0]
}

/** Days are those of UTC. A rate that changes at local midnight is so taken over up to half a day early or late. */
export function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10)
}
