import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Mode } from './vault-protocol.ts'

/**
 * What passes between the checkout page, the card host and the gateway through the shopper's browser. Nothing of it is believed
 * without the signature under the key that gateway and vault share; each kind of text is signed for its own purpose.
 */

/** Where the card form posts to, on the card host: `ticket`, `number`, `expiry`, `cvc`, `cardholder_name`, `save_card`. */
export const checkoutCardPath = '/v1/checkout/card'

/** Lets its holder make a token for one payment, whose page showed this amount. Also proves that a form is of our own page. */
export interface CheckoutTicket {
  merchantId: string
  mode: Mode
  /** The bare suffix. */
  paymentId: string
  amountMinor: number
  expiresAtMs: number
}

/** What the card host made of a form: good for the payment of its ticket alone. */
export interface CheckoutAnswer {
  paymentId: string
  token: string
  amountMinor: number
  savesCard: boolean
}

/** What was wrong with a form, told by the address that the card host sends the browser back to. */
export const checkoutFaults = ['number', 'expiry', 'cvc', 'name', 'stale', 'busy'] as const
export type CheckoutFault = (typeof checkoutFaults)[number]

/** Paths of the payment's page on the gateway. */
export const checkoutPaths = {
  page: (paymentId: string) => `/pay/req_${paymentId}`,
  details: (paymentId: string) => `/pay/req_${paymentId}/details`,
  answer: (paymentId: string, answer: string) => `/pay/req_${paymentId}/card/${answer}`,
  faults: (paymentId: string, faults: readonly CheckoutFault[]) => `/pay/req_${paymentId}/again/${faults.join('.')}`,
  /** Where a form goes whose ticket is none: no such payment. */
  nowhere: '/pay/unknown',
} as const

/** `POST {gateway}/checkout/payments/{pay_…}/card` with `X-Inflow-Public-Key`: an inflow payment that waits for the SDK's card. */
export interface CompletePaymentBody {
  token: string
}

/** `failed`: this card was declined; where `mayRetry` is true, another may be tried on the same payment. */
export interface CompletePaymentReply {
  status: 'succeeded' | 'requires_action' | 'processing' | 'failed' | 'canceled'
  /** Where the shopper authenticates; null unless `requires_action`. */
  next: { redirectUrl: string | null }
  mayRetry: boolean
}

export function signTicket(key: KeyObject, { merchantId, mode, paymentId, amountMinor, expiresAtMs }: CheckoutTicket) {
  return signText(key, 'ticket', [merchantId, mode, paymentId, amountMinor, expiresAtMs])
}

/** Null for a text that we did not sign. Whether it has expired is for the caller to see. */
export function readTicket(key: KeyObject, text: string): CheckoutTicket | null {
  const parts = readText(key, 'ticket', text)
  if (parts === null) return null
  const [merchantId, mode, paymentId, amountMinor, expiresAtMs] = parts as [string, Mode, string, number, number]
  return { merchantId, mode, paymentId, amountMinor, expiresAtMs }
}

export function signAnswer(key: KeyObject, { paymentId, token, amountMinor, savesCard }: CheckoutAnswer): string {
  return signText(key, 'answer', [paymentId, token, amountMinor, savesCard])
}

export function readAnswer(key: KeyObject, text: string): CheckoutAnswer | null {
  const parts = readText(key, 'answer', text)
  if (parts === null) return null
  const [paymentId, token, amountMinor, savesCard] = parts as [string, string, number, boolean]
  return { paymentId, token, amountMinor, savesCard }
}

type Purpose = 'ticket' | 'answer' | 'link form'
type Part = string | number | boolean

/** `base64url(JSON).base64url(HMAC-SHA256)`: fits a form field and a path. */
export function signText(key: KeyObject, purpose: Purpose, parts: readonly Part[]): string {
  const payload = Buffer.from(JSON.stringify(parts)).toString('base64url')
  return `${payload}.${macOf(key, purpose, payload).toString('base64url')}`
}

export function readText(key: KeyObject, purpose: Purpose, text: string): Part[] | null {
  const match = /^([A-Za-z0-9_-]{1,900})\.([A-Za-z0-9_-]{43})$/.exec(text)
  if (match === null) return null
  const [, payload = '', given = ''] = match
  if (!timingSafeEqual(macOf(key, purpose, payload), Buffer.from(given, 'base64url'))) return null
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Part[]
}

function macOf(key: KeyObject, purpose: Purpose, payload: string): Buffer {
  return createHmac('sha256', key).update(`tessera checkout ${purpose}\n${payload}`).digest()
}
