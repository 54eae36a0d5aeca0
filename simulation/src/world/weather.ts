import type { DatabaseWeather } from '../database/faults.ts'
import type { Choices } from '../loop/choices.ts'

export interface VaultWeather {
  /** The request never arrives, or arrives when nobody waits for it any more. */
  lostRequestRate: number
  lateRequestRate: number
  lostReplyRate: number
  lateReplyRate: number
  isAway: boolean
}

export interface AcquirerWeather {
  unreachableRate: number
  lostRequestRate: number
  lostReplyRate: number
  /** Carried out after everybody's time-out. */
  lateRate: number
  /** Carried out, and answered with a 5xx, with garbage, or as if it were another request. */
  badAnswerRate: number
  duplicateRate: number
  isAway: boolean
}

export interface ShopWeather {
  lostRequestRate: number
  lostReplyRate: number
  badReceiverRate: number
}

/** What goes wrong, and how often, in this run. */
export interface Weather {
  database: DatabaseWeather
  vault: VaultWeather
  acquirer: AcquirerWeather
  shop: ShopWeather
  /** Mean time between crashes of gateways, ms; 0 is never. */
  crashEveryMs: number
  vaultCrashes: boolean
  /** From a backup that is not the newest. */
  vaultIsRestored: boolean
  outages: boolean
  clocks: 'right' | 'skewed' | 'wild'
}

/** Each kind of fault is left out of half the runs, so that one kind cannot hide another. */
export function drawWeather(choices: Choices): Weather {
  const rate = (most: number) => (choices.chance(0.5) ? 0 : most * choices.unit())
  return {
    database: { faultRate: rate(0.2), slowRate: rate(0.05), isAway: false },
    vault: {
      lostRequestRate: rate(0.15),
      lateRequestRate: rate(0.25),
      lostReplyRate: rate(0.2),
      lateReplyRate: rate(0.1),
      isAway: false,
    },
    acquirer: {
      unreachableRate: rate(0.2),
      lostRequestRate: rate(0.2),
      lostReplyRate: rate(0.3),
      lateRate: rate(0.3),
      badAnswerRate: rate(0.3),
      duplicateRate: rate(0.2),
      isAway: false,
    },
    shop: { lostRequestRate: rate(0.1), lostReplyRate: rate(0.2), badReceiverRate: rate(0.4) },
    crashEveryMs: choices.chance(0.4) ? 0 : choices.between(8_000, 60_000),
    vaultCrashes: choices.chance(0.25),
    outages: choices.chance(0.3),
    clocks: choices.pick(['right', 'right', 'skewed', 'wild']),
    vaultIsRestored: choices.chance(0.15),
  }
}

/** Everything works from now on. */
export function heal(weather: Weather): void {
  for (const part of [weather.database, weather.vault, weather.acquirer, weather.shop] as unknown as Record<
    string,
    unknown
  >[]) {
    for (const name of Object.keys(part)) part[name] = name === 'isAway' ? false : 0
  }
  weather.crashEveryMs = 0
  weather.vaultCrashes = false
  weather.vaultIsRestored = false
  weather.outages = false
  weather.clocks = 'right'
}
