import { createHmac } from 'node:crypto'
import type { Clock } from '@tessera/lib/clock'
import type { Payment } from '../../core/payments/payment.ts'
import type { ReturnLinks, ReturnSigningSecrets } from '../../core/ports/return-links.ts'

export type ReturnOutcome = 'succeeded' | 'failed'

/** The address is the payment's own, checked when the payment was made; nothing that a browser says is in it. */
export function createReturnLinks(parts: { secrets: ReturnSigningSecrets; clock: Clock }): ReturnLinks {
  return {
    async linkFor(payment, outcome) {
      const address = returnAddress(payment, outcome)
      if (address === null) return null
      const secret = await parts.secrets.secretOf(payment.merchantId)
      return signedReturnUrl({ ...address, outcome, nowMs: parts.clock.now(), secret })
    },
  }
}

interface ReturnAddress {
  url: string
  paymentId: string
  names: typeof v1Names | typeof inflowNames
}

/** The names of the parameters in each dialect's contract. In inflow the outcome is told by which of the two addresses it is. */
const v1Names = { status: 'status', paymentId: 'payment_id' } as const
const inflowNames = { status: null, paymentId: 'paymentId' } as const

/** Only inflow prices an order. A failed payment never leads to the address that stands for success. */
function returnAddress(payment: Payment, outcome: ReturnOutcome): ReturnAddress | null {
  const isInflow = payment.order !== null
  const url = isInflow && outcome === 'failed' ? payment.failureUrl : payment.returnUrl
  if (url === null) return null
  return isInflow
    ? { url, paymentId: `pay_${payment.paymentId}`, names: inflowNames }
    : { url, paymentId: `tx_${payment.paymentId}`, names: v1Names }
}

/** What the address had in its query stays as it was written. `signature`: hex HMAC-SHA256 over `payment id.status.timestamp`. */
export function signedReturnUrl(o: ReturnAddress & { outcome: ReturnOutcome; nowMs: number; secret: string }): string {
  const timestamp = new Date(o.nowMs).toISOString()
  const signature = createHmac('sha256', o.secret).update(`${o.paymentId}.${o.outcome}.${timestamp}`).digest('hex')
  const parameters = new URLSearchParams({
    ...(o.names.status === null ? {} : { [o.names.status]: o.outcome }),
    [o.names.paymentId]: o.paymentId,
    timestamp,
    signature,
  })
  return `${o.url}${joint(o.url)}${parameters}`
}

function joint(url: string): string {
  if (!url.includes('?')) return '?'
  return /[?&]$/.test(url) ? '' : '&'
}
