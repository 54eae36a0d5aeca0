import {
  type ClaimReply,
  type ClaimRequest,
  type FenceReply,
  type FenceRequest,
  type ForwardReply,
  type ForwardRequest,
  holdLifetimeMs,
  type ReleaseRequest,
  type SavedCardReply,
  type SavedCardRequest,
  tokenLifetimeMs,
  type UnsentClaimsReply,
  type UnsentClaimsRequest,
} from '@tessera/contracts/vault-protocol'
import type { Card } from './card.ts'

interface Token {
  card: Card
  expiresAtMs: number
  claimedBy: string | null
  hasNumber: boolean
}

interface Hold {
  merchantId: string
  sourceId: string
  card: Card
  expiresAtMs: number
}

type SavedCard = { card: Card; state: 'provisional' | 'active' }

export interface VaultBackup {
  marks: ReadonlyMap<string, 'sent' | 'fenced'>
  cards: ReadonlyMap<string, SavedCard>
}

export type Permission = { granted: true; card: Card | null } | { granted: false; reply: ForwardReply }

const refused = (reply: ForwardReply): Permission => ({ granted: false, reply })
const notSent = (reason: 'too_late' | 'fenced' | 'hold_gone'): Permission =>
  refused({ outcome: 'not_sent', reason, detail: reason })
const once = new Set(['authorize', 'capture', 'refund'])

/**
 * What the vault promises of tokens, holds, permits and steps (see `contracts/src/vault-protocol.ts`), as rules over plain maps.
 * Each method is one commit. The real vault has its own tests for keeping these promises.
 */
export class VaultBooks {
  readonly tokens = new Map<string, Token>()
  readonly cards = new Map<string, SavedCard>()
  readonly holds = new Map<string, Hold>()
  /** When each was claimed. */
  readonly permits = new Map<string, number>()
  /** Survives a crash of the vault's database; the rest of the short-lived data does not. */
  readonly marks = new Map<string, 'sent' | 'fenced'>()
  /** A planted fault: a token may be claimed again. */
  reusesTokens = false
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  addToken(token: string, card: Card): void {
    this.tokens.set(token, { card, expiresAtMs: this.#nowMs() + tokenLifetimeMs, claimedBy: null, hasNumber: true })
  }

  claim({ merchantId, attemptId, source, withFingerprint }: ClaimRequest): ClaimReply {
    const nowMs = this.#nowMs()
    const sourceId = source.kind === 'token' ? source.token : source.cardId
    const hold = this.holds.get(attemptId)
    if (hold !== undefined && hold.sourceId !== sourceId) throw new Error('409 the attempt holds another card')
    const claimed = ({ card, expiresAtMs }: Hold): ClaimReply => ({
      outcome: 'claimed',
      card: card.face,
      fingerprintId: withFingerprint || source.kind === 'card' ? card.fingerprintId : null,
      holdExpiresAtMs: expiresAtMs,
    })
    if (hold !== undefined && hold.expiresAtMs > nowMs) return claimed(hold)
    const card = source.kind === 'token' ? this.#claimToken(sourceId, attemptId, hold) : this.#activeCard(sourceId)
    if ('outcome' in card) return card
    const fresh: Hold = { merchantId, sourceId, card, expiresAtMs: nowMs + holdLifetimeMs }
    this.holds.set(attemptId, fresh)
    this.permits.set(attemptId, nowMs)
    return claimed(fresh)
  }

  #claimToken(id: string, attemptId: string, hold: Hold | undefined): Card | ClaimReply {
    const token = this.tokens.get(id)
    if (token === undefined) return { outcome: 'token_unknown' }
    if (this.reusesTokens) return token.card
    if (token.claimedBy !== null && token.claimedBy !== attemptId) return { outcome: 'token_already_used' }
    if (token.expiresAtMs <= this.#nowMs()) return { outcome: 'token_expired' }
    if (token.claimedBy !== null || !token.hasNumber || hold !== undefined) return { outcome: 'token_already_used' }
    token.claimedBy = attemptId
    return token.card
  }

  #activeCard(id: string): Card | ClaimReply {
    const saved = this.cards.get(id)
    return saved?.state === 'active' ? saved.card : { outcome: 'card_unknown' }
  }

  /** Decides whether this step may be sent now; if so, it never may again where it is sent once. */
  permit(request: ForwardRequest): Permission {
    const { stepId, operation, card, sendBeforeMs } = request
    const nowMs = this.#nowMs()
    if (nowMs >= sendBeforeMs) return notSent('too_late')
    if (card !== null && card.attemptId === stepId) return this.#consumePermit(stepId, card)
    if (request.template.method === 'GET') return { granted: true, card: null }
    const before = this.marks.get(stepId)
    if (before === 'fenced') return notSent('fenced')
    if (before === 'sent' && once.has(operation)) return refused({ outcome: 'already_sent' })
    this.marks.set(stepId, 'sent')
    return card === null ? { granted: true, card: null } : this.#useHold(card.attemptId)
  }

  /** A second try with the card of the first, which has taken the permit. */
  #useHold(attemptId: string): Permission {
    const hold = this.holds.get(attemptId)
    const isLive = hold !== undefined && hold.expiresAtMs > this.#nowMs()
    return isLive ? { granted: true, card: hold.card } : notSent('hold_gone')
  }

