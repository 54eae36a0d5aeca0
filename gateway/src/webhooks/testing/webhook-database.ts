import { systemClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { seededRandom } from '@tessera/lib/random'
import type { Pool } from 'pg'
import { createTestDatabase } from '../../../../tools/testing/database.ts'
import type { PaymentEvent } from '../../core/events.ts'
import type { MerchantId } from '../../core/ids.ts'
import { createSealer } from '../../lib/sealing.ts'
import { openDatabase } from '../../store/database.ts'
import { deliveriesOfEvents, eventRecord, eventRow, placesOfEvents } from '../../store/event-rows.ts'
import { columnsOf } from '../../store/payment-rows.ts'

const random = seededRandom(5)
export const sealer = createSealer({ keys: [random.bytes(32)], random })

export async function openWebhookDatabase(name: string) {
  const test = await createTestDatabase({ migrations: new URL('../../../migrations/', import.meta.url), name })
  const database = openDatabase(test.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
  return {
    pool: database.background,
    async close() {
      await database.close()
      await test.drop()
    },
  }
}

export async function addMerchant(pool: Pool, merchantId: MerchantId): Promise<void> {
  await pool.query(
    `insert into merchants (merchant_id, name, status, s2s_enabled, return_signing_secret, created_at, updated_at)
     values ($1, $1, 'active', true, '', 0, 0)`,
    [merchantId],
  )
}

/** Writes events and the deliveries that follow from them, in one statement, as a payment's commit does. */
export async function addEvents(pool: Pool, events: readonly PaymentEvent[]): Promise<void> {
  await pool.query(
    `with e as (
       insert into events (${columnsOf(eventRecord)})
       select ${columnsOf(eventRecord)} from json_to_recordset($1::json) as r(${eventRecord}) returning *
     ), f as (${placesOfEvents}) ${deliveriesOfEvents}`,
    [JSON.stringify(events.map(eventRow))],
  )
}

export async function clearWebhooks(pool: Pool): Promise<void> {
  await pool.query(
    'truncate webhook_endpoints, deliveries, delivery_tries, events, event_feeds, event_places, events_to_place',
  )
}

export interface DeliveryRow {
  event_id: string
  endpoint_id: string
  state: string
  tries: number
  due_at: string | null
  lease_until: string
  last_status: number | null
}

export async function readDeliveries(pool: Pool): Promise<DeliveryRow[]> {
  const result = await pool.query<DeliveryRow>(
    'select event_id, endpoint_id, state, tries, due_at, lease_until, last_status from deliveries order by event_id, endpoint_id',
  )
  return result.rows
}
