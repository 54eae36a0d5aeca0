import type { CompletePaymentBody, CompletePaymentReply } from '@tessera/contracts/checkout'
import { actInDialog } from './action-dialog.ts'
import type { CompletedPayment, CreatedToken } from './public-api.ts'
import { tesseraError } from './tessera-error.ts'

interface Host {
  vaultUrl: string
  gatewayUrl?: string
  publishableKey: string
  locale?: string
}

/** Pays with a token that was just made. */
export async function completePayment(paymentId: string, made: CreatedToken, host: Host): Promise<CompletedPayment> {
  const gatewayUrl = host.gatewayUrl ?? (await (await fetch(`${host.vaultUrl}/v1/sdk.json`)).json()).gateway_url
  const body: CompletePaymentBody = { token: made.token }
  const answer = await fetch(`${gatewayUrl}/checkout/payments/${encodeURIComponent(paymentId)}/card`, {
    method: 'POST',
    headers: { 'x-inflow-public-key': host.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
  })
  const told = await answer.json()
  if (!answer.ok) {
    const message = String(told.message ?? `The payment was refused (${answer.status}).`)
    throw tesseraError({ code: answer.status === 404 ? 'not_found' : 'payment_refused', message })
  }
  const { status, next } = told as CompletePaymentReply
  if (status !== 'requires_action' || next.redirectUrl === null) {
    return { status: status === 'requires_action' ? 'processing' : status }
  }
  return { status: (await actInDialog(next.redirectUrl, host.locale)).status }
}
