import type { Site } from '../campaign.ts'
import type { Wired } from '../wired.ts'

/** Where a case strikes: shops pay at `product`, which is a gateway and a vault behind wires of ours. */
export interface Scene extends Site {
  wired: Wired
  /** Back to the acquirer's ordinary bad day. */
  restoreWeather(): Promise<void>
  /** Folder of the database, where it lies on a small file system of its own. */
  smallDisk: string | null
}

/** What was seen beside the books, by name; printed with the result. */
export type Seen = Record<string, number | string>

export interface FaultCase {
  /** As in the list of twenty. */
  number: number
  name: string
  what: string
  /** Needs a database on a small disk, and so a product of its own. */
  needsSmallDisk?: true
  /** Whoever serves must be serving again within five seconds. */
  killsServer?: true
  /** Makes what the strike must not harm; what is returned looks at it as soon as payments are answered again. */
  prepare?(scene: Scene): Promise<() => Promise<Seen>>
  /** Strikes, and undoes what does not end by itself. Throws where something was seen that must not be. */
  strike(scene: Scene): Promise<Seen>
}

export function demand(isKept: boolean, what: string): asserts isKept {
  if (!isKept) throw new Error(what)
}
