/**
 * What the gateway and the vault say to each other, on the vault's internal listener.
 *
 * Every request is a POST (or PUT) of JSON and carries the `authorization` header of `internal-signature.ts`.
 * No reply holds a card number or a CVC; there is no call that could.
 */

export type Mode = 'test' | 'live'

/** Paths on the vault's internal listener. */
export const vaultPaths = {
  claims: '/internal/v1/claims',
  forwards: '/internal/v1/forwards',
  fences: '/internal/v1/fences',
  releases: '/internal/v1/releases',
  unsentClaims: '/internal/v1/unsent-claims',
  cardActivations: '/internal/v1/card-activations',
  cardErasures: '/internal/v1/card-erasures',
  cardTestingAlerts: '/internal/v1/card-testing-alerts',
  projection: '/internal/v1/projection',
  groups: '/internal/v1/groups',
} as const

/**
 * Calls that were made in the same moment, in one signed request. Each is answered by a line of JSON as soon as it is done, in
 * any order; one that waits for an acquirer holds no other up.
 */
export interface CallGroup {
  calls: { path: string; request: unknown }[]
}
export interface GroupedReply {
  /** Place of the call in the group. */
  index: number
  /** As the call would be answered alone. */
  status: number
  value: unknown
}
export const groupedCallsMax = 64

export type CardBrand =
  | 'visa'
  | 'mastercard'
  | 'amex'
  | 'discover'
  | 'diners'
  | 'jcb'
  | 'unionpay'
  | 'maestro'
  | 'mir'
  | 'rupay'
  | 'troy'
  | 'verve'
  | 'uatp'
  | 'dankort'
  | 'bancontact'

/** What anyone may know of a card. `bin` is the first six digits. */
export interface CardFace {
  bin: string
  last4: string
  brand: CardBrand
  expMonth: number
  expYear: number
  cardholderName: string | null
}

// ── Claim ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Binds a card to one attempt and prepares its send permit. Idempotent by `attemptId`: the same attempt may claim the
 * same source again and gets the same answer while its hold lives (60 minutes from the first claim).
 */
export interface ClaimRequest {
  merchantId: string
  mode: Mode
  attemptId: string
  source: { kind: 'token'; token: string } | { kind: 'card'; cardId: string }
  /** Asks for the keyed fingerprint's public id (`fp_…`); costs a write, so only where a card will be saved. */
  withFingerprint: boolean
}

export type ClaimReply =
  | { outcome: 'claimed'; card: CardFace; fingerprintId: string | null; holdExpiresAtMs: number }
  | { outcome: 'token_expired' | 'token_already_used' | 'token_unknown' | 'card_unknown' }
  /** The token looks like a card tester's: nothing was claimed, and no acquirer may be asked. */
  | { outcome: 'suspected' }

// ── Forward ──────────────────────────────────────────────────────────────────────────────────────────

export type PlaceholderName =
  | 'number'
  | 'cvc'
  | 'exp_month' // 1..12 as a number in JSON, without a leading zero in a form
  | 'exp_month_2' // "01".."12"
  | 'exp_year_2' // "30"
  | 'exp_year_4' // 2030 as a number in JSON
  | 'exp_mmyy' // "0130"
  | 'exp_yymm' // "3001"
  | 'cardholder_name'

/** Stands in a template where the vault puts a card value. With `optional`, a missing value drops the field. */
export interface Placeholder {
  $card: PlaceholderName
  optional?: true
}

export type TemplateJson =
  | string
  | number
  | boolean
  | null
  | Placeholder
  | TemplateJson[]
  | { [key: string]: TemplateJson }

export interface RequestTemplate {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Absolute path with optional query; matched against the manifest. The host comes from the manifest alone. */
  path: string
  headers: Record<string, string>
  body:
    | null
    | { kind: 'json'; value: TemplateJson }
    | { kind: 'form'; fields: [name: string, value: string | Placeholder][] }
}

export interface ForwardRequest {
  merchantId: string
  mode: Mode
  /**
   * One outgoing request. Where the manifest says `once`, the vault sends a step at most one time, ever: a second
   * forward of the same step answers `already_sent`, a fenced one `not_sent`.
   */
  stepId: string
  connector: string
  /** Operation of the connector's manifest, e.g. `authorize`. */
  operation: string
  template: RequestTemplate
  /** The hold whose permit this request consumes; `saveAs` also writes the card, provisional, before sending. */
  card: null | { attemptId: string; saveAs: string | null }
  /** How long to wait for the acquirer's whole answer. */
  timeoutMs: number
  /** Epoch milliseconds; a request still unsent then is never sent. */
  sendBeforeMs: number
}

export type ForwardReply =
  | { outcome: 'answered'; status: number; contentType: string; body: string; acquirerMs: number }
  /** Provably no byte of it left, and none ever will. */
  | {
      outcome: 'not_sent'
      reason: 'fenced' | 'too_late' | 'hold_gone' | 'connect_failed' | 'refused_by_manifest' | 'overloaded'
      detail: string
    }
  /** An earlier forward of this step may have sent it. */
  | { outcome: 'already_sent' }
  /** Bytes left and no usable answer came back. */
  | {
      outcome: 'unknown'
      reason: 'timeout' | 'connection_lost' | 'answer_too_large' | 'answer_garbled'
      acquirerMs: number
    }

