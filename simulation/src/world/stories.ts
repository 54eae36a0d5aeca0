import type { Choices } from '../loop/choices.ts'
import type { Scheduler } from '../loop/scheduler.ts'
import type { ApiAnswer, ApiRequest, Balancer } from './balancer.ts'
import type { Card, CardFate, IssuerPlan } from './card.ts'
import type { Issuers } from './issuers.ts'
import type { Points } from './points.ts'
import { payByServer } from './server-payments.ts'
import { authenticate } from './shoppers.ts'
import type { VaultBooks } from './vault-books.ts'

export interface StoryParts {
  name: string
  choices: Choices
  scheduler: Scheduler
  balancer: Balancer
  books: VaultBooks
  issuers: Issuers
  points: Points
  merchantId: string
  wallMs(): number
}

const triesMax = 8

/** One shopper and what the merchant does about the order, from the card to the last refund. */
export async function tellStory(parts: StoryParts): Promise<void> {
  const story = new Story(parts)
  await story.pause(0, 25_000)
  if (story.choices.chance(0.3)) {
    const payment = await story.payByServer()
    if (payment !== null) await story.changeItsMind(payment)
    return
  }
  const customerId = story.choices.chance(0.2) ? `cus-${parts.name}` : null
  const payment = await story.pay({ token: story.newToken() }, customerId)
  if (payment === null) return
  await story.changeItsMind(payment)
  if (customerId !== null) await story.payAgain(payment, customerId)
}

class Story {
  readonly choices: Choices
  readonly #parts: StoryParts
  #serial = 0

  constructor(parts: StoryParts) {
    this.#parts = parts
    this.choices = parts.choices
  }

  pause(leastMs: number, mostMs: number): Promise<void> {
    const { scheduler, name } = this.#parts
    return new Promise((resolve) => {
      scheduler.after(this.choices.between(leastMs, mostMs), `${name} goes on`, resolve)
    })
  }

  newToken(): string {
    const token = `tok_${this.#parts.name.replaceAll('-', '')}${String(++this.#serial).padStart(10, '0')}`
    this.#parts.books.addToken(token, cardOf(this.choices, this.#parts.name))
    return token
  }

  payByServer(): Promise<string | null> {
    const { name, books, points, merchantId, wallMs } = this.#parts
    return payByServer(
      {
        name,
        merchantId,
        choices: this.choices,
        books,
        points,
        wallMs,
        pause: (least, most) => this.pause(least, most),
        insist: (request) => this.#insist(request),
        send: (request) => this.#send(request),
        authenticate: (url) => this.#authenticate(url),
        nextName: (what) => this.#nextName(what),
      },
      cardOf(this.choices, name),
    )
  }

