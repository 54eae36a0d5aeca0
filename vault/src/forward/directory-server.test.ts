import { fileURLToPath } from 'node:url'
import type { RequestTemplate, TemplateJson } from '@tessera/contracts/vault-protocol'
import { describe, expect, it } from 'vitest'
import { loadManifests } from './manifests.ts'
import { refusalOf } from './template-check.ts'

/** What of 3-D Secure may leave the vault: the number and its expiry, in their places, to the directory server; never the CVC. */
const folder = fileURLToPath(new URL('../../../contracts/connectors/', import.meta.url))
const operation = loadManifests(folder, { TESSERA_SANDBOX_URL: 'http://127.0.0.1:4000' }).find(
  'directory-server',
  'authenticate',
)
if (operation === undefined) throw new Error('there is no manifest for the directory server')

const areq = (value: Record<string, TemplateJson>, over: Partial<RequestTemplate> = {}): RequestTemplate => ({
  method: 'POST',
  path: '/ds/authentications',
  headers: { accept: 'application/json' },
  body: { kind: 'json', value: { messageType: 'AReq', ...value } },
  ...over,
})
const number = { $card: 'number' } as const

describe('an authentication request', () => {
  it('is filled with number and expiry, and sent once to the sandbox, in test mode alone', () => {
    expect(refusalOf(areq({ acctNumber: number, cardExpiryDate: { $card: 'exp_yymm' } }), operation)).toBeNull()
    expect(operation.once).toBe(true)
    expect(operation.origins.test?.href).toBe('http://127.0.0.1:4000/')
    expect(operation.origins.live).toBeUndefined()
  })

  it.each([
    ['the CVC', areq({ acctNumber: number, cvc: { $card: 'cvc' } })],
    ['the CVC in the number’s place', areq({ acctNumber: { $card: 'cvc' } })],
    ['the number where it could be read back', areq({ merchantName: number })],
    ['the number in its expiry’s place', areq({ cardExpiryDate: number })],
    ['the number deeper inside', areq({ acctInfo: { acctNumber: number } })],
    ['another path', areq({ acctNumber: number }, { path: '/ds/card-ranges' })],
    ['a header of its own', areq({ acctNumber: number }, { headers: { 'x-notification': 'https://evil.example' } })],
  ])('with %s is refused', (_, template) => {
    expect(refusalOf(template, operation)).not.toBeNull()
  })
})
