import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { MerchantDirectory } from '../core/merchants/merchant.ts'
import { afterTry, type DeliveryAnswer, type DeliveryResult, type DueDelivery } from '../core/webhooks/delivery.ts'
import type { DeliveryStore, WebhookSender } from '../core/webhooks/ports.ts'
import { isSuspect, type Lane, Lanes } from './lanes.ts'
import type { DeliveryMetrics } from './metrics.ts'

export interface DeliveryLoopParts {
  store: DeliveryStore
  sender: WebhookSender
  merchants: Pick<MerchantDirectory, 'merchant'>
  clock: Clock
  timers: Timers
  random: Random
  log: Logger
  metrics: DeliveryMetrics
}

export interface DeliveryLoop {
  start(): void
  /** Ends after the requests under way, at most their time-out later; what is queued goes back for others to claim. */
  stop(): Promise<void>
}

const claimLimit = 64
/** After `kill -9` a delivery is sent again this long after it was claimed. */
const leaseMs = 60_000
/** A try must end within its lease, or another worker sends the same delivery meanwhile. */
const leaseNeededMs = 20_000
const pollMs = 200
const faultPauseMaxMs = 5_000
const sweepMs = 60_000
const backlogsPerSweep = 1_000
const drawLimit = 256
/** A dead endpoint's backlog is tried little by little. */
const sweepDrawLimit = 8

export function createDeliveryLoop(parts: DeliveryLoopParts): DeliveryLoop {
  return new Loop(parts)
}

class Loop implements DeliveryLoop {
  readonly #parts: DeliveryLoopParts
  readonly #stopping = new AbortController()
  readonly #lanes = new Lanes()
  readonly #underWay = new Set<Promise<void>>()
  #wake = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(parts: DeliveryLoopParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = Promise.all([this.#claimUntilStopped(), this.#sweepUntilStopped()])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake.abort()
    await this.#running
    await this.#giveBack(this.#lanes.emptyQueues(), 'queue')
    await Promise.all(this.#underWay)
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  async #claimUntilStopped(): Promise<void> {
    let faults = 0
    while (!this.#isStopping) {
      try {
        const claimed = await this.#claim()
        faults = 0
        if (claimed < claimLimit) await this.#pause(pollMs)
      } catch (error) {
        this.#parts.log.error('webhook deliveries cannot be claimed', { error })
        faults++
        await this.#pause(Math.min(faultPauseMaxMs, pollMs * 2 ** faults))
      }
    }
  }

  /** Ends early when there is something new to claim, or nothing more to do. */
  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController()
    if (this.#isStopping) return
    await this.#parts.timers.sleep(ms, this.#wake.signal).catch(() => {})
  }

  async #claim(): Promise<number> {
    const { claimed, due } = await this.#parts.store.claimDue(this.#parts.clock.now(), leaseMs, claimLimit)
    const surplus = due.filter((delivery) => !this.#lanes.enqueue(delivery))
    this.#sendNext()
    await this.#putOff(surplus)
    return claimed
  }

