import type { KeyObject } from 'node:crypto'
import { checkoutCardPath, signTicket } from '@tessera/contracts/checkout'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Checkout, Checkouts } from '../core/checkout/checkouts.ts'
import type { MerchantId } from '../core/ids.ts'
import { isGivenUp } from '../core/payments/states.ts'
import type { PlainAnswer, PlainRefusal, PlainRequest, PlainRoute } from '../lib/plain-route.ts'
import type { Summary } from './pages/order-summary.ts'
import { contextOf, noticePage, type PageContext } from './pages/page.ts'
import { type Locale, localeFor } from './pages/texts.ts'

export interface CheckoutParts {
  checkouts: Checkouts
  clock: Clock
  /** Shared with the card host: signs what passes through the shopper's browser. */
  secret: KeyObject
  /** Where browsers reach the card host, without a slash at the end. */
  vaultPublicUrl: string
  /** With which the card host's frames make tokens on our pages; null where the merchant has none. */
  publishableKeyOf(merchantId: MerchantId, mode: Mode): string | null
}

/** A page may lie open for a while; a token that it makes lives for 30 minutes more. */
const ticketLifetimeMs = 60 * 60_000

export function ticketFor({ secret, clock }: CheckoutParts, { record: { payment } }: Checkout): string {
  const { merchantId, mode, paymentId, amountMinor } = payment
  return signTicket(secret, { merchantId, mode, paymentId, amountMinor, expiresAtMs: clock.now() + ticketLifetimeMs })
}

export function cardUrlOf({ vaultPublicUrl }: CheckoutParts): string {
  return `${vaultPublicUrl}${checkoutCardPath}`
}

export function pageContextOf(locale: Locale, { record: { payment }, merchant }: Checkout): PageContext {
  return contextOf(locale, merchant, { mode: payment.mode, customization: payment.checkout?.customization ?? null })
}

export function summaryOf({ record: { payment } }: Checkout): Summary {
  const { order, currency, amountMinor, productName, amounts } = payment
  const named = productName === null ? [] : [{ name: productName, unitPriceMinor: amountMinor, quantity: 1 }]
  return {
    currency,
    totalMinor: amountMinor,
    items: order?.items ?? named,
    order,
    refundedMinor: isGivenUp(payment.state) ? 0 : amounts.refundedMinor,
  }
}

export const localeOf = ({ headers }: Pick<PlainRequest, 'headers'>): Locale => localeFor(headers['accept-language'])

/** 303: the browser fetches the page anew, so that a reload never sends a form again. */
export function onwardTo(path: string): PlainAnswer {
  return { status: 303, headers: { location: path }, body: '' }
}

export function readForm(body: Buffer): URLSearchParams {
  return new URLSearchParams(body.toString('utf8'))
}

/** Only our own pages post here. Browsers that say nothing about it are held to the form's token alone. */
export function isFromElsewhere({ headers }: PlainRequest): boolean {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** What every page says where a request gets no further. */
export function refuse(why: PlainRefusal, request: Omit<PlainRequest, 'body'>): PlainAnswer {
  const locale = localeOf(request)
  if (why === 'failed') return noticePage(locale, { kind: 'failure', status: 503 })
  return noticePage(locale, { kind: 'refused', status: why === 'too_large' ? 413 : 400 })
}

export function pageRoute(
  method: 'GET' | 'POST',
  path: string,
  answer: (request: PlainRequest) => Promise<PlainAnswer>,
): PlainRoute {
  return { method, path, answer, refuse }
}
