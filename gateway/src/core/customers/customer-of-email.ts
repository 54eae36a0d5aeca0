import { derivedId } from '@tessera/lib/derived-id'
import { type CustomerId, trustedId } from '../ids.ts'
import type { Scope } from '../ports/payment-store.ts'

/**
 * The customer that an e-mail address stands for, where a dialect knows no other name: its id follows from the address, so
 * that nobody has to be recorded first. Addresses that differ in case alone are one customer's.
 */
export function customerOfEmail(owner: Scope, email: string): CustomerId {
  const address = email.trim().toLowerCase()
  return trustedId<CustomerId>(`cus_${derivedId(owner.merchantId, owner.mode, 'email', address)}`)
}
