import type { Random } from '@tessera/lib/random'
import type { MerchantEvent } from '../events.ts'
import type { EndpointId, EventId, MerchantId } from '../ids.ts'
import type { WebhookEndpoint } from './endpoint.ts'

/** One event on its way to one endpoint. */
export interface DueDelivery {
  event: MerchantEvent
  endpoint: WebhookEndpoint
  /** Tries made so far. */
  tries: number
  /** Since when it was due. Due at another time after the try, it was asked for again meanwhile. */
  dueAtMs: number
  leaseUntilMs: number
}

/** What came of one request. */
export interface DeliveryAnswer {
  /** Null when no status line came. */
  status: number | null
  /** Why it is not a success, for the merchant to read. Names no address and quotes nothing of a refused host. */
  error: string | null
  /** The time-out passed, whether or not a status had come. */
  timedOut: boolean
  /** The first kilobyte of what was answered, card numbers and secrets masked. */
  responseStart: string | null
  retryAfterMs: number | null
  startedAtMs: number
  durationMs: number
}

/** The log of one request. */
export interface DeliveryTry {
  merchantId: MerchantId
  eventId: EventId
  endpointId: EndpointId
  /** 1 is the first. */
  try: number
  status: number | null
  error: string | null
  responseStart: string | null
  durationMs: number
  atMs: number
}

/** What one try changes, in one commit: the delivery, its log, the endpoint's health. */
export interface DeliveryResult {
  state: 'waiting' | 'delivered' | 'given_up'
  /** Null with `waiting`: put aside until its endpoint is enabled again. */
  dueAtMs: number | null
  /** As it was claimed: one that was asked for again during the try stays due, whatever came of the try. */
  claimedDueAtMs: number
  log: DeliveryTry
  endpoint: {
    failed: boolean
    /** Takes effect unless a success since this try was claimed has broken the row of failures. */
    disable: { reason: 'gone' | 'failing' | 'exhausted'; failingSinceMs: number | null } | null
  }
}

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Pause before each try after the first: ten tries over about three days. */
const pausesMs = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
]
const retryAfterMaxMs = dayMs
const failingForMs = 5 * dayMs
const gone = 410

export const isSuccess = (answer: DeliveryAnswer): boolean =>
  answer.status !== null && answer.status >= 200 && answer.status <= 299

/** A resent delivery keeps counting: past the tenth try, each resend is one try. */
export function afterTry(due: DueDelivery, answer: DeliveryAnswer, nowMs: number, random: Random): DeliveryResult {
  const tries = due.tries + 1
  const log = logOf(due, answer, tries)
  const claimedDueAtMs = due.dueAtMs
  if (isSuccess(answer)) {
    return { state: 'delivered', dueAtMs: null, claimedDueAtMs, log, endpoint: { failed: false, disable: null } }
  }
  const disable = disabling(due.endpoint, answer, tries, nowMs)
  const pauseMs = pausesMs[tries - 1]
  if (pauseMs === undefined) {
    return { state: 'given_up', dueAtMs: null, claimedDueAtMs, log, endpoint: { failed: true, disable } }
  }
  const dueAtMs = nowMs + Math.max(withJitter(pauseMs, random), askedPauseMs(answer))
  return {
    state: 'waiting',
    dueAtMs: disable === null ? dueAtMs : null,
    claimedDueAtMs,
    log,
    endpoint: { failed: true, disable },
  }
}

function disabling(
  endpoint: WebhookEndpoint,
  answer: DeliveryAnswer,
  tries: number,
  nowMs: number,
): DeliveryResult['endpoint']['disable'] {
  const { failingSinceMs } = endpoint
  if (answer.status === gone) return { reason: 'gone', failingSinceMs: null }
  const isLastTry = tries === pausesMs.length + 1
  if (isLastTry && endpoint.dialect === 'inflow') return { reason: 'exhausted', failingSinceMs: null }
  if (failingSinceMs === null || nowMs - failingSinceMs < failingForMs) return null
  return { reason: 'failing', failingSinceMs }
}

/** RFC 9110 section 10.2.3; only these two statuses ask for patience. */
function askedPauseMs(answer: DeliveryAnswer): number {
  if (answer.status !== 429 && answer.status !== 503) return 0
  return Math.min(answer.retryAfterMs ?? 0, retryAfterMaxMs)
}

/** Ten per cent either way, so that what failed together does not come back together. */
function withJitter(pauseMs: number, random: Random): number {
  return Math.round(pauseMs * (0.9 + 0.2 * random.unit()))
}

function logOf(due: DueDelivery, answer: DeliveryAnswer, tries: number): DeliveryTry {
  return {
    merchantId: due.event.merchantId,
    eventId: due.event.eventId,
    endpointId: due.endpoint.endpointId,
    try: tries,
    status: answer.status,
    error: answer.error,
    responseStart: answer.responseStart,
    durationMs: answer.durationMs,
    atMs: answer.startedAtMs,
  }
}