  #consumePermit(stepId: string, { attemptId, saveAs }: NonNullable<ForwardRequest['card']>): Permission {
    const hold = this.holds.get(attemptId)
    const isLive = hold !== undefined && hold.expiresAtMs > this.#nowMs()
    if (!isLive || !this.permits.has(attemptId) || this.marks.has(stepId)) {
      const mark = this.marks.get(stepId)
      if (mark === 'sent') return refused({ outcome: 'already_sent' })
      return notSent(mark === 'fenced' ? 'fenced' : 'hold_gone')
    }
    this.permits.delete(attemptId)
    this.marks.set(stepId, 'sent')
    if (saveAs !== null && !this.cards.has(saveAs)) this.cards.set(saveAs, { card: hold.card, state: 'provisional' })
    return { granted: true, card: hold.card }
  }

  fence({ stepId, attemptId }: FenceRequest): FenceReply {
    if (attemptId !== null && attemptId === stepId) this.permits.delete(attemptId)
    if (!this.marks.has(stepId)) this.marks.set(stepId, 'fenced')
    return { outcome: this.marks.get(stepId) === 'fenced' ? 'never_sent' : 'may_have_been_sent' }
  }

  release({ attemptId, reason }: ReleaseRequest['releases'][number]): void {
    const hold = this.holds.get(attemptId)
    if (hold === undefined || (reason === 'unused' && !this.permits.has(attemptId))) return
    this.permits.delete(attemptId)
    this.holds.delete(attemptId)
    const token = this.tokens.get(hold.sourceId)
    if (token === undefined) return
    if (reason === 'unused' && token.claimedBy === attemptId) token.claimedBy = null
    if (reason === 'ended' || token.expiresAtMs <= this.#nowMs()) token.hasNumber = false
  }

  unsentClaims({ olderThanMs, claimedFromMs, limit }: UnsentClaimsRequest): UnsentClaimsReply {
    const untilMs = this.#nowMs() - olderThanMs
    const claims = [...this.permits]
      .filter(([, atMs]) => atMs >= claimedFromMs && atMs <= untilMs)
      .sort((left, right) => left[1] - right[1])
      .slice(0, limit)
      .map(([attemptId, claimedAtMs]) => ({
        merchantId: this.holds.get(attemptId)?.merchantId ?? '',
        mode: 'test' as const,
        attemptId,
        claimedAtMs,
      }))
    return { claims }
  }

  activateCard({ cardId }: SavedCardRequest): SavedCardReply {
    const saved = this.cards.get(cardId)
    if (saved === undefined) return { outcome: 'card_unknown' }
    saved.state = 'active'
    return { outcome: 'active' }
  }

  eraseCard({ cardId }: SavedCardRequest): SavedCardReply {
    return { outcome: this.cards.delete(cardId) ? 'erased' : 'card_unknown' }
  }

  /** A crash of the database empties what lies in UNLOGGED tables. */
  loseShortLived(): void {
    this.tokens.clear()
    this.holds.clear()
    this.permits.clear()
  }

  /** What a backup holds, or a standby that lags: all but the short-lived data, as of now. */
  backup(): VaultBackup {
    return { marks: new Map(this.marks), cards: new Map([...this.cards].map(([id, card]) => [id, { ...card }])) }
  }

  /** Back to that moment; nothing since then ever happened. */
  restore({ marks, cards }: VaultBackup): void {
    this.loseShortLived()
    this.marks.clear()
    this.cards.clear()
    for (const [stepId, mark] of marks) this.marks.set(stepId, mark)
    for (const [cardId, card] of cards) this.cards.set(cardId, card)
  }
}
