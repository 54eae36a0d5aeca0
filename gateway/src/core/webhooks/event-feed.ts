import type { Clock } from '@tessera/lib/clock'
import type { EventType, MerchantEvent } from '../events.ts'
import type { EndpointId, EventId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import type { WebhookStore } from './ports.ts'

const keptForMs = 30 * 24 * 3_600_000

/** A merchant's public events of the last 30 days. */
export interface EventFeed {
  find(caller: Caller, eventId: EventId): Promise<Result<MerchantEvent>>
  /**
   * Oldest first, so that whoever keeps the last id as cursor misses nothing. A cursor that is not the merchant's is
   * `not_found`; an event appears here up to a second after its webhook, and as a cursor it gives an empty page until then.
   */
  list(
    caller: Caller,
    filter: { limit: number; startingAfter: EventId | null; type: EventType | null },
  ): Promise<Result<{ events: MerchantEvent[]; hasMore: boolean }>>
  /** To every enabled endpoint that listens to the event, or to the given one whatever it listens to. */
  resend(caller: Caller, eventId: EventId, endpointId: EndpointId | null): Promise<Result<{ endpoints: number }>>
}

const missingEvent = refuse({ refusal: 'not_found', what: 'event' })
const missingEndpoint = refuse({ refusal: 'not_found', what: 'webhook_endpoint' })
const disabledEndpoint = refuse({
  refusal: 'not_supported',
  why: 'the endpoint is disabled; enable it, then send the event again',
})

export function createEventFeed(parts: { store: WebhookStore; clock: Clock }): EventFeed {
  const { store, clock } = parts
  const scopeOf = (caller: Caller) => ({ merchantId: caller.merchant.merchantId, mode: caller.mode })
  const oldestMs = () => clock.now() - keptForMs

  async function findShown(caller: Caller, eventId: EventId): Promise<MerchantEvent | undefined> {
    const event = await store.findEvent(scopeOf(caller), eventId)
    if (event === undefined || event.publicSequence === null || event.createdAtMs < oldestMs()) return undefined
    return event
  }

  return {
    async find(caller, eventId) {
      const event = await findShown(caller, eventId)
      return event === undefined ? missingEvent : accept(event)
    },

    async list(caller, filter) {
      if (filter.startingAfter !== null && (await findShown(caller, filter.startingAfter)) === undefined) {
        return missingEvent
      }
      return accept(await store.listEvents(scopeOf(caller), { ...filter, createdFromMs: oldestMs() }))
    },

    async resend(caller, eventId, endpointId) {
      const event = await findShown(caller, eventId)
      if (event === undefined) return missingEvent
      if (endpointId !== null) {
        const endpoint = await store.find(scopeOf(caller), endpointId)
        if (endpoint === undefined) return missingEndpoint
        if (endpoint.status === 'disabled') return disabledEndpoint
      }
      return accept({ endpoints: await store.resend(scopeOf(caller), event, endpointId, clock.now()) })
    },
  }
}
