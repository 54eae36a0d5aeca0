export interface Arguments {
  seeds: number
  /** The first one; the others count on from it. */
  firstSeed: number
  /** Prints everything that happens. */
  trace: boolean
  /** After a violation. */
  keepsGoing: boolean
  /** Superuser's URL of a running server; without it one is started. */
  serverUrl: string | undefined
}

export const usage = 'usage: simulate [--seeds N] [--seed S] [--trace] [--keep-going] [--server URL]'

/** Returns what is wrong with them as text. */
export function readArguments(words: readonly string[]): Arguments | string {
  const read: Arguments = { seeds: 1, firstSeed: 1, trace: false, keepsGoing: false, serverUrl: undefined }
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--trace') read.trace = true
    else if (word === '--keep-going') read.keepsGoing = true
    else if (word === '--server') read.serverUrl = rest.shift()
    else if (word === '--seeds' || word === '--seed') {
      const value = Number(rest.shift())
      if (!Number.isSafeInteger(value) || value < 0) return `${word} wants a whole number`
      if (word === '--seeds') read.seeds = value
      else read.firstSeed = value
    } else return `${word} is not known; ${usage}`
  }
  return read
}
