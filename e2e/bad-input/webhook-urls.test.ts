import { createServer as createHttpServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiOf } from '../harness/api.ts'
import { operate } from '../harness/operator.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { until } from '../harness/until.ts'
import { insideHosts, insideHostsOfTestMode, trickUrls } from './testing/inside-urls.ts'
import { expectRefusal } from './testing/refusal.ts'

let product: Product
let api: Api
let liveKey: string
/** Listens on all addresses of this machine, and counts who comes. */
let canary: { port: number; seen(): number; stop(): Promise<void> }
/** Lives on loopback and sends whoever calls on to the canary. */
let detour: Server
let detourUrl: string

beforeAll(async () => {
  canary = await startCanary()
  detour = createHttpServer((request, response) => {
    request.resume()
    response.writeHead(307, { location: `http://127.0.0.1:${canary.port}/` }).end()
  })
  await new Promise<void>((resolve) => detour.listen(0, '127.0.0.1', resolve))
  detourUrl = `http://127.0.0.1:${(detour.address() as AddressInfo).port}/`
  // The canary's port is a port like 443 here, so that only the address can be what is refused.
  product = await startProduct({ environment: { TESSERA_WEBHOOK_ALLOW_PORTS: String(canary.port) } })
  api = apiOf(product)
  liveKey = (await operate(product, 'merchants', 'create', '--name', 'Live shop', '--mode', 'live')).secretKey
  await until(async () => (await endpoints(liveKey)).length === 0, { withinMs: 30_000, what: 'the live key' })
})
afterAll(async () => {
  await product?.dispose()
  await canary?.stop()
  await new Promise((resolve) => (detour === undefined ? resolve(null) : detour.close(resolve)))
})

async function startCanary() {
  let seen = 0
  const server = createServer((socket) => {
    seen += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => seen,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const endpoints = async (key: string): Promise<unknown[]> =>
  (await api.get('/v1/webhook_endpoints', { key })).json.data ?? ['?']

async function refuses(url: string, key: string): Promise<void> {
  const answer = await api.post('/v1/webhook_endpoints', { url }, { key })
  expect([url, answer.status]).toEqual([url, 400])
  expectRefusal(answer, { status: 400, code: 'validation_error' })
  expect(answer.json.error.param).toBe('url')
}

describe('a webhook address inside', () => {
  it(`is refused in live mode, in ${insideHosts.length} spellings`, async () => {
    expect(insideHosts.length).toBeGreaterThanOrEqual(200)
    for (const host of insideHosts) await refuses(`https://${host}:${canary.port}/webhooks`, liveKey)
    expect(await endpoints(liveKey)).toEqual([])
  })

  it('is refused in test mode, unless it is the developer’s own machine', async () => {
    const { secretKey } = product.credentials
    expect(insideHostsOfTestMode.length).toBeGreaterThanOrEqual(150)
    for (const host of insideHostsOfTestMode) await refuses(`https://${host}:${canary.port}/webhooks`, secretKey)
    expect(await endpoints(secretKey)).toEqual([])
  })

  it('is refused however it is wrapped', async () => {
    for (const url of trickUrls) await refuses(url.replaceAll('INSIDE', `127.0.0.1:${canary.port}`), liveKey)
    expect(await endpoints(liveKey)).toEqual([])
  })

  it('cannot replace an address outside', async () => {
    const url = 'https://shop.example/webhooks'
    const made = await api.post('/v1/webhook_endpoints', { url }, { key: liveKey })
    expect(made.status).toBe(201)
    const path = `/v1/webhook_endpoints/${made.json.id}`
    for (const host of insideHosts) {
      const inside = `https://${host}:${canary.port}/`
      const answer = await api.patch(path, { url: inside }, { key: liveKey })
      expect([inside, answer.status, answer.json.error?.param]).toEqual([inside, 400, 'url'])
    }
    expect((await api.get(path, { key: liveKey })).json.url).toBe(url)
    await api.delete(path, { key: liveKey })
  })

  it('is not called by any of this', () => expect(canary.seen()).toBe(0))

  it('is not called by way of a redirect', async () => {
    const made = await api.post('/v1/webhook_endpoints', { url: detourUrl })
    const tried = await api.post(`/v1/webhook_endpoints/${made.json.id}/test`)
    expect(tried.json).toMatchObject({ delivered: false, response_status: 307 })
    expect(canary.seen()).toBe(0)
  })

  it('would be seen if it were called', async () => {
    const made = await api.post('/v1/webhook_endpoints', { url: `http://127.0.0.1:${canary.port}/` })
    expect(made.status).toBe(201)
    await api.post(`/v1/webhook_endpoints/${made.json.id}/test`)
    expect(canary.seen()).toBe(1)
  })
})
