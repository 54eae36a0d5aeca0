import { expect } from 'vitest'
import type { Answer } from '../../harness/api.ts'
import type { CallOfApi } from './calls.ts'
import { originOf } from './calls.ts'
import { answerFault, errorFault } from './contract.ts'
import type { World } from './world.ts'

export interface RawRequest {
  method: string
  path: string
  headers?: Record<string, string>
  body?: Uint8Array<ArrayBuffer> | string
}

export interface Refusal {
  status: number
  code: string
  /** The fields that `details` must name, all of them and no other. */
  params?: readonly string[]
  message?: RegExp
}

/** Sends a request as it is given, whatever is wrong with it, as far as an HTTP client can. */
export async function send(world: World, call: CallOfApi | null, request: RawRequest): Promise<Answer> {
  const origin = call === null ? world.product.credentials.gatewayUrl : originOf(world, call)
  const response = await fetch(origin + request.path, {
    method: request.method,
    headers: request.headers ?? {},
    ...(request.body === undefined ? {} : { body: request.body }),
    redirect: 'manual',
  })
  const text = await response.text()
  let json: Answer['json'] = null
  try {
    json = JSON.parse(text)
  } catch {
    // Looked at as text.
  }
  return { status: response.status, headers: response.headers, text, json }
}

const typeOfStatus = (status: number): string[] => {
  if (status === 401 || status === 403) return ['authentication_error']
  return status === 429 || status >= 500 ? ['api_error'] : ['invalid_request_error', 'payment_error']
}

/** The contract's error: its shape, its code, all faults listed, nothing else. */
export function expectRefusal(answer: Answer, refusal: Refusal, call?: CallOfApi): void {
  expect([answer.status, answer.json?.error?.code], answer.text).toEqual([refusal.status, refusal.code])
  expectErrorShape(answer)
  if (call !== undefined) expect(answerFault(call.name, answer.status, answer.json)).toBeNull()
  const { error } = answer.json
  if (refusal.params !== undefined) {
    const named = (error.details ?? []).map((detail: { param: string }) => detail.param)
    expect([...named].sort(), answer.text).toEqual([...refusal.params].sort())
    expect(refusal.params).toContain(error.param)
  }
  if (refusal.message !== undefined) expect(error.message).toMatch(refusal.message)
}

export function expectErrorShape(answer: Answer): void {
  expect(errorFault(answer.json), answer.text).toBeNull()
  const { error } = answer.json
  expect(typeOfStatus(answer.status)).toContain(error.type)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.get('x-request-id')).toBe(error.request_id)
  expect(error.message.length).toBeGreaterThan(10)
  expect(error.doc_url).toMatch(new RegExp(`^https?://.+#${error.code}$`))
}
