import type { CompletePaymentReply } from '@tessera/contracts/checkout'
import type { Clock } from '@tessera/lib/clock'
import { parseStrictJson } from '@tessera/lib/strict-json'
import { sessionPaths } from '../core/authentication/authentications.ts'
import type { Checkouts } from '../core/checkout/checkouts.ts'
import { isTriedOut } from '../core/checkout/pay.ts'
import { type PaymentId, trustedId } from '../core/ids.ts'
import type { Caller, MerchantDirectory } from '../core/merchants/merchant.ts'
import { isPaidOnOurPage } from '../core/payments/hosted.ts'
import type { PaymentRecord } from '../core/payments/payment.ts'
import { apiKeyHash, readApiKey } from '../http/api-key.ts'
import type { PlainAnswer, PlainRequest, PlainRoute } from '../lib/plain-route.ts'

export interface CompleteParts {
  checkouts: Checkouts
  directory: MerchantDirectory
  clock: Clock
  /** Where shoppers reach this gateway, without a slash at the end. */
  publicUrl: string
}

const path = '/checkout/payments/:id/card'

/** Pages of any origin may call: the public key is all the authority that there is, and the token was made for its merchant. */
const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type, x-inflow-public-key',
  'access-control-expose-headers': 'X-Request-Id',
  'access-control-max-age': '600',
}

/** An inflow payment that was made without a card gets the one that the browser SDK made a token of, and confirms by itself. */
export function createCompleteRoutes(parts: CompleteParts): PlainRoute[] {
  const { checkouts, directory, clock, publicUrl } = parts

  const callerOf = ({ headers }: PlainRequest): Caller | undefined => {
    const reading = readApiKey(String(headers['x-inflow-public-key'] ?? ''))
    return reading.ok ? directory.findCaller(apiKeyHash(reading.key.canonical), clock.now()) : undefined
  }

  const complete = async (request: PlainRequest): Promise<PlainAnswer> => {
    const caller = callerOf(request)
    if (caller === undefined) return refusal(401, 'Unauthorized', 'Unauthorized')
    const token = readToken(request.body)
    if (token === null) return refusal(400, 'Bad Request', ['token must be a token of the browser SDK'])
    const paymentId = readPaymentId(request.params.id)
    const checkout = paymentId && (await checkouts.openOwn(caller, paymentId))
    if (checkout === undefined) return refusal(404, 'Not Found', 'Payment not found')
    if (isPaidOnOurPage(checkout.record.payment)) {
      return refusal(400, 'Bad Request', 'This payment is paid on its own page; send the shopper to its purchaseUrl')
    }
    const paid = await checkouts.pay(checkout, { token, amountMinor: null, savesCard: true })
    if (paid.ok) return answer(200, replyOf(paid.value, publicUrl))
    const { refusal: why } = paid.refusal
    if (why === 'invalid_state') return refusal(400, 'Bad Request', paid.refusal.why)
    if (why === 'card_testing_suspected')
      return refusal(429, 'Too Many Requests', 'Try again later, or with another card')
    return refusal(400, 'Bad Request', ['token is unknown, was used already, or has expired; ask for the card again'])
  }

  return [
    {
      method: 'OPTIONS',
      path,
      answer: async () => ({ status: 204, headers: cors, body: '' }),
      refuse: () => ({ status: 204, headers: cors, body: '' }),
    },
    {
      method: 'POST',
      path,
      answer: complete,
      refuse(why) {
        if (why === 'failed') return refusal(503, 'Service Unavailable', 'Try again in a moment')
        if (why === 'too_large') return refusal(413, 'Payload Too Large', 'The body is too large')
        return refusal(400, 'Bad Request', 'Card data belongs on the card host: make a token of it there')
      },
    },
  ]
}

function replyOf({ payment, operations }: PaymentRecord, publicUrl: string): CompletePaymentReply {
  const reply = (status: CompletePaymentReply['status'], redirectUrl: string | null = null, mayRetry = false) => ({
    status,
    next: { redirectUrl },
    mayRetry,
  })
  switch (payment.state) {
    case 'authorized':
    case 'captured':
      return reply('succeeded')
    case 'requires_action': {
      const sessionId = payment.authentication?.sessionId
      return sessionId ? reply('requires_action', `${publicUrl}${sessionPaths(sessionId).page}`) : reply('processing')
    }
    case 'processing':
    case 'requires_confirmation':
      return reply('processing')
    case 'created':
      return reply('failed', null, !isTriedOut({ operations }))
    case 'failed':
      return reply('failed')
    case 'canceled':
    case 'expired':
      return reply('canceled')
  }
}

function readToken(body: Buffer): string | null {
  const parsed = parseStrictJson(body)
  const token =
    parsed.ok && typeof parsed.value === 'object' ? (parsed.value as { token?: unknown } | null)?.token : null
  return typeof token === 'string' && /^tok_[0-9a-z]{26}$/.test(token) ? token : null
}

function readPaymentId(text = ''): PaymentId | undefined {
  const suffix = /^(?:pay|tx|req)_([0-9a-hjkmnp-tv-z]{26})$/.exec(text)?.[1]
  return suffix === undefined ? undefined : trustedId<PaymentId>(suffix)
}

/** As the inflow dialect words its errors. */
function refusal(statusCode: number, error: string, message: string | string[]): PlainAnswer {
  return answer(statusCode, { statusCode, message, error })
}

function answer(status: number, body: object): PlainAnswer {
  const headers = { ...cors, 'content-type': 'application/json; charset=utf-8' }
  return { status, headers, body: JSON.stringify(body) }
}
