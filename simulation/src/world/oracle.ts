import type { Choices } from '../loop/choices.ts'
import type { CardFate } from './card.ts'
import { Settlement } from './settlement.ts'

export interface Authorization {
  kind: 'authorization'
  account: string
  reference: string
  id: string
  amountMinor: number
  currency: string
  capture: boolean
  isApproved: boolean
  declineCode: string
  fate: CardFate
  /** The issuer's proof that it came with. */
  cavv: string | null
  capturedMinor: number
  releasedMinor: number
  /** Captured at once and then reversed as a whole: never charged. */
  undoneMinor: number
  refundedMinor: number
  refundPendingMinor: number
  atMs: number
}

export interface Modification {
  kind: 'capture' | 'reversal' | 'refund'
  account: string
  reference: string
  id: string
  authorization: string
  amountMinor: number
  final: boolean
  status: 'succeeded' | 'refused' | 'pending' | 'failed'
  code: string | null
  effect: 'released' | 'undone' | 'nothing_held'
  settlesAtMs: number | null
}

export type Entry = Authorization | Modification

/** Money that the shopper is without, or could lose, because of this authorization. */
export const heldMinor = (each: Authorization): number =>
  each.isApproved ? each.amountMinor - each.capturedMinor - each.releasedMinor - each.undoneMinor : 0
export const chargedMinor = (each: Authorization): number => each.capturedMinor - each.refundedMinor
export const isLive = (each: Authorization): boolean =>
  each.isApproved && each.amountMinor > each.releasedMinor + each.undoneMinor

const refundPendingMs = 10_000

/**
 * What truly happened to the money. Kept apart from everything that it judges: it shares no code with the product, and it is
 * not lost in any crash.
 */
export class Oracle {
  readonly entries = new Map<string, Entry>()
  readonly settlement: Settlement
  /** References whose reversal came first; the latecomer is declined. */
  readonly #tombstones = new Set<string>()
  readonly #choices: Choices
  readonly #nowMs: () => number
  #ids = 0

  constructor(parts: { choices: Choices; nowMs: () => number }) {
    this.#choices = parts.choices
    this.#nowMs = parts.nowMs
    const grievanceOf = (reference: string) => this.#grievanceOf(reference)
    this.settlement = new Settlement({ ...parts, choices: parts.choices.fork('settlement'), grievanceOf })
  }

  authorizations(): Authorization[] {
    return [...this.entries.values()].filter((entry) => entry.kind === 'authorization')
  }

  modificationsOf(reference: string): Modification[] {
    return [...this.entries.values()].filter(
      (entry): entry is Modification => entry.kind !== 'authorization' && entry.authorization === reference,
    )
  }

  authorize(
    asked: Pick<Authorization, 'account' | 'reference' | 'amountMinor' | 'currency' | 'capture' | 'fate' | 'cavv'>,
  ): Entry {
    const known = this.entries.get(asked.reference)
    if (known !== undefined) return known
    const isSoft = asked.fate.wantsAuthentication && asked.cavv === null
    const isApproved = asked.fate.approves && !isSoft && !this.#tombstones.has(asked.reference)
    const entry: Authorization = {
      ...asked,
      kind: 'authorization',
      id: this.#newId('auth'),
      isApproved,
      declineCode: declineCodeOf(asked.fate, isSoft),
      capturedMinor: isApproved && asked.capture ? asked.amountMinor : 0,
      releasedMinor: 0,
      undoneMinor: 0,
      refundedMinor: 0,
      refundPendingMinor: 0,
      atMs: this.#nowMs(),
    }
    this.entries.set(entry.reference, entry)
    if (entry.capturedMinor > 0) this.#move(entry.reference, entry, entry.capturedMinor)
    return entry
  }

  modify(
    kind: Modification['kind'],
    asked: Pick<Modification, 'account' | 'reference' | 'authorization' | 'amountMinor' | 'final'>,
  ): Modification | 'no_authorization' {
    const known = this.entries.get(asked.reference)
    if (known !== undefined) return known as Modification
    const target = this.entries.get(asked.authorization)
    if (target !== undefined && target.kind !== 'authorization') throw new Error('not an authorization')
    if (target === undefined && kind !== 'reversal') return 'no_authorization'
    const entry: Modification = {
      ...asked,
      kind,
      id: this.#newId(kind.slice(0, 3)),
      status: 'succeeded',
      code: null,
      effect: 'nothing_held',
      settlesAtMs: null,
    }
    if (target === undefined) this.#tombstones.add(asked.authorization)
    else this.#carryOut(entry, target)
    if (kind === 'reversal' && entry.effect === 'nothing_held') entry.amountMinor = 0
    this.entries.set(entry.reference, entry)
    return entry
  }

