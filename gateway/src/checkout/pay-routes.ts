import { type CheckoutFault, checkoutFaults, checkoutPaths, readAnswer, readTicket } from '@tessera/contracts/checkout'
import { sessionPaths } from '../core/authentication/authentications.ts'
import type { Checkout } from '../core/checkout/checkouts.ts'
import { type CardOfShopper, isTriedOut } from '../core/checkout/pay.ts'
import { type PaymentId, trustedId } from '../core/ids.ts'
import type { Failure } from '../core/payments/failure.ts'
import type { Payment } from '../core/payments/payment.ts'
import type { PlainAnswer, PlainRequest, PlainRoute } from '../lib/plain-route.ts'
import * as parts from './page-parts.ts'
import { cardPage } from './pages/card-page.ts'
import { countryName, type DetailsFaults, type DetailsValues, detailsPage } from './pages/details-page.ts'
import { type NoticeKind, noticePage } from './pages/page.ts'
import { receiptPage, waitingPage } from './pages/receipt-page.ts'
import type { TextKey } from './pages/texts.ts'
import { detailsOf, faultsOfRefusal, noDetails, readDetails } from './read-details.ts'

/** One request to the pages of a payment that there is. */
interface Visit {
  request: PlainRequest
  checkout: Checkout
  payment: Payment
  pagePath: string
}

type Handler = (visit: Visit) => Promise<PlainAnswer>

/** What the page shows besides what is to be done now. */
interface Remarks {
  faults?: readonly CheckoutFault[]
  notice?: TextKey
}

/**
 * The page at `payment_url` and `purchaseUrl`. There is no cookie and no other memory in the browser: whoever has the address is
 * the shopper, and every request is answered with what is to be done now. So reloading, going back, sending twice and a
 * second tab do no harm; and the card's own form posts to the card host.
 */
