import { createHmac } from 'node:crypto'
import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import type { OpenCard } from '../cards/card-safe.ts'

/** Stands for a card in counters; nobody can tell the number by it. */
export interface CardMarks {
  card: string
  /** All numbers of the same issuer's range: the first eight digits, six of the shorter numbers. */
  range: string
  /** All numbers that differ in the last four digits alone. */
  run: string
  /** From 0 to 15, of expiry and CVC. */
  variant: number
}

const keyLifetimeMs = 24 * 3_600_000
const markBytes = 12

/**
 * Marks under a key that is in this process's memory alone and is forgotten after a day: marks of one day cannot be compared with
 * those of the next, nor with anything that is stored (PCI DSS 3.5.1.1).
 */
export function createCardMarks({ clock, random }: { clock: Clock; random: Random }) {
  let key = random.bytes(32)
  let madeAtMs = clock.monotonicMs()

  return (shop: string, { number, cvc, face }: OpenCard): CardMarks => {
    if (clock.monotonicMs() - madeAtMs > keyLifetimeMs) {
      key.fill(0)
      key = random.bytes(32)
      madeAtMs = clock.monotonicMs()
    }
    const mark = (kind: string, ...parts: (Buffer | string)[]): Buffer => {
      const mac = createHmac('sha256', key).update(`${kind} ${shop}\n`)
      for (const part of parts) mac.update(part)
      return mac.digest()
    }
    const text = (bytes: Buffer): string => bytes.toString('base64url', 0, markBytes)
    const { expMonth, expYear } = face
    const variant = mark('variant', number, `/${expMonth}/${expYear}/`, cvc ?? '')[0] as number
    return {
      card: text(mark('card', number)),
      range: text(mark('range', number.subarray(0, number.length < 16 ? 6 : 8))),
      run: text(mark('run', number.subarray(0, -4))),
      variant: variant & 15,
    }
  }
}
