import { challengeBits } from '@tessera/contracts/token-challenge'
import type { CardTestingSuspicion } from '@tessera/contracts/vault-protocol'
import type { CardHistory, Tally } from './tally.ts'

/** What gives a request away. */
export type Suspicion = CardTestingSuspicion

export type Demand =
  | { kind: 'none' }
  /** A proof of work of so many bits. */
  | { kind: 'challenge'; bits: number; because: Suspicion }
  | { kind: 'refuse'; because: Suspicion }

export interface Evidence {
  card: CardHistory
  run: Tally
  range: Tally
  shop: Tally
  /** Null where the address is not known. */
  host: Tally | null
  network: Tally | null
  /** Ranges of this shop that are fenced off. */
  fencedRanges: number
}

const nothing: Demand = { kind: 'none' }

/** From `asks` on a proof of work is asked for, harder with every `step`; from `refuses` on nothing helps. */
interface Limits {
  asks: number
  refuses: number
  step: number
}

/**
 * Weight of declines, less twice the approvals. One shopper with three declined cards comes to 3, where none of them looks like a
 * tester's; an office or a carrier behind one address has its approvals.
 */
const declinesOfHost: Limits = { asks: 6, refuses: 16, step: 2 }
/** Cards without an approval, paid with or not. */
const cardsOfHost: Limits = { asks: 15, refuses: 60, step: 9 }
/** Many may share a network: it is slowed, never refused. */
const declinesOfNetwork: Limits = { asks: 40, refuses: Number.POSITIVE_INFINITY, step: 10 }
const cardsOfNetwork: Limits = { asks: 150, refuses: Number.POSITIVE_INFINITY, step: 50 }
/** Pairs of expiry and CVC tried on one number; a shopper corrects one or two mistakes. */
const variantsOfCard: Limits = { asks: 4, refuses: 7, step: 1 }
const declinesOfCard: Limits = { asks: 6, refuses: 12, step: 2 }
/** Cards without an approval among numbers that differ in the last four digits alone: strangers do not hold such cards. */
const cardsOfRun: Limits = { asks: 4, refuses: 8, step: 1 }
/** A shop under an attack that no range gives away. */
const declinesOfShop: Limits = { asks: 300, refuses: Number.POSITIVE_INFINITY, step: 300 }

/** From so many fenced ranges on, a shop's other ranges are fenced off sooner. */
const manyFencedRanges = 3

/**
 * Whether a range of numbers is being enumerated here: its cards are declined, and hardly any is approved. What is on its way
 * counts like a decline once there are some, or a fast attacker would be through before the first answers come.
 */
export function isFencedOff(range: Tally, fencedRanges: number, nowMs: number): boolean {
  const { bad, good } = range
  const limit = fencedRanges >= manyFencedRanges ? 4 : 6
  return bad >= limit - 2 && bad > good && bad + range.pending(nowMs) >= limit + 2 * good
}

/** What a request for a token must bring. */
export function demandOf(evidence: Evidence, nowMs: number): Demand {
  const { card, run, range, host, network, shop } = evidence
  if (isFencedOff(range, evidence.fencedRanges, nowMs)) return { kind: 'refuse', because: 'range' }
  const demands = [
    within(variantsOfCard, card.variants, 'card'),
    within(declinesOfCard, card.bad, 'card'),
    within(cardsOfRun, run.tried - run.good, 'run'),
    host === null ? nothing : within(declinesOfHost, host.bad - 2 * host.good, 'address'),
    host === null ? nothing : within(cardsOfHost, host.tried - host.good, 'address'),
    network === null ? nothing : within(declinesOfNetwork, network.bad - 2 * network.good, 'network'),
    network === null ? nothing : within(cardsOfNetwork, network.tried - network.good, 'network'),
    within(declinesOfShop, shop.bad - 3 * shop.good, 'shop'),
  ]
  return demands.reduce(harder, nothing)
}

function within({ asks, refuses, step }: Limits, score: number, because: Suspicion): Demand {
  if (score < asks) return nothing
  if (score >= refuses) return { kind: 'refuse', because }
  const bits = Math.min(challengeBits.most, challengeBits.least + Math.floor((score - asks) / step))
  return { kind: 'challenge', bits, because }
}

function harder(one: Demand, other: Demand): Demand {
  if (one.kind === 'refuse' || other.kind === 'none') return one
  if (other.kind === 'refuse' || one.kind === 'none') return other
  return other.bits > one.bits ? other : one
}
