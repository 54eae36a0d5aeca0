import type { DueCardSettlement, WorkStore } from '../ports/payment-store.ts'
import type { ResolveParts } from './resolve-operation.ts'

/** Activates a card that a payment method refers to, erases any other. Both may be repeated. */
export async function settleCard(parts: ResolveParts & { work: WorkStore }, due: DueCardSettlement): Promise<void> {
  const request = { merchantId: due.scope.merchantId, mode: due.scope.mode, cardId: due.cardId }
  try {
    await (due.referred ? parts.vault.activateCard(request) : parts.vault.eraseCard(request))
    await parts.work.finishCardSettlement(due)
  } catch (error) {
    parts.log.warn('card settlement postponed', { error: error as Error, merchantId: due.scope.merchantId })
    const pauseMs = Math.min(1_000 * 2 ** due.tries, 300_000)
    await parts.work.postponeCardSettlement(due, parts.clock.now() + pauseMs)
  }
}