  #sendNext(): void {
    while (!this.#isStopping) {
      const next = this.#lanes.next()
      if (next === undefined) return
      this.#begin(next.lane, next.delivery)
    }
  }

  #begin(lane: Lane, delivery: DueDelivery): void {
    const leaseLasts = delivery.leaseUntilMs - this.#parts.clock.now() >= leaseNeededMs
    const work = leaseLasts ? this.#deliver(lane, delivery) : this.#giveBack([delivery], 'queue')
    const tracked = work
      .catch((error) => {
        this.#parts.log.error('webhook delivery is left to its lease', { ...fieldsOf(delivery), error })
      })
      .finally(() => this.#underWay.delete(tracked))
    this.#underWay.add(tracked)
  }

  /** The lane's place is free again with the answer, the place among all only when the result is on disk. */
  async #deliver(lane: Lane, delivery: DueDelivery): Promise<void> {
    const place = this.#lanes.take(lane)
    try {
      const answer = await this.#send(delivery)
      place.answered()
      if (answer === undefined) return
      lane.timeoutsInRow = answer.timedOut ? lane.timeoutsInRow + 1 : 0
      this.#sendNext()
      await this.#settle(lane, delivery, answer)
    } finally {
      place.done()
      this.#sendNext()
    }
  }

  /** Never throws. Undefined when it was not sent. */
  async #send(delivery: DueDelivery): Promise<DeliveryAnswer | undefined> {
    const { merchants, sender, clock, log } = this.#parts
    const startedAtMs = clock.now()
    try {
      const merchant = merchants.merchant(delivery.event.merchantId)
      if (merchant !== undefined) return await sender.send(delivery.endpoint, delivery.event, merchant)
      log.warn('webhook merchant is not known yet', fieldsOf(delivery))
      return undefined
    } catch (error) {
      // A fault of ours; as a failed try it is bounded by the schedule, and the merchant can see it.
      log.error('webhook could not be made', { ...fieldsOf(delivery), error })
      const fault = 'the webhook could not be made; the operator of this gateway can see why'
      return { ...nothingAnswered, error: fault, startedAtMs }
    }
  }

  async #settle(lane: Lane, delivery: DueDelivery, answer: DeliveryAnswer): Promise<void> {
    const { store, clock, random, metrics } = this.#parts
    const result = afterTry(delivery, answer, clock.now(), random)
    metrics.observe(delivery, result)
    this.#report(delivery, result)
    // When it has just fallen silent, its queue would wait for time-out after time-out.
    if (isSuspect(lane)) await this.#putOff(this.#lanes.emptyQueue(lane))
    await store.record(result)
    await this.#drawBacklog(lane)
  }

  #report(delivery: DueDelivery, result: DeliveryResult): void {
    const { log } = this.#parts
    const fields = { ...fieldsOf(delivery), status: result.log.status, attempt: result.log.try }
    if (result.state === 'given_up') log.warn('webhook given up', fields)
    if (result.endpoint.disable !== null) {
      log.warn('webhook endpoint disabled', { ...fields, reason: result.endpoint.disable.reason })
    }
    log.debug('webhook tried', { ...fields, state: result.state, durationMs: result.log.durationMs })
  }

  async #putOff(deliveries: readonly DueDelivery[]): Promise<void> {
    if (deliveries.length === 0) return
    await this.#giveBack(deliveries, 'backlog')
    for (const lane of new Set(deliveries.map(({ endpoint }) => this.#lanes.laneOf(endpoint)))) {
      lane.hasBacklog = true
      // It may have run empty meanwhile, and then no answer of it will draw.
      await this.#drawBacklog(lane)
    }
  }

  async #drawBacklog(lane: Lane): Promise<void> {
    const { store, clock } = this.#parts
    const wants = () => lane.hasBacklog && lane.queue.length === 0 && !isSuspect(lane) && !this.#isStopping
    if (lane.drawing) return
    lane.drawing = true
    try {
      let drawn = 0
      while (drawn === 0 && wants()) {
        lane.hasBacklog = false
        drawn = await store.drawBacklog(lane, clock.now(), drawLimit)
      }
      if (drawn === drawLimit) lane.hasBacklog = true
      if (drawn > 0) this.#wake.abort()
    } catch (error) {
      lane.hasBacklog = true
      throw error
    } finally {
      lane.drawing = false
      this.#lanes.forget(lane)
    }
  }

  async #giveBack(deliveries: readonly DueDelivery[], to: 'queue' | 'backlog'): Promise<void> {
    if (deliveries.length === 0) return
    await this.#parts.store
      .giveBack(deliveries, to)
      .catch((error) => this.#parts.log.error('webhook deliveries are left to their leases', { error }))
  }

  /** Finds backlogs that no process remembers: of a worker that ended, or of an endpoint that was silent to the last. */
  async #sweepUntilStopped(): Promise<void> {
    const { store, clock, timers, log } = this.#parts
    while (!this.#isStopping) {
      try {
        for (const endpoint of await store.listBacklogs(backlogsPerSweep)) {
          if (this.#isStopping) return
          const drawn = await store.drawBacklog(endpoint, clock.now(), sweepDrawLimit)
          if (drawn === sweepDrawLimit) this.#lanes.laneOf(endpoint).hasBacklog = true
        }
      } catch (error) {
        log.error('webhook backlogs cannot be read', { error })
      }
      await timers.sleep(sweepMs, this.#stopping.signal).catch(() => {})
    }
  }
}

const nothingAnswered = { status: null, timedOut: false, responseStart: null, retryAfterMs: null, durationMs: 0 }

function fieldsOf({ event, endpoint }: DueDelivery) {
  const { merchantId, eventId, mode } = event
  return { merchantId, mode, eventId, endpointId: endpoint.endpointId }
}
