import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '@tessera/lib/clock'
import type { FastifyInstance } from 'fastify'
import type { RunKeyed } from '../../core/idempotency/keyed-request.ts'
import type { PaymentLinks } from '../../core/links/payment-links.ts'
import type { Payments } from '../../core/payments/payments.ts'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { createAnswering } from '../../http/answering.ts'
import { bearerToken } from '../../http/authentication.ts'
import type { Dialect } from '../../http/dialect.ts'
import { addChangeWebhook } from './change-webhook.ts'
import { addConfirmPayment } from './confirm-payment.ts'
import { addCreateCheckout } from './create-checkout.ts'
import { addCreateServerPayment } from './create-server-payment.ts'
import { addCreateWebhook } from './create-webhook.ts'
import { ofProblem, ofRefusal, renderError } from './errors.ts'
import { addGetPayment } from './get-payment.ts'
import { addListPayments } from './list-payments.ts'
import { addReadLinks } from './read-links.ts'
import { addReadWebhooks } from './read-webhooks.ts'
import { addRefundPayment } from './refund-payment.ts'
import { addTaxRate } from './tax-rate.ts'
import { addUpdatePayment } from './update-payment.ts'
import { addWriteLinks } from './write-links.ts'

export interface InflowParts {
  payments: Payments
  links: PaymentLinks
  endpoints: WebhookEndpoints
  runKeyed: RunKeyed
  clock: Clock
  /** Where shoppers reach this gateway, without a slash at the end. */
  publicUrl: string
}

/** One-call server payments. */
export function createInflow(parts: InflowParts): Dialect {
  return {
    name: 'inflow',
    prefixes: ['/api/'],
    keyText: keyIn,
    render: (problem) => renderError(ofProblem(problem)),
    routes(app: FastifyInstance) {
      const answering = createAnswering((refusal) => renderError(ofRefusal(refusal)), parts.runKeyed)
      const withAnswering = { ...parts, answering }
      addCreateServerPayment(app, withAnswering)
      addConfirmPayment(app, withAnswering)
      addUpdatePayment(app, withAnswering)
      addGetPayment(app, withAnswering)
      addListPayments(app, withAnswering)
      addRefundPayment(app, withAnswering)
      addCreateCheckout(app, withAnswering)
      addReadLinks(app, withAnswering)
      addWriteLinks(app, withAnswering)
      addTaxRate(app, withAnswering)
      addCreateWebhook(app, withAnswering)
      addReadWebhooks(app, withAnswering)
      addChangeWebhook(app, withAnswering)
    },
  }
}

/** A public key is read too, so that whoever sends it learns that it may not be used here. */
function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const names = ['x-inflow-api-key', 'x-inflow-public-key'] as const
  const texts = names.map((name) => headers[name]).filter((text) => typeof text === 'string')
  return texts[0]?.trim() ?? bearerToken(headers.authorization)
}
