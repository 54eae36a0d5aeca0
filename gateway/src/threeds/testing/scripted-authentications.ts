import { encodeJson } from '@tessera/contracts/three-ds/encoding'
import type { CReq } from '@tessera/contracts/three-ds/messages/challenge'
import type {
  Authentications,
  BrowserData,
  SessionKey,
  SessionStep,
  SessionView,
} from '../../core/authentication/authentications.ts'
import { trustedId } from '../../core/ids.ts'
import type { Currency } from '../../core/money/currencies.ts'
import { findCurrency } from '../../core/money/currencies.ts'

export const sessionId = '0123456789abcdefghjkmnpqrs'
export const transactionId = '8a880dc0-d2d2-4067-bcb1-b08d1690b26e'
export const anIssuer = 'https://acs.example'
export const methodData = encodeJson({
  threeDSServerTransID: transactionId,
  threeDSMethodNotificationURL: `https://gateway.example/authenticate/${sessionId}/method`,
})
export const aCreq = encodeJson({
  messageType: 'CReq',
  messageVersion: '2.2.0',
  threeDSServerTransID: transactionId,
  acsTransID: 'd7c1ee99-9478-44a6-b1f2-391e29c6b340',
  challengeWindowSize: '02',
} satisfies CReq)

export function aView(next: SessionStep, changes: Partial<SessionView> = {}): SessionView {
  return {
    sessionId: trustedId(sessionId),
    paymentId: trustedId('01jd0000000000000000000000'),
    next,
    merchantName: 'Tea & Cups',
    amountMinor: 1_762,
    currency: findCurrency('usd') as Currency,
    card: { brand: 'visa', last4: '3220' },
    issuerText: null,
    shopUrl: 'https://shop.example/return?order=7',
    framedBy: [],
    ...changes,
  }
}

/** One session whose steps are set by the test; what the pages ask for is written down. */
export class ScriptedAuthentications implements Authentications {
  view: SessionView
  readonly calls: string[] = []
  browser: BrowserData | null = null
  /** What follows `methodDone`, `authenticate`, `challengeReturned` and `cancel`; nothing changes where it is not told. */
  after: Partial<Record<'methodDone' | 'authenticate' | 'challengeReturned' | 'cancel', SessionStep>> = {}

  constructor(next: SessionStep, changes: Partial<SessionView> = {}) {
    this.view = aView(next, changes)
  }

  async open(id: string) {
    return this.#known(id)
  }

  async methodDone(key: SessionKey, how: string) {
    return this.#step('methodDone', 'sessionId' in key ? key.sessionId : '', how)
  }

  async authenticate(id: string, browser: BrowserData) {
    this.browser = browser
    return this.#step('authenticate', id)
  }

  async challengeReturned(id: string, cres: string) {
    return this.#step('challengeReturned', id, cres)
  }

  async cancel(id: string) {
    return this.#step('cancel', id)
  }

  async result(): Promise<never> {
    throw new Error('pages have nothing to do with results')
  }

  #known(id: string): SessionView | undefined {
    return id === sessionId ? this.view : undefined
  }

  #step(name: keyof ScriptedAuthentications['after'], id: string, detail = ''): SessionView | undefined {
    if (this.#known(id) === undefined) return undefined
    this.calls.push(`${name} ${detail}`.trim())
    const next = this.after[name]
    if (next !== undefined) this.view = { ...this.view, next }
    return this.view
  }
}
