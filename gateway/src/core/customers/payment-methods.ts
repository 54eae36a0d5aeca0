import type { Clock } from '@tessera/lib/clock'
import type { CustomerId, PaymentMethodId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import type { PaymentStore } from '../ports/payment-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import type { PaymentMethod } from './payment-method.ts'

/** Saved cards as their merchant sees them. */
export interface PaymentMethods {
  list(caller: Caller, customerId: CustomerId): Promise<PaymentMethod[]>
  block(caller: Caller, id: PaymentMethodId, reason: string): Promise<Result<PaymentMethod>>
  unblock(caller: Caller, id: PaymentMethodId): Promise<Result<PaymentMethod>>
  /** The card and its key are erased in the vault; the job for it is recorded in the same commit. */
  delete(caller: Caller, id: PaymentMethodId): Promise<Result<PaymentMethod>>
}

const missing = refuse({ refusal: 'not_found', what: 'payment_method' })

export function createPaymentMethods(parts: { store: PaymentStore; clock: Clock }): PaymentMethods {
  const { store, clock } = parts
  const scopeOf = (caller: Caller) => ({ merchantId: caller.merchant.merchantId, mode: caller.mode })
  const found = (method: PaymentMethod | undefined) => (method === undefined ? missing : accept(method))
  return {
    list: (caller, customerId) => store.listPaymentMethods(scopeOf(caller), customerId),
    block: async (caller, id, reason) =>
      found(
        await store.setPaymentMethodStatus(scopeOf(caller), id, {
          status: 'blocked',
          blockedReason: reason,
          nowMs: clock.now(),
        }),
      ),
    unblock: async (caller, id) =>
      found(
        await store.setPaymentMethodStatus(scopeOf(caller), id, {
          status: 'active',
          blockedReason: null,
          nowMs: clock.now(),
        }),
      ),
    delete: async (caller, id) => found(await store.deletePaymentMethod(scopeOf(caller), id, clock.now())),
  }
}
