import type { SandboxFaultKind } from '@tessera/contracts/test-card-outcomes'
import type { Random } from '@tessera/lib/random'

export type AcquirerOperation = 'authorize' | 'capture' | 'reverse' | 'refund' | 'inquire' | 'report'

export interface Fault {
  kind: SandboxFaultKind
  ms: number
}

/** What a request is known by when a fault is chosen for it. Absent in a rule: any. */
export interface FaultMatch {
  operation?: AcquirerOperation
  account?: string
  reference?: string
  last4?: string
  amountMinor?: number
}

export interface FaultRule {
  match: FaultMatch
  fault: Fault
  /** How often it is still to be shown; null: always. */
  times: number | null
  /** Chance of being shown to a request that it matches. */
  probability: number
}

/** The faults that tests asked for, in memory: a restart forgets them. The first rule that matches and hits its chance is shown. */
export class FaultScript {
  readonly #random: Random
  #rules: FaultRule[] = []
  /** How often each kind was shown since the start, whoever asked for it. */
  readonly shown = new Map<SandboxFaultKind, number>()

  constructor(random: Random) {
    this.#random = random
  }

  add(rules: readonly FaultRule[]): void {
    this.#rules.push(...rules.map((rule) => ({ ...rule })))
  }

  clear(): void {
    this.#rules = []
  }

  rules(): readonly FaultRule[] {
    return this.#rules
  }

  /** Takes the fault for this request, spending one of its rule's times. */
  take(request: FaultMatch): Fault | null {
    const rule = this.#rules.find((each) => matches(each.match, request) && this.#random.unit() < each.probability)
    if (rule === undefined) return null
    if (rule.times !== null) {
      rule.times -= 1
      if (rule.times === 0) this.#rules.splice(this.#rules.indexOf(rule), 1)
    }
    return rule.fault
  }

  count(kind: SandboxFaultKind): void {
    this.shown.set(kind, (this.shown.get(kind) ?? 0) + 1)
  }
}

function matches(match: FaultMatch, request: FaultMatch): boolean {
  return Object.entries(match).every(([name, wanted]) => request[name as keyof FaultMatch] === wanted)
}
