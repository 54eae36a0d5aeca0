import {
  alertsAcknowledgedMax,
  type CardTestingAlertsRequest,
  type CardVerdict,
  type ClaimRequest,
  type FenceRequest,
  type ForwardRequest,
  type Mode,
  type ProjectedKey,
  type ProjectionPush,
  type ReleaseRequest,
  type SavedCardRequest,
  type UnsentClaimsRequest,
} from '@tessera/contracts/vault-protocol'

/** A call of the gateway that is not what the protocol says. Its text goes back to the gateway. */
export class MalformedCall extends Error {
  constructor(what: string) {
    super(`malformed call: ${what}`)
    this.name = 'MalformedCall'
  }
}

type Json = Record<string, unknown>

const idShape = /^[\x21-\x7e]{1,128}$/

function object(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedCall(`${what} must be an object`)
  return value as Json
}

function id(value: unknown, what: string): string {
  if (typeof value !== 'string' || !idShape.test(value)) throw new MalformedCall(`${what} must be an id`)
  return value
}

function idOrNull(value: unknown, what: string): string | null {
  return value === null ? null : id(value, what)
}

function mode(value: unknown): Mode {
  if (value !== 'test' && value !== 'live') throw new MalformedCall('mode must be test or live')
  return value
}

function flag(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new MalformedCall(`${what} must be true or false`)
  return value
}

function whole(value: unknown, what: string, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new MalformedCall(`${what} must be a whole number`)
  }
  return value
}

function list(value: unknown, what: string, max: number): unknown[] {
  if (!Array.isArray(value) || value.length > max) throw new MalformedCall(`${what} must be a list of at most ${max}`)
  return value
}

function owner(call: Json): { merchantId: string; mode: Mode } {
  return { merchantId: id(call.merchantId, 'merchantId'), mode: mode(call.mode) }
}

export function readClaim(value: unknown): ClaimRequest {
  const call = object(value, 'the call')
  const source = object(call.source, 'source')
  if (source.kind !== 'token' && source.kind !== 'card') throw new MalformedCall('source.kind must be token or card')
  return {
    ...owner(call),
    attemptId: id(call.attemptId, 'attemptId'),
    source:
      source.kind === 'token'
        ? { kind: 'token', token: id(source.token, 'source.token') }
        : { kind: 'card', cardId: id(source.cardId, 'source.cardId') },
    withFingerprint: flag(call.withFingerprint, 'withFingerprint'),
  }
}

/** The template is left as it is: the manifest decides about it. */
export function readForward(value: unknown): ForwardRequest {
  const call = object(value, 'the call')
  const card = call.card === null ? null : object(call.card, 'card')
  return {
    ...owner(call),
    stepId: id(call.stepId, 'stepId'),
    connector: id(call.connector, 'connector'),
    operation: id(call.operation, 'operation'),
    template: object(call.template, 'template') as unknown as ForwardRequest['template'],
    card:
      card === null
        ? null
        : { attemptId: id(card.attemptId, 'card.attemptId'), saveAs: idOrNull(card.saveAs, 'card.saveAs') },
    timeoutMs: whole(call.timeoutMs, 'timeoutMs'),
    sendBeforeMs: whole(call.sendBeforeMs, 'sendBeforeMs'),
  }
}

export function readFence(value: unknown): FenceRequest {
  const call = object(value, 'the call')
  return { ...owner(call), stepId: id(call.stepId, 'stepId'), attemptId: idOrNull(call.attemptId, 'attemptId') }
}

const releasesMax = 500

export function readRelease(value: unknown): ReleaseRequest {
  const call = object(value, 'the call')
  const releases = list(call.releases, 'releases', releasesMax).map((item) => {
    const each = object(item, 'a release')
    const { reason } = each
    if (reason !== 'unused' && reason !== 'ended') throw new MalformedCall('reason must be unused or ended')
    const release = { ...owner(each), attemptId: id(each.attemptId, 'attemptId'), reason: reason as 'unused' | 'ended' }
    return each.verdict === undefined ? release : { ...release, verdict: cardVerdict(each.verdict) }
  })
  return { releases }
}

function cardVerdict(value: unknown): CardVerdict {
  if (value !== 'approved' && value !== 'declined' && value !== 'probed') {
    throw new MalformedCall('verdict must be approved, declined or probed')
  }
  return value
}

export function readUnsentClaims(value: unknown): UnsentClaimsRequest {
  const call = object(value, 'the call')
  return {
    olderThanMs: whole(call.olderThanMs, 'olderThanMs'),
    claimedFromMs: whole(call.claimedFromMs, 'claimedFromMs'),
    limit: whole(call.limit, 'limit', 10_000),
  }
}

export function readSavedCard(value: unknown): SavedCardRequest {
  const call = object(value, 'the call')
  return { ...owner(call), cardId: id(call.cardId, 'cardId') }
}

export function readAlertsRequest(value: unknown): CardTestingAlertsRequest {
  const call = object(value, 'the call')
  const acknowledged = list(call.acknowledged, 'acknowledged', alertsAcknowledgedMax)
  return { acknowledged: acknowledged.map((alertId) => id(alertId, 'an acknowledged id')) }
}

const keysMax = 200_000

export function readProjection(value: unknown): ProjectionPush {
  const call = object(value, 'the call')
  return {
    version: typeof call.version === 'string' ? call.version : id(call.version, 'version'),
    sentAtMs: whole(call.sentAtMs, 'sentAtMs'),
    keys: call.keys === null ? null : list(call.keys, 'keys', keysMax).map(readKey),
    // A gateway of before this field is still heard.
    relayUrl: call.relayUrl === undefined || call.relayUrl === null ? null : origin(call.relayUrl, 'relayUrl'),
  }
}

/** Scheme, host and port: the vault itself says which path. */
function origin(value: unknown, what: string): string {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (url === null || !/^https?:$/.test(url.protocol)) throw new MalformedCall(`${what} must be an http or https URL`)
  return url.origin
}

function readKey(value: unknown): ProjectedKey {
  const key = object(value, 'a key')
  const { kind, hash } = key
  if (kind !== 'publishable' && kind !== 'secret') throw new MalformedCall('kind must be publishable or secret')
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) throw new MalformedCall('hash must be SHA-256 in hex')
  return {
    ...owner(key),
    hash,
    kind,
    merchantActive: flag(key.merchantActive, 'merchantActive'),
    scopes: list(key.scopes, 'scopes', 100).map((scope) => id(scope, 'a scope')),
    allowedOrigins:
      key.allowedOrigins === null
        ? null
        : list(key.allowedOrigins, 'allowedOrigins', 100).map((origin) => id(origin, 'an origin')),
    s2sEnabled: flag(key.s2sEnabled, 's2sEnabled'),
    expiresAtMs: key.expiresAtMs === null ? null : whole(key.expiresAtMs, 'expiresAtMs'),
    connectorId: idOrNull(key.connectorId, 'connectorId'),
  }
}
