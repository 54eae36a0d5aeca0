import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { generatedText } from './emit-openapi.ts'
import { createTestApi, type Json } from './testing/test-api.ts'

it('the committed file is what the routes give', async () => {
  const committed = new URL('../../../../contracts/openapi/inflow.json', import.meta.url)
  expect(await readFile(committed, 'utf8')).toBe(await generatedText())
})

it('every call of the contract is in the document, with who may make it and what may come', async () => {
  const document: Json = JSON.parse(await generatedText())
  const documented = Object.entries<Json>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(documented.toSorted()).toEqual(
    [
      'POST /api/server/payment',
      'POST /api/server/payment/{id}',
      'PATCH /api/server/payment/{id}',
      'POST /api/server/payment/{id}/confirm',
      'GET /api/payment/{id}',
      'GET /api/payment',
      'POST /api/payment',
      'POST /api/payment/{id}/refund',
      'POST /api/checkout/payment',
      'POST /api/link',
      'GET /api/link',
      'GET /api/link/{id}',
      'PATCH /api/link/{id}',
      'DELETE /api/link/{id}',
      'POST /api/link/{id}/unarchive',
      'GET /api/tax/rate',
      'POST /api/webhook',
      'GET /api/webhook',
      'GET /api/webhook/{id}',
      'GET /api/webhook/{id}/status',
      'PATCH /api/webhook/{id}',
      'GET /api/webhook/{id}/secret',
      'PATCH /api/webhook/{id}/event-types',
      'DELETE /api/webhook/{id}',
    ].toSorted(),
  )
  for (const operations of Object.values<Json>(document.paths)) {
    for (const [method, operation] of Object.entries<Json>(operations)) {
      expect(operation.security).toEqual([{ privateKey: [] }])
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining([method === 'post' ? '201' : '200', '401', '403', '429', '500', '503']),
      )
    }
  }
})

it('every documented route is served', async () => {
  const { server } = createTestApi()
  await server.app.ready()
  const document: Json = JSON.parse(await generatedText())
  for (const [path, operations] of Object.entries<Json>(document.paths)) {
    for (const method of Object.keys(operations)) {
      const url = path.replace('{id}', ':id')
      expect([url, method, server.app.hasRoute({ method: method.toUpperCase() as 'GET', url })]).toEqual([
        url,
        method,
        true,
      ])
    }
  }
})
