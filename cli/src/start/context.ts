import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { Migrations } from './migrations.ts'

/** What a start is given from outside. */
export interface StartContext {
  outer: Record<string, string | undefined>
  /** The script that becomes a process when it gets the process's name. */
  entry: string
  migrations: Migrations
  clock: Clock
  timers: Timers
  random: Random
  /** For the person at the terminal. */
  say(text: string): void
  /** Monotonic time at which the command began. */
  beganMs: number
}
