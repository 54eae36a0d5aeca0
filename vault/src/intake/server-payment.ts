import { type RelayedClaim, relayMembers } from '@tessera/contracts/relay-protocol'
import { holdLifetimeMs, type ProjectedKey } from '@tessera/contracts/vault-protocol'
import type { Batcher } from '@tessera/lib/batcher'
import type { CardFault } from '../cards/read-card.ts'
import type { CardDigest } from '../relay/card-digest.ts'
import type { ClaimedToken } from '../store/tokens.ts'
import type { TakenCard } from './card-member.ts'
import { checkCard, storeClaimedToken, type TokenCreationParts } from './create-token.ts'
import type { RestOfBody } from './rest-of-body.ts'
import { readServerPaymentBody } from './server-payment-body.ts'
import { ofBodyFault, ofTokenProblem, relayedFaults, type ServerPaymentProblem } from './server-payment-problem.ts'

export interface ServerPaymentParts extends TokenCreationParts {
  cardDigest: CardDigest
  claimedTokens: Batcher<ClaimedToken, void>
}

/** What is left of a request to pass on: no card number and no CVC is in it. */
export interface Stripped {
  body: Buffer
  /** Stands for the card; null when none came. */
  token: string | null
  isSigned: boolean
}

/** Swaps the card of a body for a token. Every copy of number and CVC is wiped; `body` is the caller's. */
export async function stripCard(
  body: Buffer,
  key: ProjectedKey,
  parts: ServerPaymentParts,
): Promise<Stripped | { problem: ServerPaymentProblem }> {
  // As good as an empty object, which the gateway words.
  if (body.length === 0) return { body: Buffer.alloc(0), token: null, isSigned: false }
  const read = readServerPaymentBody(body)
  if (!read.ok) return { problem: ofBodyFault(read.fault) }
  const { card, rest } = read
  const misplaced = rest.withCardNumbers()
  if (card === 'none') {
    if (misplaced.length > 0) return { problem: misplacedProblem([], misplaced) }
    return { body: rest.after(''), token: null, isSigned: false }
  }
  if (card === 'not_an_object') return withFaults([{ param: 'card', message: 'must be an object' }], rest, misplaced)
  try {
    return await swapCard(card, rest, misplaced, key, parts)
  } finally {
    card.wipe()
  }
}

async function swapCard(
  taken: TakenCard,
  rest: RestOfBody,
  misplaced: readonly string[],
  key: ProjectedKey,
  parts: ServerPaymentParts,
): Promise<Stripped | { problem: ServerPaymentProblem }> {
  const checked = checkCard(taken.fields, key, parts)
  if ('faults' in checked) return withFaults(checked.faults, rest, misplaced)
  const { card } = checked
  if (misplaced.length > 0) return { problem: misplacedProblem([], misplaced) }
  if (rest.holds(card.number)) {
    return { problem: { status: 400, message: ['card.number must not stand anywhere else in the body'] } }
  }
  // The gateway would claim the token as the first thing that it does: this way it need not ask.
  const claim = { attemptId: `att_${parts.ids.timeOrdered()}`, holdExpiresAtMs: parts.clock.now() + holdLifetimeMs }
  const stored = await storeClaimedToken(card, key, claim, parts)
  if ('problem' in stored) return { problem: ofTokenProblem(stored.problem) }
  const { token } = stored.created
  const said = {
    [relayMembers.cardToken]: token,
    [relayMembers.cardDigest]: parts.cardDigest(key, card),
    [relayMembers.cardClaim]: { ...claim, face: card.face } satisfies RelayedClaim,
  }
  return { body: rest.after(JSON.stringify(said).slice(1, -1)), token, isSigned: true }
}

/** The gateway tells them together with what else is wrong with the body, unless that must not leave. */
function withFaults(
  faults: readonly CardFault[],
  rest: RestOfBody,
  misplaced: readonly string[],
): Stripped | { problem: ServerPaymentProblem } {
  const told = relayedFaults(faults)
  if (misplaced.length > 0) return { problem: misplacedProblem(told, misplaced) }
  return { body: rest.after(`"${relayMembers.cardFaults}":${JSON.stringify(told)}`), token: null, isSigned: true }
}

function misplacedProblem(
  faults: readonly { param: string; message: string }[],
  members: readonly string[],
): ServerPaymentProblem {
  const told = faults.map(({ param, message }) => `${param} ${message}`)
  const rest = members.map((name) => `${name} must not hold a card number: a card belongs in card.number`)
  return { status: 400, message: [...told, ...rest] }
}
