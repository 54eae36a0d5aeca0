import { createLogger } from '@tessera/lib/log'
import { afterEach, expect, it } from 'vitest'
import type { PlainRequest, PlainRoute } from '../lib/plain-route.ts'
import { addPlainRoutes } from './plain-routes.ts'
import { buildEcho, clock, stopServers } from './testing/echo-server.ts'

afterEach(stopServers)

let kept: Buffer | undefined

function serverWith(answer: (request: PlainRequest) => string) {
  const server = buildEcho()
  const route = (method: PlainRoute['method']): PlainRoute => ({
    method,
    path: '/page/:id',
    async answer(request) {
      kept = request.body
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: answer(request) }
    },
    refuse: (why, { params }) => ({
      status: 400,
      headers: { 'content-type': 'text/plain' },
      body: `${params.id} ${why}`,
    }),
  })
  const log = createLogger({ process: 'test', clock, level: 'silent' })
  addPlainRoutes(server.app, [route('GET'), route('POST')], { limitBytes: 1_000, log })
  return server.app
}
const form = { 'content-type': 'application/x-www-form-urlencoded' }

it('a form reaches its route as bytes, which are wiped afterwards', async () => {
  const app = serverWith(({ params, body }) => `${params.id}: ${body}`)
  const answer = await app.inject({ method: 'POST', url: '/page/7', headers: form, payload: 'cres=abc' })
  expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([200, '7: cres=abc', 'text/plain'])
  expect(kept).toEqual(Buffer.alloc(8))
})

it('keeps the headers of every answer, and lets a route replace them', async () => {
  const answer = await serverWith(() => 'page').inject({ method: 'GET', url: '/page/7' })
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  expect(answer.headers['x-request-id']).toMatch(/^rq_/)
})

it.each([
  ['a card number in a form', form, 'note=4242+4242+4242+4242', '7 card_data'],
  ['a number whose groups stand apart by encoded spaces', form, 'note=4242%204242%204242%204242', '7 card_data'],
  ['a number whose groups stand apart by dots', form, 'note=4242.4242.4242.4242', '7 card_data'],
  ['a number in encoded digits', form, `note=${'%34%32'.repeat(8)}`, '7 card_data'],
  ['a card in JSON', { 'content-type': 'application/json' }, '{"card":{"number":"4242424242424242"}}', '7 card_data'],
  ['more than the limit', form, 'x'.repeat(1_001), '7 too_large'],
])('%s goes no further', async (_what, headers, payload, said) => {
  kept = undefined
  const answer = await serverWith(() => 'reached').inject({ method: 'POST', url: '/page/7', headers, payload })
  expect([answer.statusCode, answer.body, kept]).toEqual([400, said, undefined])
})

it.each(['note=100%', 'note=%zz%2', 'note=4242+4242+4242+4241', 'note=%2B49+30+1234567'])(
  '%s does',
  async (payload) => {
    const answer = await serverWith(({ body }) => String(body)).inject({
      method: 'POST',
      url: '/page/7',
      headers: form,
      payload,
    })
    expect([answer.statusCode, answer.body]).toEqual([200, payload])
  },
)

it('ids in JSON that look like a card number are none', async () => {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  const payload = '{"dsTransID":"00000000-0000-0000-4242-424242424242"}'
  const answer = await serverWith(() => 'reached').inject({ method: 'POST', url: '/page/7', headers, payload })
  expect(answer.body).toBe('reached')
})

it('a failure inside is worded by the route', async () => {
  const app = serverWith(() => {
    throw new Error('the database is gone')
  })
  const answer = await app.inject({ method: 'GET', url: '/page/7' })
  expect([answer.statusCode, answer.body]).toEqual([400, '7 failed'])
})
