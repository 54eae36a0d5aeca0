import type { Caller } from '../merchants/merchant.ts'
import { type Result, refuse } from '../refusals.ts'
import type { CommandDecision } from './commands.ts'
import { decideUpdate } from './commands-before-sending.ts'
import type { PaymentRecord } from './payment.ts'
import type { PaymentChange } from './payments.ts'
import { decisionContext, type EngineParts } from './settlement.ts'
import { verdictOf } from './states.ts'
import { changedTerms, type TermsParts } from './terms.ts'

/** Prices the changed order on the payment as it stands, and decides. */
export async function changePayment(
  parts: EngineParts & TermsParts,
  caller: Caller,
  record: PaymentRecord,
  { order: change, metadata, name }: PaymentChange,
): Promise<Result<CommandDecision>> {
  const { order, currency, state } = record.payment
  const rest = { ...(metadata === undefined ? {} : { metadata }), ...(name === undefined ? {} : { name }) }
  // Where the state allows no change, that is the answer, whatever the change would come to.
  if (change === undefined || verdictOf(state, 'update') === 'no') {
    return decideUpdate(record, { terms: null, ...rest }, decisionContext(parts))
  }
  if (order === null) return refuse({ refusal: 'not_supported', why: 'this payment was made without an order' })
  const terms = await changedTerms(parts, caller, { currency, order }, change)
  if (!terms.ok) return terms
  return decideUpdate(record, { terms: terms.value, ...rest }, decisionContext(parts))
}