  #carryOut(entry: Modification, target: Authorization): void {
    const { kind, amountMinor, reference } = entry
    if (kind === 'capture') capture(entry, target)
    else if (kind === 'reversal') reverse(entry, target)
    else refund(entry, target, this.settlement.isDisputed(target.reference), this.#nowMs())
    if (entry.status !== 'succeeded') return
    if (kind === 'capture') this.#move(reference, target, amountMinor)
    if (kind === 'refund') this.#move(reference, target, -amountMinor)
    if (entry.effect !== 'undone') return
    const { currency } = target
    this.settlement.undo({ reference, authorization: target.reference, amountMinor: -amountMinor, currency })
  }

  #move(reference: string, { reference: authorization, currency }: Authorization, amountMinor: number): void {
    this.settlement.move({ reference, authorization, amountMinor, currency })
  }

  #grievanceOf(reference: string): { ends: 'won' | 'lost'; disputableMinor: number } | null {
    const entry = this.entries.get(reference)
    if (entry?.kind !== 'authorization' || entry.fate.dispute === null) return null
    const { capturedMinor, refundedMinor, refundPendingMinor } = entry
    return { ends: entry.fate.dispute, disputableMinor: capturedMinor - refundedMinor - refundPendingMinor }
  }

  find(reference: string): Entry | undefined {
    this.settleDue()
    return this.entries.get(reference)
  }

  /** Refunds that were taken and whose time has come. */
  settleDue(): void {
    for (const entry of this.entries.values()) {
      if (entry.kind === 'authorization' || entry.settlesAtMs === null || entry.settlesAtMs > this.#nowMs()) continue
      const target = this.entries.get(entry.authorization) as Authorization
      entry.settlesAtMs = null
      target.refundPendingMinor -= entry.amountMinor
      entry.status = target.fate.refund === 'pending_then_fails' ? 'failed' : 'succeeded'
      if (entry.status !== 'succeeded') continue
      target.refundedMinor += entry.amountMinor
      this.#move(entry.reference, target, -entry.amountMinor)
    }
  }

  #newId(prefix: string): string {
    return `${prefix}_${++this.#ids}_${this.#choices.between(0, 999_999)}`
  }
}

function declineCodeOf(fate: CardFate, isSoft: boolean): string {
  if (!fate.approves) return fate.declineCode
  return isSoft ? '1A' : '12'
}

function refuse(entry: Modification, code: string): void {
  entry.status = 'refused'
  entry.code = code
}

function capture(entry: Modification, target: Authorization): void {
  if (entry.amountMinor > heldMinor(target)) {
    refuse(entry, 'amount_too_large')
    return
  }
  target.capturedMinor += entry.amountMinor
  if (entry.final) target.releasedMinor += heldMinor(target)
}

function reverse(entry: Modification, target: Authorization): void {
  const held = heldMinor(target)
  if (!target.isApproved) return
  if (held > 0) {
    if (entry.amountMinor > held) {
      refuse(entry, 'amount_too_large')
      return
    }
    target.releasedMinor += entry.amountMinor
    entry.effect = 'released'
    return
  }
  const { capturedMinor } = target
  if (capturedMinor === 0) return
  if (!target.capture || target.refundedMinor + target.refundPendingMinor > 0 || entry.amountMinor !== capturedMinor) {
    refuse(entry, 'already_captured')
    return
  }
  target.capturedMinor = 0
  target.undoneMinor = capturedMinor
  entry.effect = 'undone'
}

function refund(entry: Modification, target: Authorization, isDisputed: boolean, nowMs: number): void {
  if (isDisputed) {
    refuse(entry, 'disputed')
    return
  }
  const left = target.capturedMinor - target.refundedMinor - target.refundPendingMinor
  if (entry.amountMinor > left) {
    refuse(entry, 'amount_too_large')
    return
  }
  const course = target.fate.refund
  if (course === 'done') target.refundedMinor += entry.amountMinor
  else if (course === 'fails') {
    entry.status = 'failed'
    entry.code = 'refund_failed'
  } else {
    entry.status = 'pending'
    entry.settlesAtMs = nowMs + refundPendingMs
    target.refundPendingMinor += entry.amountMinor
  }
}
