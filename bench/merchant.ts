import { randomUUID } from 'node:crypto'
import type { Credentials } from './deployment.ts'
import { type Answer, KeepAliveClient } from './keep-alive-client.ts'

/** A shopper's browser and a merchant's server, as cheap as they can be had: their CPU time is part of what is measured. */
export interface Merchant {
  /** A card becomes a token, at the vault. */
  tokenize(): Promise<string>
  /** The token becomes a captured payment. Resolves with the time that the acquirer took of it. */
  pay(token: string): Promise<{ acquirerMs: number }>
  /** The card becomes a captured payment in one call, at the vault. */
  payInOneCall(): Promise<{ acquirerMs: number }>
  addWebhookEndpoint(url: string): Promise<void>
  close(): void
}

const card = JSON.stringify({ card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' } })

/** As the contract's first example, with a card, confirmed at once. */
const serverPayment = JSON.stringify({
  products: [{ name: 'Tea for two', price: 1762, quantity: 1 }],
  currency: 'EUR',
  customerEmail: 'shopper@example.com',
  billingCountry: 'FR',
  purchasingAsBusiness: false,
  pricingMode: 'TAX_INCLUSIVE',
  card: { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' },
  autoConfirm: true,
})

export function createMerchant(credentials: Credentials): Merchant {
  const vault = new KeepAliveClient(credentials.vaultUrl)
  const gateway = new KeepAliveClient(credentials.gatewayUrl)
  const vaultHeaders = headersFor(credentials.publishableKey)
  const gatewayHeaders = headersFor(credentials.secretKey)
  const serverPaymentHeaders = `x-inflow-api-key: ${credentials.inflowPrivateKey}\r\ncontent-type: application/json\r\n`
  let orders = 0
  return {
    async tokenize() {
      const answer = await vault.post('/v1/tokens', vaultHeaders, card)
      if (answer.status !== 201) throw unexpected('a token', answer)
      return JSON.parse(answer.body).id
    },
    async pay(token) {
      const order = `order-${(++orders).toString().padStart(8, '0')}`
      const body = JSON.stringify({
        amount: 17.62,
        currency: 'usd',
        token,
        external_id: order,
        email: 'shopper@example.com',
        product_name: 'Tea for two',
      })
      const headers = `${gatewayHeaders}idempotency-key: ${randomUUID()}\r\n`
      const answer = await gateway.post('/v1/payments', headers, body)
      // Only a payment that is captured counts.
      if (answer.status !== 201 || JSON.parse(answer.body).status !== 'completed') throw unexpected('a payment', answer)
      return acquirerTimeOf(answer)
    },
    async payInOneCall() {
      const headers = `${serverPaymentHeaders}idempotency-key: ${randomUUID()}\r\n`
      const answer = await vault.post('/api/server/payment', headers, serverPayment)
      const isPaid = answer.status === 201 && JSON.parse(answer.body).status === 'CHECKOUT_SUCCESS'
      if (!isPaid) throw unexpected('a server payment', answer)
      return acquirerTimeOf(answer)
    },
    async addWebhookEndpoint(url) {
      const answer = await gateway.post('/v1/webhook_endpoints', gatewayHeaders, JSON.stringify({ url }))
      if (answer.status !== 201) throw unexpected('a webhook endpoint', answer)
    },
    close() {
      vault.close()
      gateway.close()
    },
  }
}

function acquirerTimeOf({ head }: Answer): { acquirerMs: number } {
  return { acquirerMs: Number(/\r\nserver-timing: acquirer;dur=([\d.]+)/.exec(head)?.[1] ?? 0) }
}

function headersFor(key: string): string {
  return `authorization: Bearer ${key}\r\ncontent-type: application/json\r\n`
}

function unexpected(what: string, { status, body }: Answer): Error {
  return new Error(`${what} was answered with ${status}: ${body}`)
}
