import { randomUUID } from 'node:crypto'
import { type Dispatcher, Pool } from 'undici'
import type { Credentials } from './deployment.ts'

/** A shopper's browser and a merchant's server, as cheap as they can be had: their CPU time is part of what is measured. */
export interface Merchant {
  /** A card becomes a token, at the vault. */
  tokenize(): Promise<string>
  /** The token becomes a captured payment. Resolves with the time that the acquirer took of it. */
  pay(token: string): Promise<{ acquirerMs: number }>
  addWebhookEndpoint(url: string): Promise<void>
  close(): Promise<void>
}

interface Answer {
  status: number
  serverTiming: string
  text: string
}

const card = JSON.stringify({ card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' } })

export function createMerchant(credentials: Credentials, connections: number): Merchant {
  const vault = new Pool(credentials.vaultUrl, { connections, pipelining: 1 })
  const gateway = new Pool(credentials.gatewayUrl, { connections, pipelining: 1 })
  const vaultHeaders = headersFor(credentials.publishableKey)
  const gatewayHeaders = headersFor(credentials.secretKey)
  let orders = 0
  return {
    async tokenize() {
      const answer = await post(vault, '/v1/tokens', vaultHeaders, card)
      if (answer.status !== 201) throw unexpected('a token', answer)
      return JSON.parse(answer.text).id
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
      const headers = { ...gatewayHeaders, 'idempotency-key': randomUUID() }
      const answer = await post(gateway, '/v1/payments', headers, body)
      // Only a payment that is captured counts.
      if (answer.status !== 201 || JSON.parse(answer.text).status !== 'completed') throw unexpected('a payment', answer)
      return { acquirerMs: Number(/acquirer;dur=([\d.]+)/.exec(answer.serverTiming)?.[1] ?? 0) }
    },
    async addWebhookEndpoint(url) {
      const answer = await post(gateway, '/v1/webhook_endpoints', gatewayHeaders, JSON.stringify({ url }))
      if (answer.status !== 201) throw unexpected('a webhook endpoint', answer)
    },
    async close() {
      await Promise.all([vault.close(), gateway.close()])
    },
  }
}

function headersFor(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
}

function unexpected(what: string, { status, text }: Answer): Error {
  return new Error(`${what} was answered with ${status}: ${text}`)
}

function post(pool: Pool, path: string, headers: Record<string, string>, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const answer: Answer = { status: 0, serverTiming: '', text: '' }
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_controller, status, received) {
        answer.status = status
        answer.serverTiming = String(received['server-timing'] ?? '')
      },
      onResponseData(_controller, piece) {
        answer.text += piece.toString('latin1')
      },
      onResponseEnd: () => resolve(answer),
      onResponseError: (_controller, error) => reject(error),
    }
    pool.dispatch({ path, method: 'POST', headers, body }, handler)
  })
}
