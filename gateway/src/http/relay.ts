import type { KeyObject } from 'node:crypto'
import { verifyInternalCall } from '@tessera/contracts/internal-signature'
import { createNonceCache } from '@tessera/contracts/nonce-cache'
import {
  type RelayedClaim,
  type RelayedFault,
  type RelayVerdict,
  relayMembers,
  relaySignatureHeader,
  relayVerdictHeader,
  serverPaymentPath,
} from '@tessera/contracts/relay-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JsonObject } from './json-object.ts'
import { RequestRefused } from './problem.ts'

/** The card of a request that the vault passed on: a token that stands for it, and what tells it from other cards. */
export interface Relay {
  cardToken: string
  cardDigest: string
  /** The vault claimed the token for this attempt already. */
  cardClaim: RelayedClaim
}

interface Relayed {
  card: Relay | null
  faults: readonly RelayedFault[]
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the vault said of the card, once its signature was accepted. */
    relayed: Relayed | 'refused' | null
  }
}

/** The card that came by way of the vault; null for a request that came from anywhere else, whatever its body says. */
export function relayOf({ relayed }: FastifyRequest): Relay | null {
  return relayed === null || relayed === 'refused' ? null : relayed.card
}

/** What the vault found wrong with the card. A body with such faults is to be refused, together with all of its own. */
export function cardFaultsOf({ relayed }: FastifyRequest): readonly RelayedFault[] {
  return relayed === null || relayed === 'refused' ? [] : relayed.faults
}

/** Takes what the vault adds to a body out of it again, and believes it where it is signed. Returns the body without it. */
export type TakeRelay = (request: FastifyRequest, bytes: Buffer, body: JsonObject) => JsonObject

/** `secret` is shared with the vault; null where no vault passes payments on. */
export function acceptRelays(
  app: FastifyInstance,
  parts: { secret: KeyObject | null; clock: Clock; log: Logger },
): TakeRelay {
  app.decorateRequest('relayed', null)
  app.addHook('onRoute', (route) => {
    if (route.url === serverPaymentPath) route.onSend = [route.onSend ?? [], tellVerdict].flat()
  })
  const doubtOf = createSignatureCheck(parts)
  return (request, bytes, body) => {
    if (request.routeOptions.url !== serverPaymentPath) return body
    const signature = request.headers[relaySignatureHeader]
    if (signature === undefined) return withoutMembers(body)
    const doubt = doubtOf(String(signature), bytes)
    const relayed = doubt === null ? readRelayed(body) : null
    if (relayed !== null) {
      request.relayed = relayed
      return withoutMembers(body)
    }
    parts.log.warn('what the vault passed on was not accepted', { requestId: request.id, reason: doubt ?? 'malformed' })
    request.relayed = 'refused'
    // To be repeated by the vault's callers; anybody else sent a header that is not theirs to send.
    if (doubt === 'full') throw new RequestRefused({ problem: 'overloaded', nothingSent: true })
    throw new RequestRefused({ problem: 'unauthorized', why: 'unknown_key' })
  }
}

function createSignatureCheck({ secret, clock }: { secret: KeyObject | null; clock: Clock }) {
  const nonces = createNonceCache()
  return (signature: string, body: Buffer): string | null => {
    if (secret === null) return 'no_secret'
    const nowMs = clock.now()
    const verdict = verifyInternalCall(secret, signature, { method: 'POST', path: serverPaymentPath, body }, nowMs)
    if (!verdict.valid) return verdict.reason
    const nonce = nonces.take(verdict.nonce, verdict.timestampMs, nowMs)
    return nonce === 'fresh' ? null : nonce
  }
}

const { cardToken, cardDigest, cardClaim, cardFaults } = relayMembers
const memberNames = new Set<string>(Object.values(relayMembers))

/** To everybody but the vault these are unknown fields, which mean nothing. */
function withoutMembers(body: JsonObject): JsonObject {
  const members = Object.entries(body).filter(([name]) => !memberNames.has(name))
  return Object.fromEntries(members)
}

/** Its shape is the vault's word, as that of every reply of the vault. */
function readRelayed(body: JsonObject): Relayed | null {
  const [token, digest, claim, faults] = [body[cardToken], body[cardDigest], body[cardClaim], body[cardFaults]]
  if (Array.isArray(faults)) return { card: null, faults: faults as unknown as RelayedFault[] }
  if (typeof token !== 'string' || typeof digest !== 'string' || !claim) return null
  return { card: { cardToken: token, cardDigest: digest, cardClaim: claim as unknown as RelayedClaim }, faults: [] }
}

/** A refusal leaves no payment behind, and a repeated request already has one: in both cases the token is of no use. */
function tellVerdict(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (e: null, p: unknown) => void,
) {
  if (request.headers[relaySignatureHeader] !== undefined) {
    const isUnused = (reply.statusCode >= 400 && reply.statusCode < 500) || reply.hasHeader('idempotent-replayed')
    if (request.relayed === 'refused') reply.header(relayVerdictHeader, 'refused' satisfies RelayVerdict)
    else if (isUnused) reply.header(relayVerdictHeader, 'unused' satisfies RelayVerdict)
  }
  done(null, payload)
}
