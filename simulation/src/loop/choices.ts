import { hash } from 'node:crypto'
import { type Random, seededRandom } from '@tessera/lib/random'

/** Everything that is left to chance in a run, drawn from its seed. */
export interface Choices {
  readonly random: Random
  unit(): number
  chance(probability: number): boolean
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  pick<T>(from: readonly T[]): T
  /** A stream of its own, so that one actor's draws do not shift another's. */
  fork(name: string): Choices
}

export function createChoices(seed: string): Choices {
  const random = seededRandom(Number.parseInt(hash('sha256', seed, 'hex').slice(0, 8), 16))
  const unit = () => random.unit()
  const between = (least: number, most: number) => least + Math.floor(unit() * (most - least + 1))
  return {
    random,
    unit,
    between,
    chance: (probability) => unit() < probability,
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new Error('nothing to pick from')
      return from[between(0, from.length - 1)] as T
    },
    fork: (name) => createChoices(`${seed}/${name}`),
  }
}
