import type { CardVerdict } from '@tessera/contracts/vault-protocol'

/** A decline counts; one of the kind that card testers collect counts twice. */
const weights: Readonly<Record<CardVerdict, number>> = { approved: 0, declined: 1, probed: 2 }
/** Up to here cards are told apart. Beyond, each is taken for a new one. */
const toldApartMax = 64
const pendingMax = 256
/** An attempt that has no answer by then (a shopper who authenticates, an acquirer who is silent) says nothing. */
const pendingForMs = 10_000

/** What is known of the cards of one address, of one range of numbers, or of one shop. Cards count, not requests. */
export class Tally {
  readonly #tried = new DistinctCards()
  readonly #approved = new DistinctCards()
  readonly #declined = new DistinctCards()
  #badWeight = 0
  #pendingAtMs: number[] = []

  /** Cards that were seen. */
  get tried(): number {
    return this.#tried.count
  }

  /** Cards that an issuer approved. */
  get good(): number {
    return this.#approved.count
  }

  /** Weight of the cards that issuers declined. */
  get bad(): number {
    return this.#badWeight
  }

  /** Attempts that were let go on and have no answer yet. */
  pending(nowMs: number): number {
    this.#pendingAtMs = this.#pendingAtMs.filter((atMs) => nowMs - atMs < pendingForMs)
    return this.#pendingAtMs.length
  }

  seen(card: string): void {
    this.#tried.add(card)
  }

  goesOn(nowMs: number): void {
    if (this.#pendingAtMs.length < pendingMax) this.#pendingAtMs.push(nowMs)
  }

  /** A card that no issuer needs to be asked about: its range is fenced off. */
  caught(card: string): void {
    if (this.#declined.add(card)) this.#badWeight += weights.declined
  }

  answered(card: string, verdict: CardVerdict): void {
    this.#pendingAtMs.shift()
    if (verdict === 'approved') this.#approved.add(card)
    else if (this.#declined.add(card)) this.#badWeight += weights[verdict]
  }
}

class DistinctCards {
  readonly #cards = new Set<string>()
  #beyond = 0

  get count(): number {
    return this.#cards.size + this.#beyond
  }

  /** Whether it is a new one. */
  add(card: string): boolean {
    if (this.#cards.has(card)) return false
    if (this.#cards.size < toldApartMax) this.#cards.add(card)
    else this.#beyond += 1
    return true
  }
}

/** What is known of one card number. */
export class CardHistory {
  #variants = 0
  #declines = 0
  #isApproved = false

  /** At least so many combinations of expiry and CVC came with it; at most 16 are told apart. */
  get variants(): number {
    let count = 0
    for (let rest = this.#variants; rest > 0; rest &= rest - 1) count += 1
    return count
  }

  /** Weight of its declines; 0 once it was approved. */
  get bad(): number {
    return this.#isApproved ? 0 : this.#declines
  }

  /** `variant` is from 0 to 15: too little to tell a CVC by. */
  seen(variant: number): void {
    this.#variants |= 1 << variant
  }

  answered(verdict: CardVerdict): void {
    this.#isApproved ||= verdict === 'approved'
    this.#declines += weights[verdict]
  }
}
