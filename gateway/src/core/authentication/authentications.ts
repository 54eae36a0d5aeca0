import type { ChallengeWindowSize } from '@tessera/contracts/three-ds/challenge-windows'
import type { CardFace } from '@tessera/contracts/vault-protocol'
import type { PaymentId, SessionId } from '../ids.ts'
import type { Currency } from '../money/currencies.ts'

/** What only the shopper's browser and its request can tell. Nothing of it is believed for more than what the issuer makes of it. */
export interface BrowserData {
  /** Of the request that brings the rest. */
  acceptHeader: string
  userAgent: string
  /** Null where the address is not to be told. */
  ip: string | null
  /** BCP 47, e.g. `de-CH`. */
  language: string
  /** Null: scripts are off. */
  script: {
    javaEnabled: boolean
    colorDepth: number
    screenWidth: number
    screenHeight: number
    /** Minutes behind UTC, as `getTimezoneOffset` gives them. */
    timeZoneOffset: number
    /** Room for the issuer's page, in CSS pixels. */
    room: { width: number; height: number }
  } | null
}

/**
 * What the shopper's page has to do next. Everything in it may go to the browser; nothing in it is a card number or a proof.
 * `pollAfterMs`: ask again by `open`.
 */
export type SessionStep =
  /** The issuer's hidden page, in an iframe: post `data` as `threeDSMethodData` to `url`, then go on by `methodDone`. */
  | { step: 'method'; url: string; data: string; timeoutMs: number }
  /** Collect what the browser tells and bring it by `authenticate`. */
  | { step: 'collect' }
  /** Post `creq` (and `threeDSSessionData` where it is not null) to `url`, in an iframe of that size or in the whole window. */
  | { step: 'challenge'; url: string; creq: string; sessionData: string | null; windowSize: ChallengeWindowSize }
  /** `issuer`: the shopper answers elsewhere, `answer`: a request is on its way, `charge`: authenticated, the charge is not decided yet. */
  | { step: 'waiting'; for: 'issuer' | 'answer' | 'charge'; pollAfterMs: number }
  /** `redirectTo`: the shop's address with status and signature; null where the shop gave none: the page shows the outcome. */
  | { step: 'done'; outcome: 'succeeded' | 'failed' | 'canceled'; redirectTo: string | null }

export interface SessionView {
  sessionId: SessionId
  paymentId: PaymentId
  next: SessionStep
  merchantName: string
  amountMinor: number
  currency: Currency
  card: Pick<CardFace, 'brand' | 'last4'> | null
  /** The issuer's text for the cardholder, plain text in its own language. */
  issuerText: string | null
  /** Where a way back leads that is no outcome: the shop's address as it was given; null where there is none. */
  shopUrl: string | null
  /** Sites whose pages may show this one in a dialog, as the policy of a page names them. */
  framedBy: readonly string[]
}

/** Which session a browser means. */
export interface SessionKey {
  sessionId: SessionId
}

/** What is to be answered to a results request, as it goes out: an RRes or an Erro. */
export interface ResultsAnswer {
  status: number
  /** JSON text. */
  body: string
}

/**
 * The use cases behind the shopper's page and the protocol's endpoints. Each may be called any number of times, in any order and
 * by two tabs at once: it answers with what is to be done now. Undefined: there is no such session.
 */
export interface Authentications {
  open(sessionId: SessionId): Promise<SessionView | undefined>
  /** The issuer's hidden page called back, or ten seconds have passed. Counts once. */
  methodDone(key: SessionKey, how: 'called_back' | 'timed_out'): Promise<SessionView | undefined>
  /** Asks the issuer, once, however often it is called. */
  authenticate(sessionId: SessionId, browser: BrowserData): Promise<SessionView | undefined>
  /**
   * The browser comes back from the issuer's page. What it brings is never believed: it says only that the stored result should
   * be there by now, or in a moment. `cres` is the form field as it came.
   */
  challengeReturned(sessionId: SessionId, cres: string): Promise<SessionView | undefined>
  /** The issuer's result, as the bytes that came: the only one that counts, and it counts once. */
  result(bytes: Uint8Array): Promise<ResultsAnswer>
  /** The shopper gives up. */
  cancel(sessionId: SessionId): Promise<SessionView | undefined>
}

/** Paths of the shopper's page, under the gateway's public address. The two last ones are told to the issuer. */
export function sessionPaths(sessionId: SessionId): { page: string; methodNotification: string; returned: string } {
  const page = `/authenticate/${sessionId}`
  return { page, methodNotification: `${page}/method`, returned: `${page}/returned` }
}

/** Where the directory server sends results. */
export const resultsPath = '/3ds/results'
