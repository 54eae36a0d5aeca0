import type { Pool } from 'pg'
import { type PaymentLinkId, trustedId } from '../core/ids.ts'
import type { PaymentLink } from '../core/links/payment-link.ts'
import type { PaymentLinkStore } from '../core/ports/payment-link-store.ts'
import type { JsonRow } from './payment-rows.ts'

const insert = `
insert into payment_links (merchant_id, link_id, mode, name, items, currency, pricing_mode, customization, status, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

const select = `
select to_json(l) as link from payment_links l where merchant_id = $1 and link_id = $2 and mode = $3`

const selectPublic = 'select to_json(l) as link from payment_links l where link_id = $1'

/** Link ids sort by the time they were made. */
const selectPage = `
select to_json(l) as link from payment_links l where merchant_id = $1 and mode = $2
order by link_id desc limit $3 offset $4`

const count = 'select count(*) as total from payment_links where merchant_id = $1 and mode = $2'

const update = `
update payment_links l set updated_at = $4, name = coalesce($5, name), items = coalesce($6, items),
  currency = coalesce($7, currency), pricing_mode = coalesce($8, pricing_mode), status = coalesce($9, status),
  customization = case when $10::boolean then $11 else customization end
where merchant_id = $1 and link_id = $2 and mode = $3 returning to_json(l) as link`

interface LinkRow {
  link: JsonRow
}

export function createPaymentLinkStore(pool: Pool): PaymentLinkStore {
  return {
    async insert(link) {
      await pool.query(insert, [
        link.merchantId,
        link.linkId,
        link.mode,
        link.name,
        JSON.stringify(link.items),
        link.currency,
        link.pricingMode,
        jsonOf(link.customization),
        link.status,
        link.createdAtMs,
        link.updatedAtMs,
      ])
    },

    async find(scope, linkId) {
      const { rows } = await pool.query<LinkRow>(select, [scope.merchantId, linkId, scope.mode])
      return rows[0] && linkOf(rows[0].link)
    },

    async findPublic(linkId) {
      const { rows } = await pool.query<LinkRow>(selectPublic, [linkId])
      return rows[0] && linkOf(rows[0].link)
    },

    async listPage(scope, { page, limit }) {
      const owner = [scope.merchantId, scope.mode]
      const [links, counted] = await Promise.all([
        pool.query<LinkRow>(selectPage, [...owner, limit, (page - 1) * limit]),
        pool.query<{ total: string }>(count, owner),
      ])
      return { links: links.rows.map(({ link }) => linkOf(link)), total: Number(counted.rows[0]?.total) }
    },

    async update(scope, linkId, change, nowMs) {
      const { rows } = await pool.query<LinkRow>(update, [
        scope.merchantId,
        linkId,
        scope.mode,
        nowMs,
        change.name ?? null,
        change.items === undefined ? null : JSON.stringify(change.items),
        change.currency ?? null,
        change.pricingMode ?? null,
        change.status ?? null,
        change.customization !== undefined,
        jsonOf(change.customization ?? null),
      ])
      return rows[0] && linkOf(rows[0].link)
    },
  }
}

const jsonOf = (value: object | null): string | null => (value === null ? null : JSON.stringify(value))

function linkOf(row: JsonRow): PaymentLink {
  return {
    merchantId: row.merchant_id,
    linkId: trustedId<PaymentLinkId>(row.link_id),
    mode: row.mode,
    name: row.name,
    items: row.items,
    currency: row.currency,
    pricingMode: row.pricing_mode,
    customization: row.customization,
    status: row.status,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  }
}
