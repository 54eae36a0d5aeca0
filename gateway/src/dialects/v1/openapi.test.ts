import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { generatedFiles, staleFiles } from './emit-openapi.ts'
import { buildV1Document } from './openapi.ts'
import { createTestApi } from './testing/test-api.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document is walked, whatever it holds.
type Json = any

it('the committed files are what the routes give', async () => {
  expect(await staleFiles()).toEqual([])
  for (const [path, text] of await generatedFiles()) {
    expect(await readFile(new URL(`../../../../${path}`, import.meta.url), 'utf8')).toBe(text)
  }
})

it('every served route is in the document, and nothing else but the vault’s', async () => {
  const { server } = createTestApi()
  await server.app.ready()
  const served = routesIn(server.app.printRoutes({ commonPrefix: false }))
  expect(served.length).toBeGreaterThan(20)
  const document: Json = await buildV1Document()
  const documented = Object.entries<Json>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
  expect(documented.filter((route) => route !== 'POST /v1/tokens').sort()).toEqual(served.sort())
})

it('every reference leads somewhere, and every operation says who may call it and what may come', async () => {
  const document: Json = await buildV1Document()
  const names = Object.keys(document.components.schemas)
  const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)
  expect([...references].filter(([, name]) => !names.includes(name as string))).toEqual([])
  for (const operations of Object.values<Json>(document.paths)) {
    for (const operation of Object.values<Json>(operations)) {
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/)
      expect(operation.summary ?? '').not.toBe('')
      const isPublic = operation.security.length === 0
      expect(Object.keys(operation.responses), operation.operationId).toEqual(
        expect.arrayContaining(isPublic ? ['200'] : ['401', '403', '429', '503']),
      )
    }
  }
  const operationIds = Object.values<Json>(document.paths).flatMap((each) =>
    Object.values<Json>(each).map(({ operationId }) => operationId),
  )
  expect(new Set(operationIds).size).toBe(operationIds.length)
})

it('every POST of the gateway takes an idempotency key, and says what a repetition may get', async () => {
  const document: Json = await buildV1Document()
  const posts = Object.entries<Json>(document.paths).flatMap(([path, { post }]) => (post ? [[path, post]] : []))
  expect(posts.length).toBeGreaterThan(10)
  for (const [path, post] of posts) {
    const headers = (post.parameters ?? []).filter((each: Json) => each.in === 'header')
    const answers = Object.keys(post.responses)
    // The vault keeps no fingerprint of a card's body.
    const isOfVault = path === '/v1/tokens'
    expect(
      headers.map(({ name }: Json) => name),
      path,
    ).toEqual(isOfVault ? ['Tessera-Challenge-Answer'] : ['idempotency-key'])
    expect(
      ['400', '409'].filter((status) => answers.includes(status)),
      path,
    ).toEqual(isOfVault ? ['400'] : ['400', '409'])
  }
})

/** The framework prints its routes as a tree of path beginnings, four characters to a level. */
function routesIn(tree: string): string[] {
  const beginnings: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, part = '', methods = ''] = /^(.*)[├└]── (\S+)(?: \(([^)]+)\))?/.exec(line) ?? []
    if (indent === undefined) return []
    const depth = indent.length / 4
    const path = (beginnings[depth - 1] ?? '') + part
    beginnings[depth] = path
    return methods.split(', ').flatMap((method) => (method === '' ? [] : [`${method} ${path}`]))
  })
}
