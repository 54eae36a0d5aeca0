import type { Choices } from '../loop/choices.ts'
import type { Scheduler } from '../loop/scheduler.ts'
import type { Balancer } from './balancer.ts'
import type { Points } from './points.ts'
import type { Received } from './receivers.ts'

/** An event that was promised to come once more, and the moment after which it must have come. */
export interface Promised {
  eventId: string
  url: string
  askedAtMs: number
}

const promptMs = 5

/** In some runs the shop loses what it was told, and asks for it again: often before it has answered the first delivery. */
export class ForgetfulShop {
  readonly promised: Promised[] = []
  underWay = 0
  readonly #parts: { choices: Choices; scheduler: Scheduler; balancer: Balancer; points: Points }
  readonly #forgets: boolean
  readonly #seen = new Set<string>()

  constructor(parts: { choices: Choices; scheduler: Scheduler; balancer: Balancer; points: Points }) {
    this.#parts = parts
    this.#forgets = parts.choices.chance(0.15)
  }

  /** Returns how long the shop takes to answer, ms. */
  took({ eventId, url }: Pick<Received, 'eventId' | 'url'>): number {
    const { choices, scheduler } = this.#parts
    if (!this.#forgets || !url.startsWith('https://v1.') || this.#seen.has(eventId)) return promptMs
    this.#seen.add(eventId)
    if (!choices.chance(0.4)) return promptMs
    this.underWay += 1
    scheduler.after(choices.between(0, 200), `shop forgets ${eventId}`, () => void this.#ask(eventId, url))
    return choices.between(promptMs, 2_000)
  }

  async #ask(eventId: string, url: string): Promise<void> {
    const { scheduler, balancer, points } = this.#parts
    const askedAtMs = scheduler.nowMs
    const answer = await balancer.send('shop', { method: 'POST', path: `/v1/events/${eventId}/resend`, body: {} })
    this.underWay -= 1
    if (answer?.status !== 202) return
    this.promised.push({ eventId, url, askedAtMs })
    points.hit('webhook asked for again')
  }
}
