import type { Answer, Json } from '../harness/api.ts'
import type { Product } from '../harness/product.ts'
import { anOrder } from '../harness/server-payments.ts'
import type { MarkedCard } from './marks.ts'

export interface Call {
  method?: string
  path: string
  /** Sent as it stands when it is text or bytes, else as JSON. */
  body?: unknown
  headers?: Record<string, string>
  key?: string
}

/** Callers of both hosts that write down everything they were answered. */
export function callersOf(product: Product) {
  const answers: { place: string; text: string }[] = []

  const noted: typeof fetch = async (url, init) => {
    const response = await fetch(url, init)
    const text = await response.clone().text()
    const head = [...response.headers].map((header) => header.join(': ')).join('\n')
    answers.push({ place: `answer ${answers.length} (${response.status})`, text: `${head}\n\n${text}` })
    return response
  }

  async function send(host: string, key: string, call: Call): Promise<Answer> {
    const { method = 'POST', path, body, headers } = call
    const response = await noted(host + path, {
      method,
      headers: { authorization: `Bearer ${call.key ?? key}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: bytesOf(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: parsed(text) }
  }

  const { credentials } = product
  const privateKey = ({ headers }: Partial<Call>) => ({
    headers: { 'x-inflow-api-key': credentials.inflowPrivateKey, ...headers },
  })
  return {
    answers,
    credentials,
    /** For code of the product's own that asks by itself. */
    fetch: noted,
    toGateway: (call: Call) => send(credentials.gatewayUrl, credentials.secretKey, call),
    toVault: (call: Call) => send(credentials.vaultUrl, credentials.publishableKey, call),

    async tokenOf(card: MarkedCard, more: Record<string, unknown> = {}): Promise<string> {
      const answer = await this.toVault({ path: '/v1/tokens', body: { card: { ...fieldsOf(card), ...more } } })
      if (answer.status !== 201) throw new Error(`no token for ${card.path}: ${answer.text}`)
      return answer.json.id
    },

    async pay(
      card: MarkedCard,
      body: Record<string, unknown> = {},
      more: Record<string, unknown> = {},
    ): Promise<Answer> {
      const token = await this.tokenOf(card, more)
      return this.toGateway({ path: '/v1/payments', body: { amount: 17.62, currency: 'USD', token, ...body } })
    },

    /** Card and payment in one call, to the card host. */
    payInOneCall(card: MarkedCard, call: Partial<Call> = {}): Promise<Answer> {
      return this.toVault({ path: serverPaymentPath, body: oneCallBody(card), ...call, ...privateKey(call) })
    },

    /** To the host that takes no cards. */
    payInOneCallAtGateway(call: Partial<Call>): Promise<Answer> {
      return this.toGateway({ path: serverPaymentPath, ...call, ...privateKey(call) })
    },
  }
}

export type Callers = ReturnType<typeof callersOf>

export const fieldsOf = ({ number, cvc }: MarkedCard) => ({ number, exp_month: 12, exp_year: 2034, cvc })

const serverPaymentPath = '/api/server/payment'

/** `fields` are of the card, `more` of the body. */
export const oneCallBody = (
  card: MarkedCard,
  fields: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
) => ({
  ...anOrder(1_762),
  card: { number: card.number, expMonth: 12, expYear: 2034, cvc: card.cvc, ...fields },
  ...more,
})

function bytesOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
