import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type CheckoutFault,
  type CheckoutTicket,
  checkoutCardPath,
  checkoutPaths,
  readTicket,
  signAnswer,
} from '@tessera/contracts/checkout'
import type { ProjectedKey } from '@tessera/contracts/vault-protocol'
import { BodyTooLarge, dropBody, RequestAborted, readBody } from '@tessera/lib/http-server'
import type { Logger } from '@tessera/lib/log'
import type { CardFault } from '../cards/read-card.ts'
import type { createCallerAddress } from '../defence/caller-address.ts'
import type { KeyBook } from '../keys/key-book.ts'
import { type CheckoutForm, readCheckoutForm } from './checkout-form.ts'
import { checkCard, storeToken, type TokenCreationParts } from './create-token.ts'
import type { RateLimiter } from './rate-limit.ts'

export interface CheckoutExchangeParts extends TokenCreationParts {
  keys: KeyBook
  log: Logger
  callerAddress: ReturnType<typeof createCallerAddress>
  /** Signs what passes through the shopper's browser. */
  secret: KeyObject
  /** Cards that may be tried for one payment. */
  checkoutLimiter: RateLimiter
  /** Where the shopper came from and goes back to, without a slash at the end. */
  gatewayUrl: string
}

const bodyLimitBytes = 16 * 1024

/**
 * `POST /v1/checkout/card`: the card form of the hosted checkout, for browsers without scripts. It answers by sending the browser
 * back to the payment's page, with a token or with what was wrong; where to is the gateway's own address and nothing of the form.
 */
export class CheckoutExchange {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #parts: CheckoutExchangeParts

  constructor(req: IncomingMessage, res: ServerResponse, parts: CheckoutExchangeParts) {
    this.#req = req
    this.#res = res
    this.#parts = parts
  }

  async answer(): Promise<void> {
    let body: Buffer
    try {
      body = await readBody(this.#req, bodyLimitBytes)
    } catch (error) {
      if (error instanceof BodyTooLarge) return this.#sendTo(checkoutPaths.nowhere)
      if (error instanceof RequestAborted) return
      throw error
    }
    const form = readCheckoutForm(body)
    body.fill(0)
    try {
      await this.#answerForm(form)
    } finally {
      form.wipe()
    }
  }

  async #answerForm(form: CheckoutForm): Promise<void> {
    const { secret, clock, keys, checkoutLimiter } = this.#parts
    const ticket = readTicket(secret, form.ticket)
    if (ticket === null) return this.#sendTo(checkoutPaths.nowhere)
    const { paymentId } = ticket
    const refuse = (...faults: CheckoutFault[]): void => this.#sendTo(checkoutPaths.faults(paymentId, faults))
    if (ticket.expiresAtMs <= clock.now()) return refuse('stale')
    if (!keys.isFresh() || checkoutLimiter.take(paymentId) > 0) return refuse('busy')
    const checked = checkCard(form.card, ticket, this.#parts)
    if ('faults' in checked) return refuse(...faultsOf(checked.faults))
    // A form cannot solve a challenge: while cards are tested, shoppers without scripts are asked to come back.
    const address = this.#parts.callerAddress(this.#req.socket.remoteAddress, this.#req.headers['x-forwarded-for'])
    const admission = this.#parts.defence.admit(checked.card, keyOf(ticket), { address, answer: undefined })
    if (!admission.admitted) return refuse('busy')
    const result = await storeToken(checked.card, ticket, this.#parts)
    if ('problem' in result) return refuse('busy')
    admission.keep(result.created.token)
    this.#sendTo(answerPath(secret, ticket, result.created.token, form.savesCard))
  }

  turnAway(): void {
    dropBody(this.#req)
    this.#res.writeHead(503, { 'retry-after': '1', connection: 'close' }).end()
  }

  fail(error: unknown): void {
    this.#parts.log.error('request failed', { route: 'checkout', error })
    if (this.#res.headersSent) this.#res.destroy()
    else this.#res.writeHead(500, { connection: 'close' }).end()
  }

  /** 303: the browser asks for the page anew, so that a reload never sends the card again. */
  #sendTo(path: string): void {
    dropBody(this.#req)
    this.#res.writeHead(303, {
      location: `${this.#parts.gatewayUrl}${path}`,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-length': '0',
      ...(this.#req.complete ? {} : { connection: 'close' }),
    })
    this.#res.end()
  }
}

export function isOfCheckout(req: IncomingMessage): boolean {
  return req.method === 'POST' && req.url === checkoutCardPath && req.headers.host !== undefined
}

/** What the page of a payment may do is what a publishable key may, for this payment. */
function keyOf({ merchantId, mode, paymentId }: CheckoutTicket): ProjectedKey {
  return {
    hash: `checkout ${paymentId}`,
    kind: 'publishable',
    merchantId,
    merchantActive: true,
    mode,
    scopes: [],
    allowedOrigins: null,
    s2sEnabled: false,
    expiresAtMs: null,
    connectorId: null,
  }
}

function answerPath(secret: KeyObject, ticket: CheckoutTicket, token: string, savesCard: boolean): string {
  const { paymentId, amountMinor } = ticket
  return checkoutPaths.answer(paymentId, signAnswer(secret, { paymentId, token, amountMinor, savesCard }))
}

const faultOf: Readonly<Record<CardFault['param'], CheckoutFault>> = {
  card: 'number',
  'card.number': 'number',
  'card.exp_month': 'expiry',
  'card.exp_year': 'expiry',
  'card.cvc': 'cvc',
  'card.cardholder_name': 'name',
}

function faultsOf(faults: readonly CardFault[]): CheckoutFault[] {
  return [...new Set(faults.map(({ param }) => faultOf[param]))]
}
