import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { loadManifests, ManifestsInvalid } from './manifests.ts'

const good = {
  connector: 'acme',
  origins: { test: { origin: 'https://test.acme.example' }, live: { origin: 'https://live.acme.example' } },
  operations: {
    authorize: {
      method: 'POST',
      path: '/v1/payments/{payment}/authorize',
      content: 'json',
      headers: ['authorization'],
      once: true,
      placeholders: { '/card/number': ['number'] },
      verbatim: ['/amount'],
    },
    inquire: {
      method: 'GET',
      path: '/v1/payments',
      query: ['reference'],
      content: 'none',
      headers: [],
      once: false,
      verbatim: [],
    },
  },
}

function folderWith(...manifests: unknown[]): string {
  const folder = temporaryFolder()
  manifests.forEach((manifest, index) => {
    writeFileSync(join(folder, `${index}.json`), typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  })
  return folder
}

// biome-ignore lint/suspicious/noExplicitAny: a test breaks the manifest in every way.
function altered(change: (manifest: any) => void): unknown {
  const manifest = structuredClone(good)
  change(manifest)
  return manifest
}

describe('connector manifests', () => {
  it('of this repository are all usable', () => {
    const folder = fileURLToPath(new URL('../../../contracts/connectors/', import.meta.url))
    const manifests = loadManifests(folder, { TESSERA_SANDBOX_URL: 'http://127.0.0.1:4000' })
    expect(manifests.find('sandbox', 'authorize')?.origins.test?.href).toBe('http://127.0.0.1:4000/')
    expect(manifests.find('sandbox', 'authorize')?.origins.live).toBeUndefined()
  })

  it('give an operation its origins by mode', () => {
    const operation = loadManifests(folderWith(good), {}).find('acme', 'authorize')
    expect(operation?.origins.live?.href).toBe('https://live.acme.example/')
    expect(loadManifests(folderWith(good), {}).find('acme', 'refund')).toBeUndefined()
    expect(loadManifests(folderWith(good), {}).find('other', 'authorize')).toBeUndefined()
  })

  it.each([
    ['/v1/payments/abc_-1/authorize', true],
    ['/v1/payments//authorize', false],
    ['/v1/payments/a/b/authorize', false],
    ['/v1/payments/../authorize', false],
    ['/v1/payments/a%2fb/authorize', false],
    [`/v1/payments/${'a'.repeat(65)}/authorize`, false],
    ['/v1/payments/a/authorize/', false],
    ['/v1/payments/a/authorize?x=1', false],
    ['/v1/payments/a/authorize#x', false],
    ['https://evil.example/v1/payments/a/authorize', false],
    ['//evil.example/v1/payments/a/authorize', false],
  ])('match the path %s: %s', (path, matches) => {
    expect(loadManifests(folderWith(good), {}).find('acme', 'authorize')?.matches(path)).toBe(matches)
  })

  it.each([
    ['/v1/payments', true],
    ['/v1/payments?reference=op_1.2', true],
    ['/v1/payments?reference=a&reference=b', false],
    ['/v1/payments?other=a', false],
    ['/v1/payments?reference', false],
    ['/v1/payments?reference=a b', false],
    ['/v1/payments?reference=a\r\nx', false],
  ])('match the query of %s: %s', (path, matches) => {
    expect(loadManifests(folderWith(good), {}).find('acme', 'inquire')?.matches(path)).toBe(matches)
  })

  it.each([
    ['live on loopback', altered((m) => (m.origins.live.origin = 'https://127.0.0.1'))],
    ['live on localhost', altered((m) => (m.origins.live.origin = 'https://localhost:8443'))],
    ['live on IPv6 loopback', altered((m) => (m.origins.live.origin = 'https://[::1]'))],
    ['live without TLS', altered((m) => (m.origins.live.origin = 'http://live.acme.example'))],
    ['test without TLS elsewhere', altered((m) => (m.origins.test.origin = 'http://test.acme.example'))],
    ['an origin with a path', altered((m) => (m.origins.test.origin = 'https://test.acme.example/api'))],
    ['an origin with a user', altered((m) => (m.origins.test.origin = 'https://u:p@test.acme.example'))],
    ['an unknown mode', altered((m) => (m.origins.staging = { origin: 'https://x.example' }))],
    ['no JSON', '{'],
    ['a list', []],
    ['an unknown method', altered((m) => (m.operations.authorize.method = 'PATCH'))],
    ['a path with a query', altered((m) => (m.operations.authorize.path = '/v1?x=1'))],
    ['a relative path', altered((m) => (m.operations.authorize.path = 'v1'))],
    ['a header of the vault', altered((m) => m.operations.authorize.headers.push('host'))],
    ['a framing header', altered((m) => m.operations.authorize.headers.push('transfer-encoding'))],
    ['once left out', altered((m) => delete m.operations.authorize.once)],
    ['an unknown placeholder', altered((m) => (m.operations.authorize.placeholders['/x'] = ['pin']))],
    ['a placeholder without pointer', altered((m) => (m.operations.authorize.placeholders.number = ['number']))],
    ['a placeholder without body', altered((m) => (m.operations.inquire.placeholders = { '/x': ['number'] }))],
  ])('are refused at the start: %s', (_what, manifest) => {
    expect(() => loadManifests(folderWith(manifest), {})).toThrow(ManifestsInvalid)
  })

  it('whose origin comes from the environment must be loopback', () => {
    const sandbox = altered((m) => {
      m.origins = { test: { originFromEnvironment: 'SANDBOX', loopbackOnly: true } }
    })
    expect(() => loadManifests(folderWith(sandbox), { SANDBOX: 'https://acme.example' })).toThrow(/loopback/)
    expect(() => loadManifests(folderWith(sandbox), { SANDBOX: 'http://127.0.0.1:1/' })).not.toThrow()
    expect(loadManifests(folderWith(sandbox), {}).find('acme', 'authorize')?.origins.test).toBeUndefined()
  })

  it('tell all their problems at once', () => {
    const folder = folderWith(
      '{',
      altered((m) => (m.operations.authorize.method = 'PATCH')),
    )
    expect(() => loadManifests(folder, {})).toThrow(
      expect.objectContaining({
        problems: expect.arrayContaining([expect.stringMatching(/^0\.json/), expect.stringMatching(/^1\.json/)]),
      }),
    )
  })
})