export function createPayRoutes(given: parts.CheckoutParts): PlainRoute[] {
  const { checkouts, secret, clock } = given

  const show = async (visit: Visit, remarks: Remarks = {}): Promise<PlainAnswer> => {
    const { payment, checkout } = visit
    switch (payment.state) {
      case 'created':
        return isTriedOut(checkout.record) ? notice(visit, 'triedOut') : ask(visit, remarks)
      case 'requires_action':
        return onwardToSession(payment) ?? waitingPage(contextOf(visit), visit.pagePath)
      case 'requires_confirmation':
      case 'processing':
        return waitingPage(contextOf(visit), visit.pagePath)
      case 'authorized':
      case 'captured':
        return receipt(visit, { goesOn: true, alreadyPaid: false })
      case 'failed':
      case 'canceled':
      case 'expired':
        return notice(visit, payment.state)
    }
  }

  const contextOf = ({ request, checkout }: Visit) => parts.pageContextOf(parts.localeOf(request), checkout)

  const notice = async (visit: Visit, kind: NoticeKind): Promise<PlainAnswer> => {
    const shop = (await checkouts.returnLink(visit.checkout, 'failed')) ?? visit.payment.checkout?.cancelUrl ?? null
    return noticePage(contextOf(visit), { kind, shop })
  }

  const receipt = async (visit: Visit, how: { goesOn: boolean; alreadyPaid: boolean }): Promise<PlainAnswer> =>
    receiptPage(contextOf(visit), {
      payment: visit.payment,
      summary: parts.summaryOf(visit.checkout),
      shopUrl: await checkouts.returnLink(visit.checkout, 'succeeded'),
      receiptUrl: `${visit.pagePath}/receipt`,
      ...how,
    })

  const ask = (visit: Visit, { faults = [], notice: remark }: Remarks): PlainAnswer => {
    const { payment, checkout } = visit
    if (needsDetails(payment)) return askDetails(visit, valuesOf(payment), {})
    const buyer = payment.order?.buyer ?? null
    const context = contextOf(visit)
    return cardPage(context, {
      summary: parts.summaryOf(checkout),
      ticket: parts.ticketFor(given, checkout),
      cardUrl: parts.cardUrlOf(given),
      publishableKey: given.publishableKeyOf(payment.merchantId, payment.mode),
      tokenUrl: `${visit.pagePath}/token`,
      faults,
      notice: remark ?? (faults.length > 0 ? null : declineText(payment.failure)),
      buyer:
        buyer && isOwnBuyer(payment)
          ? {
              text: [payment.email, countryName(context, buyer.country)].filter((each) => each !== null).join(', '),
              changeUrl: checkoutPaths.details(payment.paymentId),
            }
          : null,
      asksToSave: payment.saveCard,
      cardholder: payment.name ?? '',
      cancelUrl: payment.checkout?.cancelUrl ?? null,
    })
  }

  const askDetails = (visit: Visit, values: DetailsValues, faults: DetailsFaults): PlainAnswer =>
    detailsPage(contextOf(visit), {
      summary: parts.summaryOf(visit.checkout),
      values,
      faults,
      action: checkoutPaths.details(visit.payment.paymentId),
      formToken: parts.ticketFor(given, visit.checkout),
      asksEmail: asksEmail(visit.payment),
      cancelUrl: visit.payment.checkout?.cancelUrl ?? null,
    })

  const showDetails: Handler = async (visit) => {
    const { payment } = visit
    const mayChange = payment.state === 'created' && isOwnBuyer(payment)
    return mayChange ? askDetails(visit, valuesOf(payment), {}) : parts.onwardTo(visit.pagePath)
  }

  const takeDetails: Handler = async (visit) => {
    const { request, payment, checkout } = visit
    const form = parts.readForm(request.body)
    const token = readTicket(secret, form.get('form_token') ?? '')
    if (parts.isFromElsewhere(request) || token?.paymentId !== payment.paymentId) return refused(visit)
    if (token.expiresAtMs <= clock.now() || !isOwnBuyer(payment)) return parts.onwardTo(visit.pagePath)
    const { values, faults } = readDetails(form, asksEmail(payment))
    if (Object.keys(faults).length > 0) return askDetails(visit, values, faults)
    const changed = await checkouts.setBuyer(checkout, detailsOf(values))
    const found = changed.ok ? null : faultsOfRefusal(changed.refusal)
    return found === null ? parts.onwardTo(visit.pagePath) : askDetails(visit, values, found)
  }

  /** The card host sends the browser here with a token: signed, and good for this payment alone. */
  const takeCard: Handler = async (visit) => {
    const answer = readAnswer(secret, visit.request.params.answer ?? '')
    return answer?.paymentId === visit.payment.paymentId ? payWith(visit, answer) : refused(visit)
  }

  /** The same where the page's script made the token, in a frame of the card host. */
  const takeToken: Handler = async (visit) => {
    const { request, payment } = visit
    const form = parts.readForm(request.body)
    const ticket = readTicket(secret, form.get('form_token') ?? '')
    const token = form.get('token') ?? ''
    const isOurs = ticket?.paymentId === payment.paymentId && !parts.isFromElsewhere(request)
    if (!isOurs || !/^tok_[0-9a-z]{26}$/.test(token)) return refused(visit)
    if (ticket.expiresAtMs <= clock.now()) return parts.onwardTo(`${visit.pagePath}/again/stale`)
    return payWith(visit, { token, amountMinor: ticket.amountMinor, savesCard: form.has('save_card') })
  }

  const payWith = async ({ payment, checkout, pagePath }: Visit, card: CardOfShopper & { amountMinor: number }) => {
    const paid = await checkouts.pay(checkout, card)
    if (paid.ok) return parts.onwardTo(pagePath)
    const now = (await checkouts.open(payment.paymentId))?.record.payment ?? payment
    if (now.state === 'authorized' || now.state === 'captured') return parts.onwardTo(`${pagePath}/paid`)
    if (now.state !== 'created') return parts.onwardTo(pagePath)
    if (paid.refusal.refusal === 'card_testing_suspected') return parts.onwardTo(`${pagePath}/again/busy`)
    const why = now.amountMinor === card.amountMinor ? 'stale' : 'changed'
    return parts.onwardTo(`${pagePath}/again/${why}`)
  }

  const again: Handler = async (visit) => {
    const { request, payment, pagePath } = visit
    const named = (request.params.faults ?? '').split('.')
    const faults = checkoutFaults.filter((fault) => named.includes(fault))
    if (payment.state !== 'created') return parts.onwardTo(pagePath)
    if (named.includes('changed')) return show(visit, { notice: 'changed' })
    if (faults.includes('stale')) return show(visit, { notice: 'staleFault' })
    if (faults.includes('busy')) return show(visit, { notice: 'busyFault' })
    return faults.length === 0 ? parts.onwardTo(pagePath) : show(visit, { faults })
  }

  const showReceipt =
    (how: { goesOn: boolean; alreadyPaid: boolean }): Handler =>
    async (visit) => {
      const { state } = visit.payment
      return state === 'authorized' || state === 'captured' ? receipt(visit, how) : parts.onwardTo(visit.pagePath)
    }

  const refused = async (visit: Visit): Promise<PlainAnswer> =>
    noticePage(contextOf(visit), { kind: 'refused', status: 400, back: visit.pagePath })

  const route = (method: 'GET' | 'POST', path: string, handle: Handler): PlainRoute =>
    parts.pageRoute(method, path, async (request) => {
      const paymentId = readPaymentId(request.params.id)
      const checkout = paymentId && (await checkouts.open(paymentId))
      if (checkout === undefined) return noticePage(parts.localeOf(request), { kind: 'unknown', status: 404 })
      const { payment } = checkout.record
      return handle({ request, checkout, payment, pagePath: checkoutPaths.page(payment.paymentId) })
    })

  return [
    route('GET', '/pay/:id', (visit) => show(visit)),
    route('GET', '/pay/:id/details', showDetails),
    route('POST', '/pay/:id/details', takeDetails),
    route('GET', '/pay/:id/card/:answer', takeCard),
    route('POST', '/pay/:id/token', takeToken),
    route('GET', '/pay/:id/again/:faults', again),
    route('GET', '/pay/:id/receipt', showReceipt({ goesOn: false, alreadyPaid: false })),
    route('GET', '/pay/:id/paid', showReceipt({ goesOn: false, alreadyPaid: true })),
    // Whoever opens the address of a form by hand, or mistypes, lands on the page.
    route('GET', '/pay/:id/*', async ({ pagePath }) => parts.onwardTo(pagePath)),
    // A card's form that was led here is refused, and its body wiped.
    route('POST', '/pay/:id', refused),
    route('POST', '/pay/:id/*', refused),
  ]
}

