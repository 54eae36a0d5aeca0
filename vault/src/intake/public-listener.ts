import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { afterAnswers } from '@tessera/lib/http-server'
import { BrowserExchange, type BrowserExchangeParts, isOfBrowsers } from '../browser/browser-exchange.ts'
import { CheckoutExchange, type CheckoutExchangeParts, isOfCheckout } from './checkout-exchange.ts'
import { notARequest, renderProblem } from './problem.ts'
import { PublicExchange, type PublicExchangeParts } from './public-exchange.ts'
import {
  isOfServerPayments,
  ServerPaymentExchange,
  type ServerPaymentExchangeParts,
} from './server-payment-exchange.ts'

export interface PublicListenerParts
  extends PublicExchangeParts,
    ServerPaymentExchangeParts,
    CheckoutExchangeParts,
    BrowserExchangeParts {
  tls: { cert: Buffer; key: Buffer } | null
}

const inFlightMax = 2_048
const socketsMax = 8_192
const serverOptions = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16 * 1024,
  // A request without a host is refused like any other bad one, with an answer in the usual shape.
  requireHostHeader: false,
}

/** What the outside world may ask of the vault. */
export function createPublicListener(parts: PublicListenerParts): Server {
  let inFlight = 0
  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    const exchange = new (exchangeFor(req))(req, res, parts)
    if (inFlight >= inFlightMax) {
      exchange.turnAway()
      return
    }
    inFlight += 1
    exchange
      .answer()
      .catch((error: unknown) => exchange.fail(error))
      .finally(() => {
        inFlight -= 1
      })
  }
  const { tls } = parts
  const server =
    tls === null
      ? createServer(serverOptions, handle)
      : createTlsServer({ ...serverOptions, ...tls, minVersion: 'TLSv1.2' }, handle)
  server.maxConnections = socketsMax
  server.on(tls === null ? 'connection' : 'secureConnection', wipeWhatWasRead)
  server.on('clientError', (_error, socket: Socket) =>
    afterAnswers(server, socket, () => refuseConnection(socket, parts)),
  )
  // RFC 9110 section 10.1.1: an expectation that is not known may be passed over. Node would refuse it in its own words.
  server.on('checkExpectation', handle)
  return server
}

function exchangeFor(req: IncomingMessage) {
  if (isOfServerPayments(req)) return ServerPaymentExchange
  if (isOfCheckout(req)) return CheckoutExchange
  return isOfBrowsers(req) ? BrowserExchange : PublicExchange
}

/** The parser copies bodies out of what was read from the wire; by the time that this listener runs it has done so. */
function wipeWhatWasRead(socket: Socket): void {
  socket.on('data', (piece: Buffer) => piece.fill(0))
}

/** What is no HTTP, has too long a header or takes too long never becomes a request, but is answered like one. */
function refuseConnection(socket: Socket, { ids, docs }: PublicListenerParts): void {
  if (!socket.writable) return void socket.destroy()
  const requestId = `rq_${ids.random()}`
  const body = renderProblem(notARequest, requestId, docs)
  const head = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'access-control-allow-origin: *',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
