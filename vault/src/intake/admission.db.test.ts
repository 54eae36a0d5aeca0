import { Agent, request } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { canMakeCertificates, makeCertificate } from '../testing/certificate.ts'
import {
  goodCard,
  liveKey,
  projectedKey,
  publishableKey,
  type RunningVault,
  runVault,
  secretKey,
  usualKeys,
} from '../testing/running-vault.ts'

let database: TestDatabase
let vault: RunningVault

const listedKey = 'pk_test_with_listed_origins'
const keys = [...usualKeys, projectedKey(listedKey, { allowedOrigins: ['https://shop.example'] })]

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'admission' })
  vault = await runVault(database.url)
  await vault.pushKeys(keys)
})

afterAll(async () => {
  await vault.stop()
  await database.drop()
})

const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code: string } }).error.code

describe('a browser', () => {
  const call = (method: string, headers: Record<string, string>, body?: string) =>
    fetch(`${vault.vault.urls.public}/v1/tokens`, { method, headers, body })
  const post = (key: string, origin: string) =>
    call(
      'POST',
      { authorization: `Bearer ${key}`, 'content-type': 'application/json', origin },
      JSON.stringify({ card: goodCard }),
    )

  it('may ask from anywhere before it calls, without a key', async () => {
    const response = await call('OPTIONS', {
      origin: 'https://any.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-allow-methods')).toBe('POST')
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, idempotency-key, tessera-challenge-answer',
    )
    expect(response.headers.get('access-control-max-age')).toBe('600')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('of any origin may use a key that lists none, and read what it is told', async () => {
    const response = await post(publishableKey, 'https://any.example')
    expect(response.status).toBe(201)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-expose-headers')).toContain('X-Request-Id')
    expect((await post('pk_test_unknown', 'https://any.example')).headers.get('access-control-allow-origin')).toBe('*')
  })

  it('may use a key that lists origins from those alone', async () => {
    const allowed = await post(listedKey, 'https://shop.example')
    expect(allowed.status).toBe(201)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example')
    expect(allowed.headers.get('vary')).toBe('Origin')
    for (const origin of ['https://evil.example', 'https://shop.example.evil.example', 'http://shop.example', 'null']) {
      const foreign = await post(listedKey, origin)
      expect(foreign.status).toBe(403)
      expect(await codeOf(foreign)).toBe('forbidden')
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    }
  })
})

describe('keys', () => {
  it('that were revoked stop working with the next push', async () => {
    await vault.pushKeys(usualKeys.slice(1))
    expect((await vault.post({ card: goodCard })).status).toBe(401)
    await vault.pushKeys(keys)
    expect((await vault.post({ card: goodCard })).status).toBe(201)
  })
})

describe('a key that asks too often', () => {
  it('is told to wait, and others are not', async () => {
    const own = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'rate' })
    const limited = await runVault(own.url, {
      environment: { TESSERA_VAULT_RATE_LIMIT_PER_SECOND: '1', TESSERA_VAULT_RATE_LIMIT_BURST: '3' },
    })
    try {
      // At once: while they came one by one, a slow machine would be given what it asks for.
      const answers = await Promise.all(Array.from({ length: 30 }, () => limited.post({ card: goodCard })))
      expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(3)
      const refused = answers.filter(({ status }) => status === 429)
      expect(refused).not.toEqual([])
      for (const { json, headers } of refused) {
        expect(json.error).toMatchObject({ type: 'api_error', code: 'rate_limited' })
        expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
      }
      expect((await limited.post({ card: goodCard }, { key: secretKey })).status).toBe(201)
    } finally {
      await limited.stop()
      await own.drop()
    }
  })
})

describe('test mode', () => {
  it('takes any valid number where the operator allows it, and live mode still no test card', async () => {
    const own = await createTestDatabase({
      migrations: new URL('../../migrations/', import.meta.url),
      name: 'any_card',
    })
    const open = await runVault(own.url, { environment: { TESSERA_TEST_CARDS_ONLY: 'false' } })
    try {
      expect((await open.post({ card: { ...goodCard, number: '4532015112830366' } })).status).toBe(201)
      expect((await open.post({ card: goodCard }, { key: liveKey })).status).toBe(400)
    } finally {
      await open.stop()
      await own.drop()
    }
  })
})

describe.skipIf(!canMakeCertificates)('the public listener over TLS', () => {
  it('takes cards, and bodies in any number of pieces', async () => {
    const own = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'tls' })
    const { cert, certFile, keyFile } = makeCertificate()
    const environment = { TESSERA_VAULT_TLS_CERT_FILE: certFile, TESSERA_VAULT_TLS_KEY_FILE: keyFile }
    const secured = await runVault(own.url, { environment })
    const agent = new Agent({ ca: cert, keepAlive: true })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${publishableKey}` }
    const send = (pieces: readonly string[]) =>
      new Promise<number | undefined>((resolve, reject) => {
        const outgoing = request(
          `${secured.vault.urls.public}/v1/tokens`,
          { method: 'POST', agent, headers },
          (response) => {
            response.resume()
            response.on('end', () => resolve(response.statusCode))
          },
        )
        outgoing.on('error', reject)
        for (const piece of pieces) outgoing.write(piece)
        outgoing.end()
      })
    try {
      expect(secured.vault.urls.public).toMatch(/^https:/)
      const body = JSON.stringify({ card: goodCard })
      expect(await send([body])).toBe(201)
      expect(await send([...body])).toBe(201)
      expect(await send(['{'])).toBe(400)
      expect(await send([body])).toBe(201)
    } finally {
      agent.destroy()
      await secured.stop()
      await own.drop()
    }
  })
})
