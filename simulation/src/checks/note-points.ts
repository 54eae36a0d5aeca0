import { isLive, type Oracle } from '../world/oracle.ts'
import type { Points } from '../world/points.ts'
import type { Books } from './books.ts'

const givenUp = new Set(['failed', 'canceled', 'expired'])

/** What can be told from the books of a run that is over. */
export function notePoints(books: Books, oracle: Oracle, points: Points): void {
  for (const { payment_id, state, amounts } of books.payments) {
    if (!givenUp.has(state)) continue
    const types = books.events.filter((each) => each.payment_id === payment_id).map(({ type }) => type)
    const wasTold = types.includes('payment.authorized') || types.includes('payment.succeeded')
    if (amounts.authorized > 0 && !wasTold) points.hit('approval after giving up')
    const reversed = books.operations.some((each) => each.payment_id === payment_id && each.kind === 'reversal')
    if (reversed) points.hit('reversal after giving up')
  }
  for (const { operation_id, state } of books.operations) {
    if (state === 'declined' && !oracle.entries.has(operation_id)) points.hit('declined as never processed')
  }
  for (const entry of oracle.entries.values()) {
    if (entry.kind !== 'refund') continue
    if (entry.status === 'failed') points.hit('refund failed')
    const target = oracle.entries.get(entry.authorization)
    if (target?.kind === 'authorization' && isLive(target) && target.fate.refund === 'pending')
      points.hit('refund pending')
  }
  if (books.deliveries.some(({ tries }) => tries > 1)) points.hit('webhook delivered again')
}
