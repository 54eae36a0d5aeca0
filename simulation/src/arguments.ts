export interface Arguments {
  seeds: number
  /** The first one; the others count on from it. */
  firstSeed: number
  /** Processes that run seeds side by side, each with a database of its own. */
  jobs: number
  /** Prints everything that happens. */
  trace: boolean
  /** After a violation. */
  keepsGoing: boolean
  /** Superuser's URL of a running server; without it one is started. */
  serverUrl: string | undefined
}

export const usage = 'usage: simulate [--seeds N] [--seed S] [--jobs N] [--trace] [--keep-going] [--server URL]'

/** Returns what is wrong with them as text. `cores`: so many jobs there are unless told otherwise. */
export function readArguments(words: readonly string[], cores: number): Arguments | string {
  const read: Arguments = {
    seeds: 1,
    firstSeed: 1,
    jobs: cores,
    trace: false,
    keepsGoing: false,
    serverUrl: undefined,
  }
  const numbers = { '--seeds': 'seeds', '--seed': 'firstSeed', '--jobs': 'jobs' } as const
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--trace') read.trace = true
    else if (word === '--keep-going') read.keepsGoing = true
    else if (word === '--server') read.serverUrl = rest.shift()
    else if (Object.hasOwn(numbers, word)) {
      const value = Number(rest.shift())
      if (!Number.isSafeInteger(value) || value < 0) return `${word} wants a whole number`
      read[numbers[word as keyof typeof numbers]] = value
    } else return `${word} is not known; ${usage}`
  }
  if (read.jobs === 0) return '--jobs wants at least one'
  if (read.trace && read.seeds > 1) return '--trace shows one seed'
  read.jobs = Math.min(read.jobs, Math.max(1, read.seeds))
  return read
}
