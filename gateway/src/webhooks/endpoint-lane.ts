import type { EndpointId, MerchantId } from '../core/ids.ts'
import type { DueDelivery } from '../core/webhooks/delivery.ts'

const lanePlaces = 4
/** Filled in one round of the loop, and small enough that its leases last until it is sent. */
const laneQueueMax = 256
/** After so many time-outs in a row an endpoint is sent one delivery at a time, until it answers. */
const timeoutsToSuspect = 3

/** What one endpoint has under way in this process. */
export interface Lane {
  readonly merchantId: MerchantId
  readonly endpointId: EndpointId
  readonly queue: DueDelivery[]
  sending: number
  timeoutsInRow: number
  /** Deliveries of it were put off; they are drawn back when it has answered and has room. */
  hasBacklog: boolean
  drawing: boolean
}

export function createLane({ merchantId, endpointId }: Pick<Lane, 'merchantId' | 'endpointId'>): Lane {
  return { merchantId, endpointId, queue: [], sending: 0, timeoutsInRow: 0, hasBacklog: false, drawing: false }
}

export const isSuspect = (lane: Lane): boolean => lane.timeoutsInRow >= timeoutsToSuspect

export const hasFreePlace = (lane: Lane): boolean => lane.sending < (isSuspect(lane) ? 1 : lanePlaces)

/** A suspect keeps no queue: what it cannot be sent at once belongs to its backlog, where no lease runs. */
export const hasRoom = (lane: Lane): boolean =>
  isSuspect(lane) ? lane.sending === 0 && lane.queue.length === 0 : lane.queue.length < laneQueueMax

/** Nothing is worth remembering about it, and nobody is about to change it. */
export const isForgettable = (lane: Lane): boolean =>
  lane.queue.length === 0 && lane.sending === 0 && lane.timeoutsInRow === 0 && !lane.hasBacklog && !lane.drawing
