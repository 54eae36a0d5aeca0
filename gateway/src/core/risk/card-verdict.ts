import type { CardVerdict } from '@tessera/contracts/vault-protocol'
import { exponentOf } from '../money/currencies.ts'
import type { DeclineCode } from '../payments/failure.ts'
import type { Operation } from '../payments/payment.ts'

/** What issuers answer to numbers that were made up or stolen, and to security codes and dates that were guessed. */
const ofTesters: ReadonlySet<DeclineCode> = new Set([
  'closed_account',
  'expired_card',
  'fraudulent',
  'incorrect_cvc',
  'incorrect_number',
  'lost_card',
  'pickup_card',
  'restricted_card',
  'security_violation',
  'stolen_card',
])
/** The issuer did not speak of the card at all. */
const ofNobody: ReadonlySet<DeclineCode> = new Set([
  'authentication_required',
  'issuer_not_available',
  'processing_error',
  'reenter_transaction',
])
/** Testers charge as little as they can. In minor units of a currency with two decimals, and of one with none. */
const smallAmountMinor = 300

/** What an authorization tells about its card, for the defence against card testing; null where that is nothing. */
export function cardVerdictOf(
  operation: Pick<Operation, 'state' | 'failure' | 'amountMinor' | 'currency'>,
): CardVerdict | null {
  if (operation.state === 'approved') return 'approved'
  const code = operation.failure?.code
  if (operation.state !== 'declined' || code === undefined || ofNobody.has(code)) return null
  const small = exponentOf(operation.currency) === 3 ? smallAmountMinor * 10 : smallAmountMinor
  return ofTesters.has(code) || operation.amountMinor <= small ? 'probed' : 'declined'
}
