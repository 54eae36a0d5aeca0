import { type Random, seededRandom } from '@tessera/lib/random'

/** Everything that is left to chance in one case: it follows from the run's seed and the case's number alone. */
export class Draw {
  readonly #random: Random

  constructor(seed: number, index: number) {
    this.#random = seededRandom(Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b))
  }

  below(end: number): number {
    return Math.floor(this.#random.unit() * end)
  }

  chance(share: number): boolean {
    return this.#random.unit() < share
  }

  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T
  }

  /** By weight; one draw, however many there are. */
  weighed<T>(all: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.#random.unit() * all.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of all) {
      left -= weight
      if (left < 0) return value
    }
    return (all.at(-1) as readonly [number, T])[1]
  }

  bytes(length: number): Buffer {
    return this.#random.bytes(length)
  }

  /** Any text: letters, marks, half characters, control characters. */
  text(longest = 40): string {
    const ranges = [
      [0x20, 0x5f],
      [0x00, 0x20],
      [0x80, 0x180],
      [0xd800, 0x800],
      [0x1f300, 0x200],
    ] as const
    return Array.from({ length: this.below(longest) }, () => {
      const [first, count] = this.pick(ranges)
      return String.fromCodePoint(first + this.below(count))
    }).join('')
  }
}
