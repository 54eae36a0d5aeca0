import { createHmac } from 'node:crypto'
import type { DeliveryAnswer } from '../../../gateway/src/core/webhooks/delivery.ts'
import type { WebhookEndpoint, WebhookRenderers } from '../../../gateway/src/core/webhooks/endpoint.ts'
import type { WebhookProbe, WebhookSender } from '../../../gateway/src/core/webhooks/ports.ts'
import { signatureHeaders } from '../../../gateway/src/webhooks/signing.ts'
import type { Choices } from '../loop/choices.ts'
import type { Life } from '../loop/life.ts'
import type { Scheduler } from '../loop/scheduler.ts'
import type { Points } from './points.ts'
import type { ShopWeather } from './weather.ts'

export interface Received {
  url: string
  eventId: string
  body: string
  isSigned: boolean
  atMs: number
}

export interface ReceiverParts {
  scheduler: Scheduler
  choices: Choices
  weather: ShopWeather
  points: Points
  renderers: WebhookRenderers
  /** What the merchant does about it; returns how long it takes to answer then, ms. */
  onTaken(received: Received): number
}

const timeoutMs = 15_000

/** The merchants' servers: they take what comes, fail now and then, and remember everything. */
export class Receivers {
  readonly received: Received[] = []
  readonly #parts: ReceiverParts

  constructor(parts: ReceiverParts) {
    this.#parts = parts
  }

  senderFor(life: Life): WebhookSender & WebhookProbe {
    const { renderers } = this.#parts
    return {
      probe: async () => null,
      send: (endpoint, event, merchant) => {
        const startedAtMs = life.clock.now()
        const body = renderers[endpoint.dialect]?.(event, merchant, endpoint) ?? ''
        const headers = signatureHeaders(endpoint, event.eventId, Buffer.from(body), startedAtMs)
        return this.#deliver(life, endpoint, { eventId: event.eventId, body, headers, startedAtMs })
      },
    }
  }

  #deliver(
    life: Life,
    endpoint: WebhookEndpoint,
    sent: { eventId: string; body: string; headers: Record<string, string>; startedAtMs: number },
  ): Promise<DeliveryAnswer> {
    const { choices, weather, scheduler } = this.#parts
    const label = `webhook ${sent.eventId} to ${endpoint.url}`
    const isBad = choices.chance(weather.badReceiverRate)
    const how = isBad
      ? choices.pick(['refused', 'not there', 'silent', 'silent after it took it', 'late'] as const)
      : 'fine'
    const answer = (status: number | null, timedOut = false): DeliveryAnswer => ({
      status,
      error: status === 200 ? null : 'no success',
      timedOut,
      responseStart: null,
      retryAfterMs: null,
      startedAtMs: sent.startedAtMs,
      durationMs: 10,
    })
    return new Promise((resolve) => {
      const settle = (delayMs: number, given: DeliveryAnswer) =>
        life.after(delayMs, `${label} answered ${given.status}`, () => resolve(given))
      if (how === 'not there') return void settle(3, answer(null))
      const takesMs = how === 'late' ? choices.between(14_000, 30_000) : choices.between(2, 300)
      scheduler.after(takesMs, `${life.name} ${label} arrives`, () => {
        if (how === 'silent') return
        const answersMs = how === 'refused' ? 5 : this.#take(endpoint, sent)
        if (how === 'fine') settle(answersMs, answer(200))
        if (how === 'refused') settle(5, answer(choices.pick([500, 503, 429, 302])))
      })
      if (how !== 'fine' && how !== 'refused') settle(timeoutMs, answer(null, true))
    })
  }

  #take(
    endpoint: WebhookEndpoint,
    { eventId, body, headers }: { eventId: string; body: string; headers: Record<string, string> },
  ): number {
    const { url, secret } = endpoint
    const earlier = this.received.filter((each) => each.url === url && each.eventId === eventId)
    if (earlier.length > 0) this.#parts.points.hit('webhook delivered twice')
    const isSigned = isSignedWith(secret, headers, body)
    const received = { url, eventId, body, isSigned, atMs: this.#parts.scheduler.nowMs }
    this.received.push(received)
    return this.#parts.onTaken(received)
  }
}

/** Standard Webhooks 1.0.0, as a receiver checks it. */
function isSignedWith(secret: string, headers: Record<string, string>, body: string): boolean {
  const prefix = headers['webhook-id'] === undefined ? 'svix' : 'webhook'
  const content = `${headers[`${prefix}-id`]}.${headers[`${prefix}-timestamp`]}.${body}`
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = `v1,${createHmac('sha256', key).update(content).digest('base64')}`
  return (headers[`${prefix}-signature`] ?? '').split(' ').includes(expected)
}
