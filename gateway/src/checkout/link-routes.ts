import { readText, signText } from '@tessera/contracts/checkout'
import { derivedId } from '@tessera/lib/derived-id'
import type { Ids } from '@tessera/lib/ids'
import { type PaymentLinkId, trustedId } from '../core/ids.ts'
import type { PaymentLink } from '../core/links/payment-link.ts'
import type { Merchant } from '../core/merchants/merchant.ts'
import { payPagePath } from '../core/payments/hosted.ts'
import type { PlainAnswer, PlainRequest, PlainRoute } from '../lib/plain-route.ts'
import * as parts from './page-parts.ts'
import { type DetailsFaults, type DetailsValues, detailsPage } from './pages/details-page.ts'
import { contextOf, noticePage } from './pages/page.ts'
import { detailsOf, faultsOfRefusal, noDetails, readDetails } from './read-details.ts'

export interface LinkParts extends parts.CheckoutParts {
  ids: Ids
  /** The shopper's address, where it is known. */
  clientAddress(remoteAddress: string | null, forwardedFor: string | undefined): string | null
  /** Payments that may be begun from one address, and by one link: 0 when one may. */
  limiters: { ofAddress: { take(key: string): number }; ofLink: { take(key: string): number } }
}

interface Visit {
  request: PlainRequest
  link: PaymentLink
  merchant: Merchant
}

const formLifetimeMs = 24 * 60 * 60_000

/**
 * The page of a payment link. Looking at it makes nothing; filling it in makes a payment of one's own, and the card is asked for on
 * that payment's page. A form names the visit that it was shown to: sent twice, it makes one payment.
 */
export function createLinkRoutes(given: LinkParts): PlainRoute[] {
  const { checkouts, secret, clock, ids, limiters } = given

  const contextOfVisit = ({ request, link, merchant }: Visit) => contextOf(parts.localeOf(request), merchant, link)

  const ask = (visit: Visit, values: DetailsValues, faults: DetailsFaults, visitId: string): PlainAnswer => {
    const { link } = visit
    const totalMinor = link.items.reduce((sum, { unitPriceMinor, quantity }) => sum + unitPriceMinor * quantity, 0)
    return detailsPage(contextOfVisit(visit), {
      summary: {
        currency: link.currency,
        totalMinor,
        items: link.items,
        order: link.pricingMode === 'tax_exclusive' ? { netMinor: totalMinor, taxMinor: 0, tax: null } : null,
        refundedMinor: 0,
      },
      values,
      faults,
      action: `/link/${link.linkId}`,
      formToken: signText(secret, 'link form', [link.linkId, visitId, clock.now() + formLifetimeMs]),
      asksEmail: true,
      cancelUrl: null,
    })
  }

  const show = async (visit: Visit): Promise<PlainAnswer> => ask(visit, noDetails, {}, ids.random())

  const begin = async (visit: Visit): Promise<PlainAnswer> => {
    const { request, link } = visit
    const form = parts.readForm(request.body)
    const [linkId, visitId, expiresAtMs] = readText(secret, 'link form', form.get('form_token') ?? '') ?? []
    if (parts.isFromElsewhere(request) || linkId !== link.linkId) return refused(visit)
    if (Number(expiresAtMs) <= clock.now()) return parts.onwardTo(`/link/${link.linkId}`)
    const { values, faults } = readDetails(form, true)
    if (Object.keys(faults).length > 0) return ask(visit, values, faults, String(visitId))
    if (isLimited(visit)) return noticePage(contextOfVisit(visit), { kind: 'limited', status: 429 })
    // Whoever goes back and changes the form means another payment.
    const fingerprint = derivedId(...Object.values(values))
    const made = await checkouts.payLink(visit, detailsOf(values), {
      visitId: derivedId(String(visitId), fingerprint),
      fingerprint,
    })
    if (made.ok) return parts.onwardTo(payPagePath(made.value))
    return ask(visit, values, faultsOfRefusal(made.refusal) ?? { form: 'amountFault' }, String(visitId))
  }

  const isLimited = ({ request, link }: Visit): boolean => {
    const { remoteAddress, headers } = request
    const address = given.clientAddress(remoteAddress, headers['x-forwarded-for']?.toString()) ?? remoteAddress ?? ''
    return limiters.ofAddress.take(address) > 0 || limiters.ofLink.take(link.linkId) > 0
  }

  const refused = (visit: Visit): PlainAnswer =>
    noticePage(contextOfVisit(visit), { kind: 'refused', status: 400, back: `/link/${visit.link.linkId}` })

  const route = (method: 'GET' | 'POST', handle: (visit: Visit) => Promise<PlainAnswer>): PlainRoute =>
    parts.pageRoute(method, '/link/:id', async (request) => {
      const linkId = readLinkId(request.params.id)
      const opened = linkId && (await checkouts.openLink(linkId))
      if (opened === undefined) return noticePage(parts.localeOf(request), { kind: 'unknown', status: 404 })
      const visit = { request, ...opened }
      if (opened.link.status === 'active') return handle(visit)
      return noticePage(contextOfVisit(visit), { kind: 'archived', status: 410 })
    })

  return [route('GET', show), route('POST', begin)]
}

function readLinkId(text = ''): PaymentLinkId | undefined {
  return /^lnk_[0-9a-z]{26}$/.test(text) ? trustedId<PaymentLinkId>(text) : undefined
}
