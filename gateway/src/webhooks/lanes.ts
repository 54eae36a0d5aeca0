import type { EndpointId, MerchantId } from '../core/ids.ts'
import type { DueDelivery } from '../core/webhooks/delivery.ts'

const sendingMax = 32
/** Suspects share these places, so that however many endpoints are dead, the others keep the rest. */
const suspectsSendingMax = 8
const lanePlaces = 4
/** Filled in one round of the loop, and small enough that its leases last until it is sent. */
const laneQueueMax = 256
/** After so many time-outs in a row an endpoint is sent one delivery at a time, until it answers. */
const timeoutsToSuspect = 3

type EndpointKey = { merchantId: MerchantId; endpointId: EndpointId }

/** What one endpoint has under way in this process. */
export interface Lane extends Readonly<EndpointKey> {
  readonly queue: DueDelivery[]
  sending: number
  timeoutsInRow: number
  /** Deliveries of it were put off; they are drawn back when it has answered and has room. */
  hasBacklog: boolean
  drawing: boolean
}

/** A delivery's right to be sent: `answered` frees its place in the lane, `done` its place among all. */
export interface Place {
  answered(): void
  done(): void
}

export const isSuspect = (lane: Lane): boolean => lane.timeoutsInRow >= timeoutsToSuspect

/** Shares the places for sending among endpoints, in turn. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that have something queued; the first is next. */
  readonly #turns = new Set<Lane>()
  #sending = 0
  #suspectsSending = 0

  laneOf({ merchantId, endpointId }: EndpointKey): Lane {
    const known = this.#lanes.get(endpointId)
    if (known !== undefined) return known
    const fresh = { queue: [], sending: 0, timeoutsInRow: 0, hasBacklog: false, drawing: false }
    const lane: Lane = { merchantId, endpointId, ...fresh }
    this.#lanes.set(endpointId, lane)
    return lane
  }

  /** False when its endpoint has enough under way. */
  enqueue(delivery: DueDelivery): boolean {
    const lane = this.laneOf(delivery.endpoint)
    if (!hasRoom(lane)) return false
    lane.queue.push(delivery)
    this.#turns.add(lane)
    return true
  }

  /** The next delivery that may be sent now, off its queue; undefined when there is none. */
  next(): { lane: Lane; delivery: DueDelivery } | undefined {
    if (this.#sending >= sendingMax) return undefined
    for (const lane of this.#turns) {
      if (!this.#mayBegin(lane)) continue
      this.#turns.delete(lane)
      const delivery = lane.queue.shift()
      if (lane.queue.length > 0) this.#turns.add(lane)
      if (delivery !== undefined) return { lane, delivery }
    }
    return undefined
  }

  take(lane: Lane): Place {
    const suspect = isSuspect(lane)
    let isAnswered = false
    this.#sending++
    lane.sending++
    if (suspect) this.#suspectsSending++
    const answered = () => {
      if (isAnswered) return
      isAnswered = true
      lane.sending--
      if (suspect) this.#suspectsSending--
    }
    const done = () => {
      answered()
      this.#sending--
      this.forget(lane)
    }
    return { answered, done }
  }

  emptyQueue(lane: Lane): DueDelivery[] {
    this.#turns.delete(lane)
    return lane.queue.splice(0)
  }

  emptyQueues(): DueDelivery[] {
    return [...this.#turns].flatMap((lane) => this.emptyQueue(lane))
  }

  /** Lets go of a lane that has nothing worth remembering and that nobody is about to change. */
  forget(lane: Lane): void {
    const isIdle = lane.queue.length === 0 && lane.sending === 0 && !lane.drawing
    if (isIdle && lane.timeoutsInRow === 0 && !lane.hasBacklog) this.#lanes.delete(lane.endpointId)
  }

  #mayBegin(lane: Lane): boolean {
    if (!isSuspect(lane)) return lane.sending < lanePlaces
    return lane.sending === 0 && this.#suspectsSending < suspectsSendingMax
  }
}

/** A suspect keeps no queue: what it cannot be sent at once belongs to its backlog, where no lease runs. */
function hasRoom(lane: Lane): boolean {
  return isSuspect(lane) ? lane.sending === 0 && lane.queue.length === 0 : lane.queue.length < laneQueueMax
}
