import type { RequestTemplate, TemplateJson } from '@tessera/contracts/vault-protocol'
import { describe, expect, it } from 'vitest'
import type { AllowedOperation } from './manifests.ts'
import { refusalOf } from './template-check.ts'

const json: AllowedOperation = {
  connector: 'acme',
  name: 'authorize',
  method: 'POST',
  path: '/v1/charges',
  content: 'json',
  headers: ['authorization', 'x-version'],
  once: true,
  placeholders: { '/card/number': ['number'], '/card/cvc': ['cvc'], '/a~1b/~0c': ['exp_mmyy'], '/list/0': ['number'] },
  verbatim: [],
  matches: (path) => path === '/v1/charges',
  origins: {},
}
const form: AllowedOperation = { ...json, content: 'form', placeholders: { 'card[number]': ['number'] } }
const none: AllowedOperation = { ...json, content: 'none', method: 'GET', placeholders: undefined }

const template = (value: unknown, over: Partial<RequestTemplate> = {}): RequestTemplate => ({
  method: 'POST',
  path: '/v1/charges',
  headers: { Authorization: 'Bearer x' },
  body: { kind: 'json', value: value as TemplateJson },
  ...over,
})

describe('a template', () => {
  it.each([
    { card: { number: { $card: 'number' }, cvc: { $card: 'cvc', optional: true } }, amount: 100 },
    { 'a/b': { '~c': { $card: 'exp_mmyy' } } },
    { list: [{ $card: 'number' }, 1, null, true, 'x'] },
    {},
  ])('with placeholders where the manifest has them may be sent: %j', (value) => {
    expect(refusalOf(template(value), json)).toBeNull()
  })

  it.each([
    ['elsewhere', { metadata: { note: { $card: 'number' } } }],
    ['at the root', { $card: 'number' }],
    ['of another name', { card: { number: { $card: 'cvc' } } }],
    ['of an unknown name', { card: { number: { $card: 'pin' } } }],
    ['of no name', { card: { number: { $card: null } } }],
    ['with more beside it', { card: { number: { $card: 'number', prefix: 'x' } } }],
    ['that is optional in a strange way', { card: { number: { $card: 'number', optional: 'yes' } } }],
    ['in another list element', { list: ['x', { $card: 'number' }] }],
    ['one level too deep', { card: { number: [{ $card: 'number' }] } }],
    ['under a key with a slash that looks like a pointer', { 'card/number': { $card: 'number' } }],
  ])('with a placeholder %s is refused', (_where, value) => {
    expect(refusalOf(template(value), json)).toEqual(expect.any(String))
  })

  it.each([
    ['another method', { method: 'PUT' }],
    ['another path', { path: '/v1/refunds' }],
    ['no path', { path: undefined }],
    ['a header that is not listed', { headers: { 'x-forwarded-host': 'evil' } }],
    ['a header with a line break', { headers: { authorization: 'a\r\nhost: evil' } }],
    ['a header that is no text', { headers: { authorization: 1 } }],
    ['no headers', { headers: null }],
    ['no body', { body: null }],
    ['a body of another kind', { body: { kind: 'form', fields: [] } }],
    ['a body of no kind', { body: {} }],
  ])('with %s is refused', (_what, over) => {
    expect(refusalOf(template({}, over as Partial<RequestTemplate>), json)).toEqual(expect.any(String))
  })

  it('that nests without end is refused', () => {
    let value: TemplateJson = 'x'
    for (let depth = 0; depth < 40; depth += 1) value = [value]
    expect(refusalOf(template(value), json)).toMatch(/deep/)
  })

  it('of a form follows the same rules', () => {
    const withFields = (fields: unknown) =>
      template(null, { body: { kind: 'form', fields } as RequestTemplate['body'] })
    expect(
      refusalOf(
        withFields([
          ['card[number]', { $card: 'number' }],
          ['amount', '1'],
        ]),
        form,
      ),
    ).toBeNull()
    expect(refusalOf(withFields([['description', { $card: 'number' }]]), form)).toEqual(expect.any(String))
    expect(refusalOf(withFields([['amount', 1]]), form)).toEqual(expect.any(String))
    expect(refusalOf(withFields([[1, 'x']]), form)).toEqual(expect.any(String))
    expect(refusalOf(withFields('x'), form)).toEqual(expect.any(String))
  })

  it('without a body goes where none is wanted', () => {
    expect(refusalOf(template(null, { method: 'GET', body: null }), none)).toBeNull()
    expect(refusalOf(template({}, { method: 'GET' }), none)).toEqual(expect.any(String))
  })
})