// ── Fence, release, saved cards ──────────────────────────────────────────────────────────────────────

/** After the answer, the step can no longer be sent. `attemptId` names the card hold it would consume, if any. */
export interface FenceRequest {
  merchantId: string
  mode: Mode
  stepId: string
  attemptId: string | null
}
export interface FenceReply {
  outcome: 'never_sent' | 'may_have_been_sent'
}

/**
 * Ends holds, up to 500 in a call. `unused`: the attempt never came to be, the token may be claimed by another attempt (inside its
 * 30 minutes); passed over silently when its permit was already consumed. `ended`: the payment is over, number and CVC go.
 */
export interface ReleaseRequest {
  releases: {
    merchantId: string
    mode: Mode
    attemptId: string
    reason: 'unused' | 'ended'
    /** What the issuer said, for the defence against card testing. Left out where it said nothing about the card. */
    verdict?: CardVerdict
  }[]
}
/** `probed`: declined, and in a way that is typical of stolen or invented cards or of charges that only try a card out. */
export type CardVerdict = 'approved' | 'declined' | 'probed'
export interface ReleaseReply {
  outcome: 'released'
}

/**
 * Claims older than `olderThanMs` whose permit is unconsumed, oldest first: the worker releases those whose attempt never came to
 * be. Many of them may wait for a confirmation, so one page does not show all: the next begins with the last one's time.
 */
export interface UnsentClaimsRequest {
  olderThanMs: number
  /** Epoch milliseconds; 0 is from the oldest on. */
  claimedFromMs: number
  limit: number
}
export interface UnsentClaimsReply {
  claims: { merchantId: string; mode: Mode; attemptId: string; claimedAtMs: number }[]
}

export interface SavedCardRequest {
  merchantId: string
  mode: Mode
  cardId: string
}
export interface SavedCardReply {
  outcome: 'active' | 'erased' | 'card_unknown'
}

// ── Alerts of card testing ───────────────────────────────────────────────────────────────────────────

/** What gave a card tester away; `docs/operating/card-testing.md` has the limits of each. */
export const cardTestingSuspicions = ['address', 'network', 'card', 'run', 'range', 'shop'] as const
export type CardTestingSuspicion = (typeof cardTestingSuspicions)[number]
/** What was done at that moment: a proof of work asked for, a token refused, a payment refused. */
export const cardTestingOutcomes = ['challenged', 'refused', 'payment_refused'] as const
export type CardTestingOutcome = (typeof cardTestingOutcomes)[number]

/** The first of ten minutes, per merchant, mode and suspicion. Says nothing of a card or a caller. */
export interface CardTestingAlert {
  alertId: string
  merchantId: string
  mode: Mode
  suspicion: CardTestingSuspicion
  outcome: CardTestingOutcome
  atMs: number
}

/**
 * Answers alerts that were not acknowledged yet, oldest first, at most `alertsPerReply`, for `alertsKeptForMs` at most. They are this
 * vault process's: of several behind one address, an acknowledgement may reach another one than its alert came from, which takes no
 * notice of it. So ids are named in call after call, the latest first where they are too many.
 */
export interface CardTestingAlertsRequest {
  /** Alerts that were written down. */
  acknowledged: string[]
}
export interface CardTestingAlertsReply {
  alerts: CardTestingAlert[]
}

export const alertsPerReply = 100
export const alertsAcknowledgedMax = 1_000
export const alertsKeptForMs = 30 * 60_000

// ── Projection of keys ───────────────────────────────────────────────────────────────────────────────

export type ApiKeyKind = 'publishable' | 'secret'

/** What the vault must know of a key to answer for it. Never the key itself. */
export interface ProjectedKey {
  /** SHA-256 of the key's whole text, hex. */
  hash: string
  kind: ApiKeyKind
  merchantId: string
  merchantActive: boolean
  mode: Mode
  scopes: string[]
  /** Exact origins that may call from a browser; null is any. */
  allowedOrigins: string[] | null
  s2sEnabled: boolean
  /** Epoch ms after which the key is dead; null is never. */
  expiresAtMs: number | null
  /** The connector that the merchant's default flow uses, told in token replies. */
  connectorId: string | null
}

/**
 * The gateway pushes this every second. `keys` is null for a heartbeat; a vault that does not hold `version` answers
 * `send_keys`. Without a push for `projectionStaleAfterMs` the vault refuses every key.
 */
export interface ProjectionPush {
  version: string
  sentAtMs: number
  keys: ProjectedKey[] | null
  /** Where the vault passes payments on to; null of a process that takes none. The vault keeps the last one that it was told. */
  relayUrl: string | null
}
export type ProjectionReply = { outcome: 'held' } | { outcome: 'send_keys' }

export const projectionStaleAfterMs = 5_000
export const tokenLifetimeMs = 30 * 60_000
export const holdLifetimeMs = 60 * 60_000
