import type { ForwardReply, ForwardRequest } from '@tessera/contracts/vault-protocol'
import { type Vault, VaultUnavailable } from '../../../gateway/src/core/ports/vault.ts'
import type { Choices } from '../loop/choices.ts'
import type { Life } from '../loop/life.ts'
import type { Scheduler } from '../loop/scheduler.ts'
import type { AcquirerWire, WireAnswer } from './acquirer.ts'
import type { Card } from './card.ts'
import type { Points } from './points.ts'
import type { VaultBackup, VaultBooks } from './vault-books.ts'
import type { AcquirerWeather, VaultWeather } from './weather.ts'

export interface VaultParts {
  books: VaultBooks
  wire: AcquirerWire
  scheduler: Scheduler
  choices: Choices
  weather: { vault: VaultWeather; acquirer: AcquirerWeather }
  points: Points
}

const answerWithinMs = 5_000
/** What the gateway's client waits beyond the acquirer's own time-out. */
const forwardGraceMs = 12_000
/** The longest that the acquirer keeps a request before it carries it out; its connector counts on that. */
const carriedOutWithinMs = 10_000

/** The vault's process and its wires on both sides. Its books outlive it. */
export class VaultProcess {
  readonly #parts: VaultParts
  #epoch = 0
  #restores = 0
  #isDown = false
  readonly #waiting = new Set<() => void>()

  constructor(parts: VaultParts) {
    this.#parts = parts
  }

