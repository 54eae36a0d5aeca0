import type { CardRange, PRes } from '@tessera/contracts/three-ds/messages/preparation'
import { newestVersionWithin } from '@tessera/contracts/three-ds/versions'
import type { Participation } from '../core/ports/three-d-secure-provider.ts'

/** What may be known here of a card's number. */
export interface KnownDigits {
  /** The first six. */
  bin: string
  last4: string
}

const rangesMax = 1_000_000
const keyOf = ({ startRange, endRange }: CardRange): string => `${startRange}-${endRange}`

/**
 * The card ranges of one directory server. Only the first six and the last four digits of a number are known here, so the ranges
 * are searched for those that hold a number with these: one that is a single number wins over a wider one, and where several are
 * left, only what all of them can is relied on.
 */
export class CardRanges {
  readonly #byPrefix = new Map<string, Map<string, CardRange>>()
  #versions = { start: '', end: '' }
  #count = 0
  serial: string | null = null

  /** A whole list, or with `isDelta` what changed since `serial`. Throws where there is more than fits in memory. */
  take(pres: PRes, isDelta: boolean): void {
    if (!isDelta) {
      this.#byPrefix.clear()
      this.#count = 0
    }
    for (const range of pres.cardRangeData ?? []) this.#apply(range)
    this.#versions = { start: pres.dsStartProtocolVersion, end: pres.dsEndProtocolVersion }
    this.serial = pres.serialNum ?? null
  }

  find(digits: KnownDigits): Participation {
    const candidates = this.#candidates(digits)
    if (candidates.length === 0) return { kind: 'takes_no_part' }
    const version = newestVersionWithin(this.#versions, ...candidates.flatMap(spans))
    if (version === null) return { kind: 'takes_no_part' }
    const urls = new Set(candidates.map(({ threeDSMethodURL }) => threeDSMethodURL ?? null))
    const [methodUrl = null] = urls.size === 1 ? urls : []
    return { kind: 'takes_part', version, methodUrl }
  }

  #apply(range: CardRange): void {
    const key = keyOf(range)
    for (const prefix of prefixesOf(range)) {
      const ranges = this.#byPrefix.get(prefix) ?? new Map<string, CardRange>()
      this.#byPrefix.set(prefix, ranges)
      const isKnown = ranges.delete(key)
      if (range.actionInd !== 'D') ranges.set(key, range)
      this.#count += (range.actionInd === 'D' ? 0 : 1) - (isKnown ? 1 : 0)
    }
    if (this.#count > rangesMax) throw new Error('the directory server lists more card ranges than fit here')
  }

  #candidates({ bin, last4 }: KnownDigits): CardRange[] {
    const holding = [...widths].flatMap((width) =>
      [...(this.#byPrefix.get(bin.slice(0, width))?.values() ?? [])].filter((range) => mayHold(range, bin, last4)),
    )
    const single = holding.filter(({ startRange, endRange }) => startRange === endRange)
    return single.length > 0 ? single : holding
  }
}

/** Ranges are filed under their ends' common beginning, so that a look-up compares few of them. */
const widths = [6, 3, 1, 0] as const

function prefixesOf({ startRange, endRange }: CardRange): string[] {
  const width = widths.find((each) => startRange.slice(0, each) === endRange.slice(0, each)) ?? 0
  return [startRange.slice(0, width)]
}

/** Whether some number from start to end begins with `bin` and ends with `last4`. */
function mayHold({ startRange, endRange }: CardRange, bin: string, last4: string): boolean {
  const free = startRange.length - bin.length - last4.length
  const lowest = bin + '0'.repeat(free) + last4
  const highest = bin + '9'.repeat(free) + last4
  if (highest < startRange || lowest > endRange) return false
  if (startRange !== endRange) return true
  return startRange.startsWith(bin) && startRange.endsWith(last4)
}

function spans(range: CardRange): { start: string; end: string }[] {
  const issuer = { start: range.acsStartProtocolVersion, end: range.acsEndProtocolVersion }
  const { dsStartProtocolVersion: start, dsEndProtocolVersion: end } = range
  return start === undefined || end === undefined ? [issuer] : [issuer, { start, end }]
}
