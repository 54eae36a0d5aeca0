import type { FastifyInstance } from 'fastify'
import type { PaymentMethods } from '../../core/customers/payment-methods.ts'
import type { RunKeyed } from '../../core/idempotency/keyed-request.ts'
import type { Payments } from '../../core/payments/payments.ts'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import type { EventFeed } from '../../core/webhooks/event-feed.ts'
import { bearerToken } from '../../http/authentication.ts'
import type { Dialect } from '../../http/dialect.ts'
import { createAnswering } from './answering.ts'
import { addBlockPaymentMethod } from './block-payment-method.ts'
import { addCapturePayment } from './capture-payment.ts'
import { addCreatePayment } from './create-payment.ts'
import { addCreateWebhookEndpoint } from './create-webhook-endpoint.ts'
import { addDeletePaymentMethod } from './delete-payment-method.ts'
import { addErrorPage, errorPagePath } from './error-page.ts'
import { ofProblem, renderError } from './errors.ts'
import { addEvents } from './events.ts'
import { addGetPayment } from './get-payment.ts'
import { addListPaymentMethods } from './list-payment-methods.ts'
import { addListPayments } from './list-payments.ts'
import { addReadWebhookEndpoints } from './read-webhook-endpoints.ts'
import { addRefundPayment } from './refund-payment.ts'
import { addTryWebhookEndpoint } from './try-webhook-endpoint.ts'
import { addUpdateWebhookEndpoint } from './update-webhook-endpoint.ts'
import { addVoidPayment } from './void-payment.ts'

export interface V1Parts {
  payments: Payments
  paymentMethods: PaymentMethods
  endpoints: WebhookEndpoints
  events: EventFeed
  runKeyed: RunKeyed
  /** Where shoppers and documents are reached, without a slash at the end. */
  publicUrl: string
}

/** Tokens and payments: our own API. */
export function createV1(parts: V1Parts): Dialect {
  const docs = `${parts.publicUrl}${errorPagePath}`
  return {
    name: 'v1',
    prefixes: ['/v1/'],
    keyText: (headers) => bearerToken(headers.authorization),
    render: (problem, requestId) => renderError(ofProblem(problem), requestId, docs),
    routes(app: FastifyInstance) {
      const withAnswering = { ...parts, answering: createAnswering(docs, parts.runKeyed) }
      addCreatePayment(app, withAnswering)
      addGetPayment(app, withAnswering)
      addListPayments(app, withAnswering)
      addCapturePayment(app, withAnswering)
      addVoidPayment(app, withAnswering)
      addRefundPayment(app, withAnswering)
      addListPaymentMethods(app, withAnswering)
      addBlockPaymentMethod(app, withAnswering)
      addDeletePaymentMethod(app, withAnswering)
      addCreateWebhookEndpoint(app, withAnswering)
      addReadWebhookEndpoints(app, withAnswering)
      addUpdateWebhookEndpoint(app, withAnswering)
      addTryWebhookEndpoint(app, withAnswering)
      addEvents(app, withAnswering)
      addErrorPage(app)
    },
  }
}
