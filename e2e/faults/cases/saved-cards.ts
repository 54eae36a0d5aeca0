import { randomUUID } from 'node:crypto'
import type { Answer } from '../../harness/api.ts'
import { freshNumber } from '../../harness/cards.ts'
import { until } from '../../harness/until.ts'
import type { Scene } from './case.ts'

/** A card of a customer of its own; its payment method. */
export function saveCard({ api }: Scene): Promise<string> {
  return until(
    async () => {
      const body = { save_card: true, customer_id: `cus-${randomUUID()}` }
      const paid = await api.pay(body, { number: freshNumber() }).catch(() => null)
      if (!paid?.json?.transaction_id) return null
      const read = await api.get(`/v1/payments/${paid.json.transaction_id}`).catch(() => null)
      return read?.json?.payment_method_id as string | null
    },
    { withinMs: 60_000, everyMs: 200, what: 'a card to be saved' },
  )
}

export function payWith({ api }: Scene, paymentMethodId: string): Promise<Answer> {
  const body = { amount: 3.19, currency: 'USD', payment_method_id: paymentMethodId, initiator: 'merchant' }
  return until(
    async () => {
      const answer = await api.post('/v1/payments', body).catch(() => null)
      return answer !== null && answer.status < 500 && answer.status !== 429 ? answer : null
    },
    { withinMs: 60_000, everyMs: 200, what: 'an answer to a payment with a saved card' },
  )
}