function readPaymentId(text = ''): PaymentId | undefined {
  const suffix = /^(?:req|tx|pay)_([0-9a-hjkmnp-tv-z]{26})$/.exec(text)?.[1]
  return suffix === undefined ? undefined : trustedId<PaymentId>(suffix)
}

function onwardToSession({ authentication }: Payment): PlainAnswer | null {
  return authentication?.sessionId ? parts.onwardTo(sessionPaths(authentication.sessionId).page) : null
}

/** The page asks who buys; of a payment that the merchant's own page completes, the merchant has told. */
const isOwnBuyer = ({ order, checkout }: Payment): boolean => order !== null && checkout !== null

const needsDetails = (payment: Payment): boolean =>
  isOwnBuyer(payment) && (payment.order?.buyer === null || payment.email === null)

const asksEmail = ({ email, checkout }: Payment): boolean => email === null || checkout?.linkId != null

function valuesOf({ email, order }: Payment): DetailsValues {
  const { firstName, lastName, country, postalCode } = order?.buyer ?? {}
  return {
    ...noDetails,
    email: email ?? '',
    firstName: firstName ?? '',
    lastName: lastName ?? '',
    country: country ?? '',
    postalCode: postalCode ?? '',
  }
}

/** What the shopper can do about it; why the issuer said no is between it and its cardholder. */
function declineText(failure: Failure | null): TextKey | null {
  if (failure === null) return null
  if (failure.code === 'insufficient_funds') return 'declinedFunds'
  if (failure.category === 'authentication_failed') return 'declinedAuthentication'
  if (failure.category === 'processing_error') return 'declinedProcessing'
  return failure.recommendedAction === 'fix_card_data' ? 'declinedData' : 'declined'
}
