import type { ConnectionOptions } from 'node:tls'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import { scrub } from '@tessera/lib/log-scrubber'
import type { Timers } from '@tessera/lib/timers'
import { Agent } from 'undici'
import { type DeliveryAnswer, isSuccess } from '../core/webhooks/delivery.ts'
import type { UrlRule, WebhookRenderers } from '../core/webhooks/endpoint.ts'
import type { WebhookProbe, WebhookSender } from '../core/webhooks/ports.ts'
import type { AddressGuard } from './address-guard.ts'
import { exchange, type Reply } from './exchange.ts'
import { describeFault } from './faults.ts'
import { createGuardedConnector } from './guarded-connector.ts'
import type { Resolve } from './resolver.ts'
import { signatureHeaders } from './signing.ts'

export interface SenderParts {
  renderers: WebhookRenderers
  urlRule: UrlRule
  guard: AddressGuard
  resolve: Resolve
  clock: Clock
  timers: Timers
  /** For the whole exchange. */
  timeoutMs?: number
  /** Further certificate authorities, for receivers inside. */
  tls?: Pick<ConnectionOptions, 'ca'>
}

export interface Sender extends WebhookSender, WebhookProbe {
  /** Closes the connections that are kept open. */
  close(): Promise<void>
}

const userAgent = 'Tessera-Webhooks/1.0'
const defaultTimeoutMs = 15_000
/** The merchant waits for the answer. */
const probeTimeoutMs = 5_000
const connectTimeoutMs = 5_000
const connectionsPerReceiver = 64
/** A connection ends after so many requests, so that a receiver that has moved is found again. */
const requestsPerConnection = 1_000
const shownLength = 1_024

export function createSender(parts: SenderParts): Sender {
  const { clock, timers, timeoutMs = defaultTimeoutMs } = parts
  // Modes do not share connections: one that test mode may open to this machine must not serve live mode.
  const agents: Record<Mode, Agent> = { test: agentFor('test', parts), live: agentFor('live', parts) }

  return {
    async send(endpoint, event, merchant) {
      const render = parts.renderers[endpoint.dialect]
      const startedAtMs = clock.now()
      // The rules may have become stricter since the endpoint was made.
      const refusal = parts.urlRule(endpoint.url, endpoint.mode)
      if (refusal !== null) return unsent(startedAtMs, `the URL is not allowed: ${refusal}`)
      if (render === undefined) return unsent(startedAtMs, `webhooks of dialect ${endpoint.dialect} are not available`)
      const body = Buffer.from(render(event, merchant, endpoint))
      const url = new URL(endpoint.url)
      const startedMs = clock.monotonicMs()
      const reply = await exchange(
        agents[endpoint.mode],
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': userAgent,
            ...signatureHeaders(endpoint, event.eventId, body, startedAtMs),
          },
          body,
        },
        { timers, timeoutMs },
      )
      return answerOf(reply, startedAtMs, clock.monotonicMs() - startedMs, timeoutMs)
    },

    async probe(address, mode) {
      const url = new URL(address)
      const reply = await exchange(
        agents[mode],
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: 'HEAD',
          headers: { 'user-agent': userAgent },
        },
        { timers, timeoutMs: Math.min(timeoutMs, probeTimeoutMs) },
      )
      const { status } = reply
      // Many receivers know nothing but POST: what matters is that somebody is there.
      const isThere = status !== null && (status < 300 || (status >= 400 && status < 500))
      return isThere ? null : errorOf(reply, Math.min(timeoutMs, probeTimeoutMs))
    },

    async close() {
      await Promise.all([agents.test.destroy(), agents.live.destroy()])
    },
  }
}

function agentFor(mode: Mode, parts: SenderParts): Agent {
  const { guard, resolve, tls } = parts
  return new Agent({
    connect: createGuardedConnector({ mode, guard, resolve, connectTimeoutMs, tls }),
    allowH2: false,
    connections: connectionsPerReceiver,
    maxRequestsPerClient: requestsPerConnection,
    // The one deadline of `exchange` covers these.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

function unsent(startedAtMs: number, error: string): DeliveryAnswer {
  return {
    status: null,
    error,
    timedOut: false,
    responseStart: null,
    retryAfterMs: null,
    startedAtMs,
    durationMs: 0,
  }
}

function answerOf(reply: Reply, startedAtMs: number, durationMs: number, timeoutMs: number): DeliveryAnswer {
  const answer: DeliveryAnswer = {
    status: reply.status,
    error: null,
    timedOut: reply.timedOut,
    responseStart: reply.status === null ? null : shownText(reply.start),
    retryAfterMs: reply.retryAfter === null ? null : retryAfterMs(reply.retryAfter, startedAtMs),
    startedAtMs,
    durationMs: Math.round(durationMs),
  }
  return isSuccess(answer) ? answer : { ...answer, error: errorOf(reply, timeoutMs) }
}

function errorOf(reply: Reply, timeoutMs: number): string {
  const { status } = reply
  if (status !== null && status >= 300 && status <= 399) return `answered ${status}; redirects are not followed`
  if (status !== null) return `answered ${status}`
  if (reply.timedOut) return `no answer within ${timeoutMs / 1000} s`
  return describeFault(reply.fault)
}

/** Fit for a database text and for a page: no control characters, no half characters, card numbers and secrets masked. */
function shownText(start: Buffer): string {
  const text = start.toString('utf8').replace(/[^\P{Cc}\n\t]/gu, ' ')
  return scrub(text).slice(0, shownLength).toWellFormed()
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfterMs(text: string, nowMs: number): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs)
}
