import { expect } from 'vitest'
import { createTestDatabase } from '../../../tools/testing/database.ts'
import { count } from './calls.ts'
import { projectedKey, runVault, usualKeys } from './running-vault.ts'
import { startStubAcquirer } from './stub-acquirer.ts'
import { startStubGateway } from './stub-gateway.ts'

export const key = 'tsk_test_k7_0a1b2c3d4e5f'
export const keys = [
  ...usualKeys,
  projectedKey(key, { kind: 'secret', scopes: ['*'] }),
  projectedKey('tsk_live_k8_everything', { kind: 'secret', scopes: ['*'] }),
  projectedKey('tsk_test_s2s_off', { kind: 'secret', scopes: ['*'], s2sEnabled: false }),
  projectedKey('tsk_test_inactive', { kind: 'secret', scopes: ['*'], merchantActive: false }),
  projectedKey('tsk_test_expired', { kind: 'secret', scopes: ['*'], expiresAtMs: 1_000 }),
  projectedKey('tsk_test_narrow', { kind: 'secret', scopes: ['payments:write'] }),
  projectedKey('pk_test_public_key'),
]
export const number = '4242424242424242'
export const card = { number, expMonth: 12, expYear: 2034, cvc: '907' }
export const order = {
  products: [{ name: 'Tea', price: 1500, quantity: 2 }],
  currency: 'EUR',
  customerEmail: 'ada@example.com',
}

/** The vault as the card host of server payments, between a merchant's server and a gateway that does as it is told. */
export async function openCardHost(name: string) {
  const database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name })
  const acquirer = await startStubAcquirer()
  const gateway = await startStubGateway()
  const vault = await runVault(database.url, { environment: { TESSERA_SANDBOX_URL: acquirer.url } })
  await vault.pushKeys(keys, gateway.url)

  async function post(
    body: unknown,
    headers: Record<string, string> = {},
    path = '/api/server/payment',
    method = 'POST',
  ) {
    const response = await fetch(vault.vault.urls.public + path, {
      method,
      headers: { 'content-type': 'application/json', 'x-inflow-api-key': key, ...headers },
      ...(method === 'GET' || body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: text === '' ? null : JSON.parse(text) }
  }

  /** What the gateway was sent last. */
  const passedOn = () => {
    const request = gateway.received.at(-1)
    if (request === undefined) throw new Error('nothing was passed on')
    return { ...request, json: JSON.parse(request.body) }
  }

  async function refused(...given: Parameters<typeof post>) {
    const [tokens, requests] = [await count(vault, 'tokens'), gateway.received.length]
    const answer = await post(...given)
    expect(answer.json).toEqual({
      statusCode: answer.status,
      message: expect.anything(),
      error: expect.any(String),
    })
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('x-request-id')).toMatch(/^rq_[0-9a-z]{26}$/)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.text).not.toContain(number)
    expect(await count(vault, 'tokens')).toBe(tokens)
    expect(gateway.received.length).toBe(requests)
    return { status: answer.status, message: answer.json.message, error: answer.json.error }
  }

  return {
    acquirer,
    gateway,
    vault,
    post,
    passedOn,
    refused,
    /** For each test: nothing has been passed on, and the gateway answers with what it gets. */
    beginAnew() {
      gateway.received.length = 0
      gateway.behave(({ body }, res) => res.writeHead(201, { 'x-request-id': 'rq_gateway' }).end(body))
    },
    async stop() {
      await vault.stop()
      await gateway.stop()
      await acquirer.stop()
      await database.drop()
    },
  }
}
