import { isTestCardNumber } from '@tessera/contracts/test-cards'
import { challengeRequiredCode } from '@tessera/contracts/token-challenge'
import type { CardFace, ProjectedKey } from '@tessera/contracts/vault-protocol'
import { tokenLifetimeMs } from '@tessera/contracts/vault-protocol'
import { type Batcher, QueueDeadlinePassed, QueueFull } from '@tessera/lib/batcher'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import { isConnectionLoss, isDataError } from '@tessera/lib/postgres-errors'
import type { CardSafe, OpenCard } from '../cards/card-safe.ts'
import { type CardFault, type CardFields, readCard } from '../cards/read-card.ts'
import type { Defence, TokenAdmission, TokenCaller } from '../defence/defence.ts'
import type { ClaimedToken, NewToken } from '../store/tokens.ts'
import type { Problem } from './problem.ts'
import { faultsProblem } from './problem.ts'
import { type BodyFault, readTokenBody } from './token-body.ts'

export interface CreatedToken {
  token: string
  face: CardFace
  createdAtMs: number
  expiresAtMs: number
}

export type TokenCreation = { created: CreatedToken } | { problem: Problem }

export interface TokenCreationParts {
  safe: CardSafe
  tokens: Batcher<NewToken, void>
  clock: Clock
  ids: Ids
  testCardsOnly: boolean
  defence: Defence
}

const bodyFaultTexts: Readonly<Record<BodyFault['kind'], string>> = {
  empty: 'The body is empty. Send {"card": {…}}.',
  syntax: 'The body is not valid JSON.',
  duplicate_key: 'The body names a field twice.',
  too_deep: 'The body is nested too deeply.',
  too_many_members: 'The body has too many fields.',
  invalid_utf8: 'The body is not UTF-8.',
  not_an_object: 'The body must be a JSON object: {"card": {…}}.',
}

/** From the body's bytes to a stored, sealed row. Every copy of number and CVC is wiped; `body` is the caller's. */
export async function createToken(
  body: Buffer,
  key: ProjectedKey,
  caller: TokenCaller,
  parts: TokenCreationParts,
): Promise<TokenCreation> {
  const read = readTokenBody(body)
  if (!read.ok) return { problem: { code: 'validation_error', message: bodyFaultText(read.fault) } }
  if (read.card === null) return { problem: faultsProblem([{ param: 'card', message: 'must be an object' }]) }
  try {
    const checked = checkCard(read.card, key, parts)
    if ('faults' in checked) return { problem: faultsProblem(checked.faults) }
    const admission = parts.defence.admit(checked.card, key, caller)
    if (!admission.admitted) return { problem: suspectedProblem(admission) }
    const creation = await storeToken(checked.card, key, parts)
    if ('created' in creation) admission.keep(creation.created.token)
    return creation
  } finally {
    read.wipe()
  }
}

/** Says nothing of what raised the suspicion: it would help whoever is suspected rightly. */
function suspectedProblem(admission: TokenAdmission & { admitted: false }): Problem {
  if (admission.challenge === null) {
    const message = 'Cards cannot be taken from here at the moment. Try again later.'
    return { code: 'rate_limited', message, retryAfterSeconds: admission.retryAfterSeconds }
  }
  const message =
    'Solve the challenge and repeat the request with the header Tessera-Challenge-Answer. The browser SDK does so by itself.'
  return { code: challengeRequiredCode, message, challenge: admission.challenge }
}

/** The card, when this key may use it. Its number and CVC are the very buffers of the fields. */
export function checkCard(
  fields: CardFields,
  key: Pick<ProjectedKey, 'mode'>,
  parts: { clock: Clock; testCardsOnly: boolean },
): { card: OpenCard } | { faults: readonly CardFault[] } {
  const result = readCard(fields, parts.clock.now())
  if ('faults' in result) return result
  const fault = modeFault(result.card, key, parts.testCardsOnly)
  return fault === null ? result : { faults: [fault] }
}

function bodyFaultText({ kind, position }: BodyFault): string {
  return kind === 'syntax' ? `${bodyFaultTexts.syntax.slice(0, -1)} (at byte ${position}).` : bodyFaultTexts[kind]
}

/** PCI DSS 6.5.5: no real card in test mode; and no test card where it could only confuse. */
function modeFault(card: OpenCard, key: Pick<ProjectedKey, 'mode'>, testCardsOnly: boolean): CardFault | null {
  const isTestCard = isTestCardNumber(card.number)
  if (key.mode === 'test' && testCardsOnly && !isTestCard) {
    return {
      param: 'card.number',
      message: 'is not a test card: test mode takes test cards only, such as 4242 4242 4242 4242',
    }
  }
  if (key.mode === 'live' && isTestCard) {
    return { param: 'card.number', message: 'is a test card: it works with a key of test mode only' }
  }
  return null
}

/** Resolves once the token is stored, sealed; the card stays the caller's to wipe. */
export function storeToken(
  card: OpenCard,
  key: Pick<ProjectedKey, 'merchantId' | 'mode'>,
  parts: TokenCreationParts,
): Promise<TokenCreation> {
  return store(card, key, parts, (row) => parts.tokens.submit(row))
}

/** The same for a token that `claim`'s attempt has claimed from the first moment on. */
export function storeClaimedToken(
  card: OpenCard,
  key: ProjectedKey,
  claim: { attemptId: string; holdExpiresAtMs: number },
  parts: TokenCreationParts & { claimedTokens: Batcher<ClaimedToken, void> },
): Promise<TokenCreation> {
  return store(card, key, parts, (row) => parts.claimedTokens.submit({ ...row, ...claim }))
}

async function store(
  card: OpenCard,
  key: Pick<ProjectedKey, 'merchantId' | 'mode'>,
  { safe, clock, ids }: TokenCreationParts,
  write: (row: NewToken) => Promise<void>,
): Promise<TokenCreation> {
  const { merchantId, mode } = key
  const token = `tok_${ids.random()}`
  const createdAtMs = clock.now()
  const expiresAtMs = createdAtMs + tokenLifetimeMs
  const sealed = await safe.sealForToken({ merchantId, mode }, token, card)
  try {
    await write({ merchantId, mode, token, ...sealed, face: card.face, createdAtMs, expiresAtMs })
  } catch (error) {
    const problem = problemOf(error)
    if (problem === null) throw error
    return { problem }
  }
  return { created: { token, face: card.face, createdAtMs, expiresAtMs } }
}

/** What kept a row from being written; null where nobody foresaw it. */
function problemOf(error: unknown): Problem | null {
  if (error instanceof QueueFull || error instanceof QueueDeadlinePassed) {
    return { code: 'overloaded', message: 'The vault is too busy. Repeat the request.', retryAfterSeconds: 1 }
  }
  if (isConnectionLoss(error)) {
    return { code: 'overloaded', message: 'The vault has lost its database. Repeat the request.', retryAfterSeconds: 2 }
  }
  return isDataError(error) ? { code: 'tokenization_failed', message: 'This card could not be stored.' } : null
}
