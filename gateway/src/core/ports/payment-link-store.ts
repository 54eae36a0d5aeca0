import type { PaymentLinkId } from '../ids.ts'
import type { PaymentLink, PaymentLinkChange } from '../links/payment-link.ts'
import type { Scope } from './payment-store.ts'

export interface PaymentLinkStore {
  insert(link: PaymentLink): Promise<void>
  find(scope: Scope, linkId: PaymentLinkId): Promise<PaymentLink | undefined>
  /** As shoppers open it. */
  findPublic(linkId: PaymentLinkId): Promise<PaymentLink | undefined>
  /** Newest first; page 1 is the first. */
  listPage(scope: Scope, page: { page: number; limit: number }): Promise<{ links: PaymentLink[]; total: number }>
  update(
    scope: Scope,
    linkId: PaymentLinkId,
    change: PaymentLinkChange,
    nowMs: number,
  ): Promise<PaymentLink | undefined>
}
