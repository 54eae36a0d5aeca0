import { describe, expect, it } from 'vitest'
import { createClientAddress } from './client-address.ts'

describe('without a proxy', () => {
  const find = createClientAddress([])

  it.each([
    ['203.0.114.7', '203.0.114.7'],
    ['::ffff:203.0.114.7', '203.0.114.7'],
    ['2a00:1450::1', '2a00:1450::1'],
    ['127.0.0.1', null],
    ['10.0.0.4', null],
    ['::1', null],
    ['fd00::1', null],
    ['fe80::1%eth0', null],
    ['nonsense', null],
    [null, null],
  ])('the other end %s is told to an issuer as %s', (remote, told) => {
    expect(find(remote, undefined)).toBe(told)
  })

  it('nobody is believed about another address', () => {
    expect(find('203.0.114.7', '198.51.101.1')).toBe('203.0.114.7')
    expect(find('10.0.0.4', '198.51.101.1')).toBeNull()
  })
})

describe('behind proxies', () => {
  const find = createClientAddress(['10.0.0.0/8', '2a00:5::/32'])

  it.each([
    ['one that names the shopper', '10.0.0.4', '198.51.101.1', '198.51.101.1'],
    ['two of them', '10.0.0.4', '198.51.101.1, 10.0.0.9', '198.51.101.1'],
    ['one of another family', '2a00:5::7', '2a00:1450::1', '2a00:1450::1'],
    ['one that a shopper tries to deceive', '10.0.0.4', '192.0.3.1, 198.51.101.1', '198.51.101.1'],
    ['one that names nobody', '10.0.0.4', undefined, null],
    ['one that names something else', '10.0.0.4', '198.51.101.1, unknown', null],
    ['one that names a private address', '10.0.0.4', '192.168.1.1', null],
  ])('%s', (_what, remote, forwardedFor, told) => {
    expect(find(remote, forwardedFor)).toBe(told)
  })
})

it('a range that is none is refused at the start', () => {
  expect(() => createClientAddress(['10.0.0.0/99'])).toThrow()
})
