import type { KeyObject } from 'node:crypto'
import { challengeBits, challengedTestName, type TokenChallenge } from '@tessera/contracts/token-challenge'
import type { CardTestingOutcome, CardVerdict, Mode, ProjectedKey } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import type { Counter } from '@tessera/lib/metrics'
import type { Random } from '@tessera/lib/random'
import type { OpenCard } from '../cards/card-safe.ts'
import { type Alerts, createAlerts } from './alerts.ts'
import type { CallerAddress } from './caller-address.ts'
import { createCardMarks } from './card-marks.ts'
import { createChallenges } from './challenges.ts'
import { createMemory, type Trace } from './memory.ts'
import { type Demand, demandOf, isFencedOff, type Suspicion } from './rules.ts'
import { createWindowMap } from './window-map.ts'

export type DefendedModes = 'off' | 'live' | 'all'

/** Who asks for a token, besides the key. */
export interface TokenCaller {
  address: CallerAddress | null
  /** Of a challenge that it was asked before. */
  answer: string | undefined
}

export type TokenAdmission =
  /** `keep` is told the token's id once there is one. */
  | { admitted: true; keep(token: string): void }
  | { admitted: false; challenge: TokenChallenge }
  | { admitted: false; challenge: null; retryAfterSeconds: number }

export interface Defence {
  /** Whether this card may become a token of this key. It was checked in form already; nothing here asks an issuer. */
  admit(card: OpenCard, key: ProjectedKey, caller: TokenCaller): TokenAdmission
  /** Whether a payment may use this token. The same attempt is always answered the same. */
  mayBePaidWith(owner: { merchantId: string; mode: Mode }, token: string, attemptId: string): boolean
  /** What issuers said, as far as the gateway tells. */
  heard(verdicts: readonly { attemptId: string; verdict?: CardVerdict }[]): void
  /** For the merchants to hear: one for each warning in the log. */
  alerts: Pick<Alerts, 'outstanding' | 'acknowledge'>
}

export interface DefenceParts {
  modes: DefendedModes
  challengeKey: KeyObject
  clock: Clock
  random: Random
  ids: Pick<Ids, 'timeOrdered'>
  log: Logger
  decisions: Counter
}

const retryAfterSeconds = 60
/** A shop's operator is warned of each kind of suspicion this often. */
const warnedForMs = 10 * 60_000
const admittedUnseen: TokenAdmission = { admitted: true, keep: () => undefined }

/**
 * Finds card testing by what becomes of cards, and stops it: docs/operating/card-testing.md. All that it knows is in this process's
 * memory, bounded, and gone in half an hour.
 */
export function createDefence(parts: DefenceParts): Defence {
  const { modes, clock, log, decisions } = parts
  const marksOf = createCardMarks(parts)
  const challenges = createChallenges({ ...parts, key: parts.challengeKey })
  const memory = createMemory(clock)
  const alerts = createAlerts(parts)
  const warned = createWindowMap<{ count: number }>({
    max: 1_000,
    windowMs: warnedForMs,
    make: () => ({ count: 0 }),
    clock,
  })

  const watches = (mode: Mode): boolean => modes === 'all' || modes === mode
  const shopOf = ({ merchantId, mode }: { merchantId: string; mode: Mode }): string => `${merchantId} ${mode}`

  function note(decision: CardTestingOutcome | 'solved', shop: string, because: Suspicion) {
    decisions.add({ decision, because })
    if (decision === 'solved') return
    const seen = warned.at(`${shop} ${because}`)
    seen.count += 1
    if (seen.count > 1) return
    const [merchantId, mode] = shop.split(' ') as [string, Mode]
    log.warn('card testing suspected', { merchantId, mode, reason: because, outcome: decision })
    alerts.raise({ merchantId, mode, suspicion: because, outcome: decision })
  }

  function meet(demand: Demand, key: ProjectedKey, answer: string | undefined): TokenAdmission | null {
    if (demand.kind === 'none') return null
    const { because } = demand
    if (demand.kind === 'refuse') {
      note('refused', shopOf(key), because)
      return { admitted: false, challenge: null, retryAfterSeconds }
    }
    if (answer !== undefined && challenges.spend(answer, key.hash, demand.bits)) {
      note('solved', shopOf(key), because)
      return null
    }
    note('challenged', shopOf(key), because)
    return { admitted: false, challenge: challenges.make(key.hash, demand.bits) }
  }

  /** In test mode an integration can ask to be asked. */
  function tryOut(card: OpenCard, key: ProjectedKey, answer: string | undefined): TokenAdmission | null {
    if (key.mode !== 'test' || card.face.cardholderName !== challengedTestName) return null
    if (answer !== undefined && challenges.spend(answer, key.hash, challengeBits.least)) return null
    return { admitted: false, challenge: challenges.make(key.hash, challengeBits.least) }
  }

  return {
    alerts,
    admit(card, key, { address, answer }) {
      if (key.kind !== 'publishable') return admittedUnseen
      if (!watches(key.mode)) return tryOut(card, key, answer) ?? admittedUnseen
      const shop = shopOf(key)
      const { card: mark, range, run, variant } = marksOf(shop, card)
      const trace: Trace = { shop, card: mark, range, run, address, attemptId: null }
      const evidence = memory.evidenceOf(trace)
      evidence.card.seen(variant)
      for (const tally of memory.talliesOf(trace)) tally.seen(mark)
      const demand = demandOf(evidence, clock.monotonicMs())
      if (demand.kind === 'refuse' && demand.because === 'range') {
        evidence.host?.caught(mark)
        evidence.network?.caught(mark)
      }
      const refusal = meet(demand, key, answer) ?? tryOut(card, key, answer)
      return refusal ?? { admitted: true, keep: (token) => memory.keepToken(token, trace) }
    },
    mayBePaidWith(owner, token, attemptId) {
      const trace = watches(owner.mode) ? memory.token(token) : undefined
      if (trace === undefined || trace.attemptId === attemptId) return true
      const nowMs = clock.monotonicMs()
      const demand = demandOf(memory.evidenceOf(trace), nowMs)
      if (demand.kind === 'refuse') {
        note('payment_refused', trace.shop, demand.because)
        return false
      }
      if (trace.attemptId !== null) return true
      trace.attemptId = attemptId
      memory.keepAttempt(attemptId, trace)
      for (const tally of memory.talliesOf(trace)) tally.goesOn(nowMs)
      return true
    },
    heard(verdicts) {
      for (const { attemptId, verdict } of verdicts) {
        const trace = verdict === undefined ? undefined : memory.attempt(attemptId)
        if (trace === undefined || verdict === undefined) continue
        for (const tally of memory.talliesOf(trace)) tally.answered(trace.card, verdict)
        const { card, range, fencedRanges } = memory.evidenceOf(trace)
        card.answered(verdict)
        if (isFencedOff(range, fencedRanges, clock.monotonicMs())) memory.fence(trace)
      }
    },
  }
}
