import { relayVerdictHeader } from '@tessera/contracts/relay-protocol'
import type { Authentications } from '../../../gateway/src/core/authentication/authentications.ts'
import type { HttpServer } from '../../../gateway/src/http/server.ts'
import type { Choices } from '../loop/choices.ts'
import type { Life } from '../loop/life.ts'
import type { Scheduler } from '../loop/scheduler.ts'
import type { Shop } from './merchant.ts'
import type { Points } from './points.ts'
import type { ShopWeather } from './weather.ts'

export interface ApiRequest {
  method: 'GET' | 'POST'
  path: string
  body?: Record<string, unknown>
  key?: string | null
  /** Of one process's own making for this one sending, such as a signature. */
  headers?(body: string): Record<string, string>
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at from outside, as a merchant's code would.
export type Json = any

export interface ApiAnswer {
  status: number
  text: string
  json: Json
  replayed: boolean
  /** What the vault is told about the token that it passed on. */
  tokenVerdict: string | null
}

/** One call as the merchant made it, and what it was told; `null` is no answer. */
export interface Call extends ApiRequest {
  story: string
  sentAtMs: number
  answeredAtMs: number
  answer: ApiAnswer | null
}

/** A gateway that is up. */
export interface Serving {
  life: Life
  server: HttpServer
  /** What the shopper's page does. */
  authentications: Authentications
  underWay: number
}

export interface BalancerParts {
  scheduler: Scheduler
  choices: Choices
  weather: ShopWeather
  points: Points
  shop: Pick<Shop, 'secretKey' | 'inflowKey'>
}

/** Between merchants and gateways: takes any gateway that is up; requests and answers get lost on the way. */
export class Balancer {
  readonly calls: Call[] = []
  readonly serving = new Set<Serving>()
  readonly #parts: BalancerParts

  constructor(parts: BalancerParts) {
    this.#parts = parts
  }

  send(story: string, request: ApiRequest): Promise<ApiAnswer | null> {
    const { scheduler, choices, weather, points } = this.#parts
    const call: Call = { ...request, story, sentAtMs: scheduler.nowMs, answeredAtMs: -1, answer: null }
    const label = `${story} ${request.method} ${request.path}${request.key ? ` key ${request.key}` : ''}`
    const losesReply = choices.chance(weather.lostReplyRate)
    const waitsMs = choices.between(12_000, 45_000)
    const backMs = choices.between(1, 40)
    return new Promise((resolve) => {
      let isSettled = false
      const settle = (delayMs: number, answer: ApiAnswer | null) =>
        scheduler.after(delayMs, `${label} told ${answer?.status ?? 'nothing'}`, () => {
          if (isSettled) return
          isSettled = true
          call.answer = answer
          call.answeredAtMs = scheduler.nowMs
          this.calls.push(call)
          noteAnswer(points, answer)
          resolve(answer)
        })
      settle(waitsMs, null)
      if (choices.chance(weather.lostRequestRate)) return
      scheduler.after(choices.between(1, 40), label, () => {
        const up = [...this.serving]
        if (up.length === 0) {
          settle(1, null)
          return
        }
        const gateway = choices.pick(up)
        gateway.life.whenCrashed(() => settle(choices.between(1, 50), null))
        gateway.underWay += 1
        void this.#inject(gateway, request).then((answer) => {
          gateway.underWay -= 1
          if (!gateway.life.isAlive) return
          scheduler.log.note(`  ${label} answered ${answer.status} ${answer.text}`)
          if (!losesReply) settle(backMs, answer)
        })
      })
    })
  }

  /** What a browser or an issuer asks of any gateway that is up; null where no answer comes. */
  visit<T>(label: string, ask: (serving: Serving) => Promise<T>): Promise<T | null> {
    const { scheduler, choices, weather } = this.#parts
    const losesReply = choices.chance(weather.lostReplyRate)
    const [outMs, backMs] = [choices.between(1, 40), choices.between(1, 40)]
    const waitsMs = choices.between(8_000, 20_000)
    return new Promise((resolve) => {
      const settle = (delayMs: number, what: string, value: T | null) =>
        scheduler.after(delayMs, `${label} ${what}`, () => resolve(value))
      settle(waitsMs, 'gives up', null)
      if (choices.chance(weather.lostRequestRate)) return
      scheduler.after(outMs, label, () => {
        const up = [...this.serving]
        if (up.length === 0) return void settle(1, 'meets nobody', null)
        const serving = choices.pick(up)
        void ask(serving).then(
          (value) => {
            if (serving.life.isAlive && !losesReply) settle(backMs, 'answered', value)
          },
          () => settle(backMs, 'failed', null),
        )
      })
    })
  }

  async #inject({ server }: Serving, { method, path, body, key, headers }: ApiRequest): Promise<ApiAnswer> {
    const { secretKey, inflowKey } = this.#parts.shop
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const response = await server.app.inject({
      method,
      url: path,
      headers: {
        ...(path.startsWith('/api/') ? { 'x-inflow-api-key': inflowKey } : { authorization: `Bearer ${secretKey}` }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json', ...headers?.(payload) }),
        ...(key == null ? {} : { 'idempotency-key': key }),
      },
      ...(payload === undefined ? {} : { payload }),
    })
    const text = response.body
    return {
      status: response.statusCode,
      text,
      json: text === '' ? null : JSON.parse(text),
      replayed: response.headers['idempotent-replayed'] === 'true',
      tokenVerdict: (response.headers[relayVerdictHeader] as string | undefined) ?? null,
    }
  }
}

function noteAnswer(points: Points, answer: ApiAnswer | null): void {
  if (answer?.replayed) points.hit('answer replayed')
  const code = answer?.json?.error?.code
  if (/disputed|dispute was lost/.test(answer?.json?.error?.message ?? '')) points.hit('refund refused for a dispute')
  if (code === 'idempotency_key_in_use') points.hit('key in use')
  if (code === 'idempotency_key_mismatch') points.hit('key of another request refused')
}
