import type { Choices } from '../loop/choices.ts'

export interface ReportLine {
  kind: 'settled' | 'paid_out' | 'dispute_opened' | 'dispute_won' | 'dispute_lost'
  reference: string
  authorization: string
  amountMinor: number
  currency: string
  atMs: number
  disputeId: string | null
}

/** Money that goes one way or, negative, the other. */
export interface Movement {
  reference: string
  authorization: string
  amountMinor: number
  currency: string
}

export interface Dispute {
  id: string
  amountMinor: number
  state: 'open' | 'won' | 'lost'
}

type Pending = { dueMs: number; movement: Movement; next: 'settle' | 'pay_out' | 'dispute' | 'close' }

/**
 * What becomes of captures and refunds after they were made, and the report in which the acquirer tells it. Times are the acquirer's own:
 * things happen when they are due, and are found when somebody looks.
 */
export class Settlement {
  readonly lines: ReportLine[] = []
  readonly disputes = new Map<string, Dispute>()
  readonly #pending: Pending[] = []
  #readUpTo = 0
  readonly #nowMs: () => number
  readonly #delays: Record<Pending['next'], number>
  readonly #grievanceOf: (authorization: string) => { ends: 'won' | 'lost'; disputableMinor: number } | null

  constructor(parts: {
    choices: Choices
    nowMs: () => number
    /** What its cardholder will dispute, if anything. */
    grievanceOf(authorization: string): { ends: 'won' | 'lost'; disputableMinor: number } | null
  }) {
    const { choices } = parts
    this.#nowMs = parts.nowMs
    this.#grievanceOf = parts.grievanceOf
    this.#delays = {
      settle: choices.between(1_000, 30_000),
      pay_out: choices.between(500, 20_000),
      dispute: choices.between(500, 20_000),
      close: choices.between(2_000, 40_000),
    }
  }

  /** Nothing more will be reported unless something more is done. */
  get isDone(): boolean {
    return this.#pending.length === 0
  }

  move(movement: Movement): void {
    this.#plan('settle', movement, this.#nowMs())
  }

  /** A sale that is undone as a whole: settled back where it was settled, and never settled where it was not. */
  undo(movement: Movement): void {
    const wasSettled = this.lines.some(
      ({ kind, reference }) => kind === 'settled' && reference === movement.authorization,
    )
    const kept = this.#pending.filter(
      ({ next, movement: { authorization } }) =>
        authorization !== movement.authorization || (wasSettled && next === 'pay_out'),
    )
    this.#pending.splice(0, this.#pending.length, ...kept)
    if (wasSettled) this.move(movement)
  }

  /** No refund until it is won, and the merchant could know of it. */
  isDisputed(authorization: string): boolean {
    this.catchUp()
    const dispute = this.disputes.get(authorization)
    if (dispute === undefined) return false
    const told = this.lines.findIndex(({ kind, disputeId }) => kind === 'dispute_won' && disputeId === dispute.id)
    return told === -1 || told >= this.#readUpTo
  }

  /** The lines after the ones that the merchant has. */
  linesAfter(position: number, limit: number): readonly ReportLine[] {
    this.catchUp()
    this.#readUpTo = Math.max(this.#readUpTo, position)
    return this.lines.slice(position, position + limit)
  }

  /** Captured less refunded, as far as it was reported as `kind`. */
  reportedMinor(kind: 'settled' | 'paid_out', authorization: string): number {
    const own = this.lines.filter((line) => line.kind === kind && line.authorization === authorization)
    return own.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  }

  catchUp(): void {
    for (;;) {
      const due = this.#pending.filter(({ dueMs }) => dueMs <= this.#nowMs())
      const [first] = due.sort((left, right) => left.dueMs - right.dueMs)
      if (first === undefined) return
      this.#pending.splice(this.#pending.indexOf(first), 1)
      this.#happen(first)
    }
  }

  #plan(next: Pending['next'], movement: Movement, sinceMs: number): void {
    this.#pending.push({ dueMs: sinceMs + this.#delays[next], movement, next })
  }

  #happen({ next, movement, dueMs }: Pending): void {
    const { authorization } = movement
    if (next === 'settle') {
      this.#tell('settled', movement, dueMs, null)
      this.#plan('pay_out', movement, dueMs)
      const isFirst =
        !this.disputes.has(authorization) &&
        !this.#pending.some(
          ({ next: each, movement: other }) => each === 'dispute' && other.authorization === authorization,
        )
      if (movement.amountMinor > 0 && isFirst && this.#grievanceOf(authorization) !== null)
        this.#plan('dispute', movement, dueMs)
      return
    }
    if (next === 'pay_out') this.#tell('paid_out', movement, dueMs, null)
    else if (next === 'dispute') this.#open(movement, dueMs)
    else this.#close(movement, dueMs)
  }

  #close(movement: Movement, dueMs: number): void {
    const { authorization } = movement
    const dispute = this.disputes.get(authorization)
    if (dispute === undefined) throw new Error('a dispute that was never opened ends')
    dispute.state = this.#grievanceOf(authorization)?.ends ?? 'won'
    this.#tell(dispute.state === 'won' ? 'dispute_won' : 'dispute_lost', movement, dueMs, dispute.id)
  }

  /** Nobody disputes what was refunded, or is about to be. */
  #open(movement: Movement, dueMs: number): void {
    const grievance = this.#grievanceOf(movement.authorization)
    const amountMinor = Math.min(movement.amountMinor, grievance?.disputableMinor ?? 0)
    if (amountMinor <= 0) return
    const dispute: Dispute = { id: `dsp_${this.disputes.size + 1}`, amountMinor, state: 'open' }
    this.disputes.set(movement.authorization, dispute)
    const disputed = { ...movement, amountMinor }
    this.#tell('dispute_opened', disputed, dueMs, dispute.id)
    this.#plan('close', disputed, dueMs)
  }

  #tell(kind: ReportLine['kind'], movement: Movement, dueMs: number, disputeId: string | null): void {
    const atMs = Math.max(dueMs, this.lines.at(-1)?.atMs ?? 0)
    this.lines.push({ kind, ...movement, atMs, disputeId })
  }
}
