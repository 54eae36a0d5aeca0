import { expect, it } from 'vitest'
import { contentPolicy, originOf } from './content-policy.ts'

const directives = (policy: string) =>
  Object.fromEntries(policy.split('; ').map((each) => [each.split(' ')[0], each.split(' ').slice(1).join(' ')]))

it('a page without needs may do nothing', () => {
  expect(directives(contentPolicy({ style: '' }))).toEqual({
    'default-src': "'none'",
    'style-src': "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    'img-src': 'data:',
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'base-uri': "'none'",
  })
})

it('forms and frames reach our own host and the origins that are named, and no others', () => {
  const issuer = ['https://acs.example']
  const policy = contentPolicy({
    style: '',
    script: 'x',
    asksUs: true,
    hasForms: true,
    formOrigins: issuer,
    frameOrigins: issuer,
  })
  expect(directives(policy)).toMatchObject({
    'connect-src': "'self'",
    'frame-src': "'self' https://acs.example",
    'form-action': "'self' https://acs.example",
  })
  expect(policy).not.toContain('unsafe')
})

it('a page that the issuer’s page frames says nothing of its ancestors', () => {
  expect(contentPolicy({ style: '', isFramed: true })).not.toContain('frame-ancestors')
})

it.each([
  ['https://acs.bank.example:8443/challenge?a=b', 'https://acs.bank.example:8443'],
  ['http://127.0.0.1:9/x', 'http://127.0.0.1:9'],
  ['https://[::1]/x', 'https://[::1]'],
])('the origin of %s is %s', (url, origin) => {
  expect(originOf(url)).toBe(origin)
})

it.each([
  'https://acs.example;script-src/',
  'https://a,b.example/',
  "https://a'b.example/",
  'https://*/',
  'javascript:alert(1)',
  'data:text/html,x',
  'acs',
])('%s cannot widen a policy', (url) => {
  expect(() => originOf(url)).toThrow('the issuer’s address')
})

it('lets the pages of a merchant’s sites hold a page in a frame, and no others', () => {
  const framedBy = ['https://shop.example', 'http://localhost:*']
  expect(contentPolicy({ style: '', framedBy })).toContain('frame-ancestors https://shop.example http://localhost:*;')
  expect(contentPolicy({ style: '', framedBy: [] })).toContain("frame-ancestors 'none'")
})
