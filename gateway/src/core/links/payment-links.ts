import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import { type PaymentLinkId, trustedId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import type { PaymentLinkStore } from '../ports/payment-link-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import { priceOrder } from '../tax/price-order.ts'
import type { PaymentLink, PaymentLinkChange } from './payment-link.ts'

export type NewPaymentLink = Pick<
  PaymentLink,
  'name' | 'items' | 'currency' | 'pricingMode' | 'customization' | 'status'
>

/** Payment links as their merchant sees them. Nothing is ever deleted: payments refer to the link that made them. */
export interface PaymentLinks {
  create(caller: Caller, command: NewPaymentLink): Promise<Result<PaymentLink>>
  find(caller: Caller, linkId: PaymentLinkId): Promise<Result<PaymentLink>>
  listPage(caller: Caller, page: { page: number; limit: number }): Promise<{ links: PaymentLink[]; total: number }>
  /** Archiving and its opposite are changes of `status`; either may be asked for twice. */
  update(caller: Caller, linkId: PaymentLinkId, change: PaymentLinkChange): Promise<Result<PaymentLink>>
}

const missing = refuse({ refusal: 'not_found', what: 'payment_link' })
const scopeOf = (caller: Caller) => ({ merchantId: caller.merchant.merchantId, mode: caller.mode })

export function createPaymentLinks(parts: { store: PaymentLinkStore; clock: Clock; ids: Ids }): PaymentLinks {
  const { store, clock, ids } = parts

  /** A link that no shopper could ever pay is refused when it is made. Tax comes on top, so only the prices are known here. */
  function refusalOf({ items, currency, pricingMode }: Pick<PaymentLink, 'items' | 'currency' | 'pricingMode'>) {
    const priced = priceOrder(items, pricingMode, null, { currency, roundPerLine: false })
    return priced.ok ? null : refuse(priced.refusal)
  }

  return {
    async create(caller, command) {
      const refused = refusalOf(command)
      if (refused !== null) return refused
      const nowMs = clock.now()
      const link: PaymentLink = {
        ...scopeOf(caller),
        ...command,
        linkId: trustedId<PaymentLinkId>(`lnk_${ids.timeOrdered()}`),
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      await store.insert(link)
      return accept(link)
    },

    async find(caller, linkId) {
      const link = await store.find(scopeOf(caller), linkId)
      return link === undefined ? missing : accept(link)
    },

    listPage: (caller, page) => store.listPage(scopeOf(caller), page),

    async update(caller, linkId, change) {
      const link = await store.find(scopeOf(caller), linkId)
      if (link === undefined) return missing
      const refused = refusalOf({ ...link, ...change })
      if (refused !== null) return refused
      const updated = await store.update(scopeOf(caller), linkId, change, clock.now())
      return updated === undefined ? missing : accept(updated)
    },
  }
}