  #authenticate(redirectUrl: string): Promise<void> {
    const { name, balancer, issuers, points } = this.#parts
    const pause = (least: number, most: number) => this.pause(least, most)
    return authenticate({ name, choices: this.choices, balancer, issuers, points, pause }, redirectUrl)
  }

  /** The id of the payment, as far as the merchant could find it out. */
  async pay(
    card: { token: string } | { payment_method_id: string },
    customerId: string | null,
  ): Promise<string | null> {
    const { choices } = this
    const externalId = this.#nextName('order')
    const isSaved = 'payment_method_id' in card
    const body = {
      amount: choices.between(100, 50_000) / 100,
      currency: 'usd',
      capture_method: choices.pick(['automatic', 'manual']),
      external_id: externalId,
      ...card,
      ...(customerId === null ? {} : { customer_id: customerId, save_card: !isSaved }),
      ...(choices.chance(0.35) ? { three_d_secure: 'required', return_url: 'https://shop.test/thanks' } : {}),
    }
    const key = choices.chance(0.8) ? this.#nextName('key') : null
    const request: ApiRequest = { method: 'POST', path: '/v1/payments', body, key }
    const copies = key !== null && choices.chance(0.3) ? choices.between(2, 3) : 1
    const aside: Promise<unknown>[] = []
    if (choices.chance(0.1)) aside.push(this.#misuse(request))
    if (choices.chance(0.2)) aside.push(this.#voidBlindly(externalId))
    const told = await Promise.all(Array.from({ length: copies }, () => this.#insist(request)))
    await Promise.all(aside)
    const id = told.find((answer) => answer?.json?.transaction_id !== undefined)?.json.transaction_id
    const payment = id ?? (await this.#find(externalId))
    const redirectUrl = told.find((answer) => answer?.json?.redirect_url)?.json.redirect_url
    if (typeof redirectUrl !== 'string') return payment
    if (choices.chance(0.1) && payment !== null) {
      this.#parts.points.hit('void while the shopper authenticates')
      void this.#insist({ method: 'POST', path: `/v1/payments/${payment}/void`, body: {}, key: null })
    }
    await this.#authenticate(redirectUrl)
    return payment
  }

  /** A few changes one after another, some of them at once. */
  async changeItsMind(payment: string): Promise<void> {
    const rounds = this.choices.between(0, 4)
    // Some come back when the money was settled, and perhaps disputed.
    if (this.choices.chance(0.25)) await this.pause(10_000, 90_000)
    for (let round = 0; round < rounds; round += 1) {
      await this.pause(0, 6_000)
      const changes = Array.from({ length: this.choices.pick([1, 1, 2, 3]) }, () => this.#anyChange())
      const kinds = new Set(changes.map(({ kind }) => kind))
      if (kinds.has('capture') && kinds.has('void')) this.#parts.points.hit('capture and void at once')
      await Promise.all(
        changes.map(({ kind, body }) =>
          this.#insist({
            method: 'POST',
            path: `/v1/payments/${payment}/${kind}`,
            body,
            key: this.choices.chance(0.75) ? this.#nextName('key') : null,
          }),
        ),
      )
    }
    await this.#send({ method: 'GET', path: `/v1/payments/${payment}` })
  }

  async payAgain(payment: string, customerId: string): Promise<void> {
    await this.pause(1_000, 10_000)
    const seen = await this.#send({ method: 'GET', path: `/v1/payments/${payment}` })
    const saved = seen?.json?.payment_method_id
    if (typeof saved !== 'string') return
    const next = await this.pay({ payment_method_id: saved }, customerId)
    if (next === null) return
    this.#parts.points.hit('saved card charged')
    await this.changeItsMind(next)
  }

  #anyChange(): { kind: 'capture' | 'void' | 'refund'; body: Record<string, unknown> } {
    const kind = this.choices.pick(['capture', 'capture', 'void', 'refund', 'refund'] as const)
    if (kind === 'void') return { kind, body: {} }
    const part = this.choices.chance(0.6) ? { amount: this.choices.between(50, 20_000) / 100 } : {}
    if (kind === 'refund') return { kind, body: part }
    if ('amount' in part) this.#parts.points.hit('partial capture')
    return { kind, body: this.choices.chance(0.5) ? { ...part, final: false } : part }
  }

  /** The same key for another request, or the same card for another key. */
  async #misuse(request: ApiRequest): Promise<void> {
    await this.pause(0, 3_000)
    const other = this.choices.chance(0.5)
      ? { ...request, body: { ...request.body, amount: 5.01 } }
      : { ...request, key: this.#nextName('key') }
    await this.#insist(other)
  }

  async #voidBlindly(externalId: string): Promise<void> {
    await this.pause(5, 12_000)
    const payment = await this.#find(externalId)
    if (payment === null) return
    await this.#insist({ method: 'POST', path: `/v1/payments/${payment}/void`, body: {}, key: null })
  }

  async #find(externalId: string): Promise<string | null> {
    const list = await this.#send({ method: 'GET', path: `/v1/payments?external_id=${externalId}` })
    return list?.json?.data?.[0]?.id ?? null
  }

  /** As a careful client does: with a key it repeats until it knows; without one, hardly ever. */
  async #insist(request: ApiRequest): Promise<ApiAnswer | null> {
    let answer: ApiAnswer | null = null
    for (let tries = 0; tries < triesMax; tries += 1) {
      answer = await this.#send(request)
      const isKnown = answer !== null && answer.status < 500 && answer.status !== 409 && answer.status !== 202
      if (isKnown || (request.key === null && this.choices.chance(0.8))) return answer
      if (answer?.status === 202 && this.choices.chance(0.5)) return answer
      await this.pause(100, 8_000)
    }
    return answer
  }

  #send(request: ApiRequest): Promise<ApiAnswer | null> {
    return this.#parts.balancer.send(this.#parts.name, request)
  }

  #nextName(what: string): string {
    return `${this.#parts.name}-${what}-${++this.#serial}`
  }
}

function issuerPlanOf(choices: Choices): IssuerPlan {
  if (choices.chance(0.4)) return { kind: 'frictionless', says: choices.pick(['Y', 'Y', 'Y', 'A', 'N', 'U', 'R']) }
  return {
    kind: 'challenge',
    shopper: choices.pick(['passes', 'passes', 'passes', 'fails', 'leaves']),
    reports: choices.pick(['once', 'once', 'once', 'twice', 'late', 'never', 'contradicting']),
  }
}

function cardOf(choices: Choices, owner: string): Card {
  const fate: CardFate = {
    approves: choices.chance(0.85),
    declineCode: choices.pick(['05', '51', '54']),
    refund: choices.pick(['done', 'done', 'done', 'pending', 'pending_then_fails', 'fails']),
    wantsAuthentication: choices.chance(0.08),
    issuer: issuerPlanOf(choices),
    dispute: choices.chance(0.2) ? choices.pick(['won', 'lost']) : null,
  }
  const face = {
    bin: '424242',
    last4: '4242',
    brand: 'visa',
    expMonth: 12,
    expYear: 2031,
    cardholderName: null,
  } as const
  return { face, fate, fingerprintId: `fp_${owner.padStart(26, '0')}` }
}