  /** Whatever it was doing is not done any more; what has left has left. */
  crash(): void {
    const { points, scheduler } = this.#parts
    scheduler.log.note('vault crashes')
    points.hit('vault crashed')
    this.#epoch += 1
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const cut of waiting) cut()
  }

  /** Its database goes back to an earlier moment. Connections to it are gone meanwhile, with what was on its way in them. */
  restore(backup: VaultBackup): void {
    const { books, choices, points, scheduler } = this.#parts
    this.crash()
    this.#isDown = true
    this.#restores += 1
    scheduler.after(choices.between(200, 10_000), 'vault is restored', () => {
      points.hit('vault restored')
      books.restore(backup)
      this.#isDown = false
    })
  }

  get #isAway(): boolean {
    return this.#isDown || this.#parts.weather.vault.isAway
  }

  portFor(life: Life): Vault {
    const { books } = this.#parts
    const ask = <T>(name: string, perform: () => T): Promise<T> => this.#ask(life, name, perform)
    return {
      claim: (request) =>
        ask(`claim ${request.attemptId}`, () => {
          if (books.holds.has(request.attemptId)) this.#parts.points.hit('claim repeated')
          return books.claim(request)
        }),
      fence: (request) =>
        ask(`fence ${request.stepId}`, () => {
          const reply = books.fence(request)
          this.#parts.points.hit(reply.outcome === 'never_sent' ? 'fence before send' : 'send before fence')
          return reply
        }),
      unsentClaims: (request) => ask('unsent claims', () => books.unsentClaims(request)),
      activateCard: (request) => ask('activates card', () => books.activateCard(request)),
      eraseCard: (request) => ask('erases card', () => books.eraseCard(request)),
      release: (release) => {
        void ask(`release ${release.attemptId} ${release.reason}`, () => books.release(release)).catch(() => {})
      },
      forward: (request) => this.#forward(life, request),
    }
  }

  #quickMs(): number {
    return 0.3 + 4 * this.#parts.choices.unit() ** 3
  }

  /** One settled answer, whatever else arrives later. */
  #exchange<T>(
    life: Life,
    label: string,
    withinMs: number,
    begin: (answer: (settle: () => T) => void) => void,
  ): Promise<T> {
    if (!life.isAlive) return new Promise(() => {})
    return new Promise<T>((resolve, reject) => {
      let isSettled = false
      const answer = (settle: () => T) => {
        if (isSettled) return this.#parts.points.hit('answer after its time-out')
        isSettled = true
        this.#waiting.delete(cut)
        deadline.cancel()
        try {
          resolve(settle())
        } catch (error) {
          reject(error as Error)
        }
      }
      const lost = () => {
        throw new VaultUnavailable(`the vault did not answer: ${label}`)
      }
      const cut = () => void life.after(this.#quickMs(), `${label} cut`, () => answer(lost))
      const deadline = life.after(withinMs, `${label} timed out`, () => answer(lost))
      this.#waiting.add(cut)
      begin(answer)
    })
  }

  #ask<T>(life: Life, label: string, perform: () => T): Promise<T> {
    const { choices, weather, scheduler, points } = this.#parts
    return this.#exchange<T>(life, label, answerWithinMs, (answer) => {
      const refuse = () =>
        answer(() => {
          throw new VaultUnavailable(`the vault cannot be reached: ${label}`)
        })
      if (this.#isAway) return void life.after(this.#quickMs(), `${label} refused`, refuse)
      if (choices.chance(weather.vault.lostRequestRate)) return
      const outMs = choices.chance(weather.vault.lateRequestRate) ? choices.between(500, 9_000) : this.#quickMs()
      const losesReply = choices.chance(weather.vault.lostReplyRate)
      const backMs = choices.chance(weather.vault.lateReplyRate) ? choices.between(500, 9_000) : this.#quickMs()
      const restores = this.#restores
      scheduler.after(outMs, `${life.name} vault ${label}`, () => {
        if (restores !== this.#restores) return
        const value = perform()
        scheduler.log.note(`  ${JSON.stringify(value)}`)
        if (losesReply) return points.hit('reply of the vault lost')
        life.after(backMs, `vault answered ${label}`, () => answer(() => value))
      })
    })
  }

  /** As the client has it: what is not answered is `lost`, unless it was never taken. */
  async #forward(life: Life, request: ForwardRequest): Promise<ForwardReply | { outcome: 'lost' }> {
    const { choices, weather, scheduler, points, books } = this.#parts
    const label = `forward ${request.operation} ${request.stepId}`
    const withinMs = request.timeoutMs + forwardGraceMs
    const reply = this.#exchange<ForwardReply>(life, label, withinMs, (answer) => {
      const unreached: ForwardReply = { outcome: 'not_sent', reason: 'connect_failed', detail: 'no vault' }
      if (this.#isAway) return void life.after(this.#quickMs(), `${label} refused`, () => answer(() => unreached))
      if (choices.chance(weather.vault.lostRequestRate)) return
      const isLate = choices.chance(weather.vault.lateRequestRate)
      const outMs = isLate ? choices.between(500, choices.pick([12_000, 60_000, 150_000])) : this.#quickMs()
      const losesReply = choices.chance(weather.vault.lostReplyRate)
      const backMs = choices.chance(weather.vault.lateReplyRate) ? choices.between(500, 20_000) : this.#quickMs()
      const handBack = (given: ForwardReply) => {
        scheduler.log.note(`  ${label}: ${describe(given)}`)
        if (losesReply) return points.hit('reply of the vault lost')
        life.after(backMs, `vault answered ${label}`, () => answer(() => given))
      }
      const restores = this.#restores
      scheduler.after(outMs, `vault takes ${label}`, () => {
        if (restores !== this.#restores) return
        const epoch = this.#epoch
        const permission = books.permit(request)
        if (!permission.granted) {
          const { reply } = permission
          if (reply.outcome === 'not_sent' && reply.reason === 'fenced') points.hit('send stopped by a fence')
          return handBack(reply)
        }
        scheduler.after(this.#quickMs(), `vault sends ${label}`, () => {
          if (epoch !== this.#epoch) return
          this.#send(request, permission.card, epoch, handBack)
        })
      })
    })
    return reply.catch(() => ({ outcome: 'lost' }) as const)
  }

  /** From the vault to the acquirer and back. */
  #send(request: ForwardRequest, card: Card | null, epoch: number, handBack: (reply: ForwardReply) => void): void {
    const { choices, weather, scheduler, points, wire } = this.#parts
    const { acquirer } = weather
    let isSettled = false
    const settle = (reply: ForwardReply) => {
      if (isSettled || epoch !== this.#epoch) return
      isSettled = true
      handBack(reply)
    }
    const later = (ms: number, what: string, run: () => void) =>
      scheduler.after(ms, `acquirer ${what} ${request.stepId}`, run)
    if (acquirer.isAway || choices.chance(acquirer.unreachableRate)) {
      const reply: ForwardReply = choices.chance(0.5)
        ? { outcome: 'not_sent', reason: 'connect_failed', detail: 'refused' }
        : { outcome: 'unknown', reason: 'connection_lost', acquirerMs: 1 }
      return void later(this.#quickMs(), 'not reached', () => settle(reply))
    }
    later(request.timeoutMs, 'timed out', () =>
      settle({ outcome: 'unknown', reason: 'timeout', acquirerMs: request.timeoutMs }),
    )
    if (choices.chance(acquirer.lostRequestRate)) return
    const isLate = choices.chance(acquirer.lateRate)
    if (isLate && choices.chance(0.5)) {
      const cutMs = choices.between(5, 500)
      later(cutMs, 'cut', () => settle({ outcome: 'unknown', reason: 'connection_lost', acquirerMs: cutMs }))
    }
    const outMs = isLate ? choices.between(2_000, carriedOutWithinMs - 500) : choices.between(5, 400)
    const carryOut = () => {
      if (isLate) points.hit('acquirer carried out late')
      return wire.carryOut(request.template, card?.fate ?? null)
    }
    later(outMs, 'carries out', () => {
      const answer = carryOut()
      scheduler.log.note(`  ${answer.status} ${answer.body}`)
      if (choices.chance(acquirer.lostReplyRate)) return
      later(choices.between(2, 300), 'answers', () => settle(this.#answerOf(answer, request.operation)))
    })
    if (!choices.chance(acquirer.duplicateRate)) return
    points.hit('request sent twice to the acquirer')
    later(choices.between(5, carriedOutWithinMs - 500), 'carries out again', carryOut)
  }

  #answerOf({ status, body }: WireAnswer, operation: string): ForwardReply {
    const { choices, weather, points } = this.#parts
    const whole = { outcome: 'answered', status, contentType: 'application/json', body, acquirerMs: 5 } as const
    if (!choices.chance(weather.acquirer.badAnswerRate)) return whole
    points.hit('acquirer answered nonsense after it was done')
    const bad = [
      { ...whole, status: 502, body: '{"error":{"code":"bad_gateway"}}' },
      { ...whole, status: 200, body: body.slice(0, body.length >> 1) },
      { ...whole, contentType: 'text/html', body: '<html>maintenance</html>' },
      ...ofAnother(operation, body).map((other) => ({ ...whole, body: other })),
      { ...whole, status: 404, body: '{}' },
      { outcome: 'unknown', reason: 'connection_lost', acquirerMs: 5 } as const,
    ]
    return choices.pick(bad)
  }
}

/** As if another request were answered, which can be told from what it repeats of the request. */
function ofAnother(operation: string, body: string): string[] {
  if (operation === 'reports')
    return [body.replace(/"after":\d+/, '"after":7777'), body.replace(/"account":"/, '"account":"x')]
  return [
    body.replace(/"reference":"[^"]*"/, '"reference":"att_other"'),
    body.replace(/"amount_minor":\d+/, '"amount_minor":1'),
  ]
}

function describe(reply: ForwardReply): string {
  if (reply.outcome === 'answered') return `answered ${reply.status} ${reply.body.slice(0, 160)}`
  return 'reason' in reply ? `${reply.outcome} ${reply.reason}` : reply.outcome
}
