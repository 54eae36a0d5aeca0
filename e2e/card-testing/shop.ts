import { hash } from 'node:crypto'
import { answerOf, type Json } from '../harness/api.ts'
import type { Product } from '../harness/product.ts'
import type { Card } from './population.ts'

interface Challenge {
  text: string
  bits: number
}

export type TokenAnswer =
  | { kind: 'token'; token: string }
  | { kind: 'challenge'; challenge: Challenge }
  | { kind: 'refused'; why: string }
export type PaymentAnswer = 'approved' | 'declined' | 'blocked'

export type Shop = ReturnType<typeof shopOf>

/** The shop's page, which anybody may open, and its server, which charges whatever token the page sends it. */
export function shopOf(product: Product) {
  const { gatewayUrl, vaultUrl, publishableKey, secretKey } = product.credentials
  const post = async (url: string, key: string, body: unknown, headers: Record<string, string> = {}) =>
    answerOf(
      await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    )
  return {
    /** `answer` is that of a challenge. The proxy in front of the vault says where the request came from. */
    async tokenize(card: Card, address: string, answer?: string): Promise<TokenAnswer> {
      const headers = { 'x-forwarded-for': address, ...(answer ? { 'tessera-challenge-answer': answer } : {}) }
      const { status, json } = await post(`${vaultUrl}/v1/tokens`, publishableKey, { card }, headers)
      if (status === 201) return { kind: 'token', token: json.id }
      const { code, challenge } = json.error
      return code === 'challenge_required' ? { kind: 'challenge', challenge } : { kind: 'refused', why: code }
    },
    async charge(token: string, amount: number): Promise<PaymentAnswer> {
      const { status, json } = await post(`${gatewayUrl}/v1/payments`, secretKey, { amount, currency: 'USD', token })
      if (status === 201) return 'approved'
      return paymentAnswerOf(status, json)
    },
  }
}

function paymentAnswerOf(status: number, json: Json): PaymentAnswer {
  if (json?.status === 'failed') return 'declined'
  if (json?.error?.code === 'card_limit_exceeded') return 'blocked'
  throw new Error(`a payment was answered with ${status}: ${JSON.stringify(json)}`)
}

export interface Solution {
  answer: string
  cpuMs: number
}

const hashesPerTurn = 20_000

/**
 * As contracts/src/token-challenge.ts says: a number whose digest begins with so many zero bits. Others get their turn in between, since
 * everybody of this play lives in one process.
 */
export async function solve({ text, bits }: Challenge): Promise<Solution> {
  let cpuMs = 0
  for (let first = 0; ; first += hashesPerTurn) {
    const startedMs = performance.now()
    const found = solutionFrom(first, text, bits)
    cpuMs += performance.now() - startedMs
    if (found !== null) return { answer: found, cpuMs }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function solutionFrom(first: number, text: string, bits: number): string | null {
  for (let number = first; number < first + hashesPerTurn; number += 1) {
    const answer = `${text}.${number}`
    if (hash('sha256', answer, 'buffer').readUInt32BE(0) >>> (32 - bits) === 0) return answer
  }
  return null
}
