import type { Pool } from 'pg'
import type { AlertStore } from '../core/ports/alerts.ts'
import { alertRow, deliveriesOfAlerts, eventRecord, placesOfEvents } from './event-rows.ts'
import { columnsOf } from './payment-rows.ts'

/** An alert has one event, whoever writes it first: its id is part of the key. */
const insertAlerts = `
with e as (
  insert into events (${columnsOf(eventRecord)})
  select ${columnsOf(eventRecord)} from json_to_recordset($1::json) as r(${eventRecord})
  order by merchant_id, payment_id
  on conflict do nothing returning ${columnsOf(eventRecord)}
), d as (${deliveriesOfAlerts}), f as (${placesOfEvents})
select event_id from e`

export function createAlertStore(pool: Pool): AlertStore {
  return {
    async record(events) {
      const result = await pool.query(insertAlerts, [JSON.stringify(events.map(alertRow))])
      return result.rowCount ?? 0
    },
  }
}
