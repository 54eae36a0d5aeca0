import { formFields, readMethodData } from '@tessera/contracts/three-ds/encoding'
import type { Authentications, SessionView } from '../core/authentication/authentications.ts'
import { type SessionId, trustedId } from '../core/ids.ts'
import type { PlainAnswer, PlainRequest, PlainRoute } from '../lib/plain-route.ts'
import { readBrowserData } from './pages/browser-data.ts'
import { noticePage } from './pages/notice-page.ts'
import { notificationPage } from './pages/notification-page.ts'
import { sessionPage } from './pages/session-page.ts'
import { stateOf } from './pages/session-state.ts'
import { type Locale, localeFor } from './pages/texts.ts'

export interface PageParts {
  authentications: Authentications
  /** The shopper's address, where it is known: `createClientAddress`. */
  clientAddress(remoteAddress: string | null, forwardedFor: string | undefined): string | null
}

type Handler = (visit: Visit) => Promise<PlainAnswer>

/** One request to a page of a session. */
interface Visit {
  request: PlainRequest
  sessionId: SessionId
  pagePath: string
  locale: Locale
}

/**
 * The page at `redirect_url`, and what its forms and the issuer's pages post to. There is no cookie and no other memory in the
 * browser: whoever has the address is the shopper, and every request is answered with what is to be done now. So reloading,
 * going back, sending twice and a second tab do no harm.
 */
export function createPageRoutes(parts: PageParts): PlainRoute[] {
  const { authentications, clientAddress } = parts
  const page = '/authenticate/:sessionId'

  const show: Handler = async (visit) => {
    const view = await authentications.open(visit.sessionId)
    if (view === undefined) return unknown(visit)
    return isMoved(visit, view) ? onwardTo(pathOf(view.sessionId)) : sessionPage(view, visit.locale, visit.pagePath)
  }

  const tellState: Handler = async (visit) => {
    const view = await authentications.open(visit.sessionId)
    return {
      status: view === undefined ? 404 : 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ state: view === undefined || isMoved(visit, view) ? null : stateOf(view) }),
    }
  }

  /** The browser's own data has come: by the script, or by the button where scripts are off. */
  const authenticate: Handler = async (visit) => {
    if (isFromElsewhere(visit)) return refused(visit, authentications)
    let view = await authentications.open(visit.sessionId)
    if (view?.next.step === 'method') view = await authentications.methodDone(visit, 'timed_out')
    if (view?.next.step === 'collect') {
      const { body, headers, remoteAddress } = visit.request
      const ip = clientAddress(remoteAddress, headers['x-forwarded-for']?.toString())
      const browser = readBrowserData(readForm(body), headers, ip)
      view = await authentications.authenticate(visit.sessionId, browser)
    }
    // The page would post the same again at once.
    if (view?.next.step === 'collect') throw new Error('the authentication did not go on')
    return view === undefined ? unknown(visit) : onwardTo(visit.pagePath)
  }

  const cancel: Handler = async (visit) => {
    if (isFromElsewhere(visit)) return refused(visit, authentications)
    const view = await authentications.cancel(visit.sessionId)
    return view === undefined ? unknown(visit) : onwardTo(visit.pagePath)
  }

  /** From the issuer's hidden page; it must name the transaction that this session is about. */
  const methodCalledBack: Handler = async (visit) => {
    const view = await authentications.open(visit.sessionId)
    if (view === undefined) return unknown(visit)
    if (view.next.step === 'method') {
      const told = readMethodData(readForm(visit.request.body).get(formFields.methodData) ?? '')
      const asked = readMethodData(view.next.data)
      const isOurs = told?.threeDSServerTransID.toLowerCase() === asked?.threeDSServerTransID.toLowerCase()
      if (told === undefined || !isOurs) return refused(visit, authentications)
      await authentications.methodDone(visit, 'called_back')
    }
    return notificationPage('method', visit.locale, visit.pagePath)
  }

  const returned: Handler = async (visit) => {
    const cres = readForm(visit.request.body).get(formFields.challengeResponse)
    if (cres === null) return refused(visit, authentications)
    const view = await authentications.challengeReturned(visit.sessionId, cres)
    if (view === undefined) return unknown(visit)
    const hasWholeWindow = visit.request.headers['sec-fetch-dest'] === 'document'
    return hasWholeWindow ? onwardTo(visit.pagePath) : notificationPage('returned', visit.locale, visit.pagePath)
  }

  return [
    route('GET', page, show),
    route('GET', `${page}/state`, tellState),
    route('POST', page, authenticate),
    route('POST', `${page}/cancel`, cancel),
    route('POST', `${page}/method`, methodCalledBack),
    route('POST', `${page}/returned`, returned),
    // Whoever opens the address of a form by hand, or mistypes, lands on the page.
    route('GET', `${page}/*`, async ({ pagePath }) => onwardTo(pagePath)),
    route('POST', `${page}/*`, (visit) => refused(visit, authentications)),
  ]
}

function route(method: PlainRoute['method'], path: string, handle: Handler): PlainRoute {
  return {
    method,
    path,
    async answer(request) {
      const place = placeOf(request)
      return place.sessionId === undefined ? unknown(place) : handle({ ...place, request, sessionId: place.sessionId })
    },
    refuse(why, request) {
      const { locale, pagePath, sessionId } = placeOf(request)
      if (why === 'failed') return noticePage({ kind: 'failure', status: 503, pagePath }, locale)
      const status = why === 'too_large' ? 413 : 400
      return noticePage({ kind: 'refused', status, ...(sessionId === undefined ? {} : { pagePath }) }, locale)
    },
  }
}

const idShape = /^[0-9a-hjkmnp-tv-z]{26}$/

function placeOf({ params, headers }: Omit<PlainRequest, 'body'>) {
  const { sessionId = '' } = params
  return {
    sessionId: idShape.test(sessionId) ? trustedId<SessionId>(sessionId) : undefined,
    pagePath: pathOf(sessionId),
    locale: localeFor(headers['accept-language']),
  }
}

const pathOf = (sessionId: string): string => `/authenticate/${encodeURIComponent(sessionId)}`

/** The payment goes on in another session, as after a soft decline. */
function isMoved(visit: Visit, view: SessionView): boolean {
  return view.sessionId !== visit.sessionId
}

function unknown({ locale }: { locale: Locale }): PlainAnswer {
  return noticePage({ kind: 'unknown', status: 404 }, locale)
}

/** The payment stays as it is, and the shopper finds the way back to it and to the shop. */
async function refused(visit: Visit, authentications: Authentications): Promise<PlainAnswer> {
  const view = await authentications.open(visit.sessionId)
  if (view === undefined) return unknown(visit)
  return noticePage({ kind: 'refused', status: 400, pagePath: visit.pagePath, shop: shopOf(view) }, visit.locale)
}

function shopOf({ shopUrl, merchantName }: SessionView): { name: string; url: string } | undefined {
  return shopUrl === null ? undefined : { name: merchantName, url: shopUrl }
}

/** 303: the browser fetches the page anew, so that a reload never sends a form again. */
function onwardTo(pagePath: string): PlainAnswer {
  return { status: 303, headers: { location: pagePath }, body: '' }
}

/** Only this page's own forms give up or go on. Browsers that say nothing about it are believed. */
function isFromElsewhere({ request }: Visit): boolean {
  const site = request.headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

function readForm(body: Buffer): URLSearchParams {
  return new URLSearchParams(body.toString('utf8'))
}
