import { expect, test } from 'vitest'
import { createCallerAddress } from './caller-address.ts'

const direct = createCallerAddress([])
const proxied = createCallerAddress(['127.0.0.0/8', '10.1.0.0/16', 'fd00::/8'])

test('without a proxy the other end of the connection calls, whatever it writes into its headers', () => {
  expect(direct('203.0.113.7', '198.51.100.1')).toEqual({ host: '203.0.113.7', network: '203.0.113' })
})

test('behind a proxy the last hop before it calls, and what the caller wrote in front of that is nothing', () => {
  expect(proxied('127.0.0.1', '198.51.100.1, 203.0.113.7')?.host).toBe('203.0.113.7')
  expect(proxied('127.0.0.1', '203.0.113.7, 10.1.2.3')?.host).toBe('203.0.113.7')
  expect(proxied('fd00::1', '203.0.113.7')?.host).toBe('203.0.113.7')
})

test('an address of a private network is nobody', () => {
  for (const address of [
    '127.0.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '172.31.0.1',
    '169.254.1.1',
    '::1',
    'fe80::1',
    'fd12::1',
    '::ffff:10.0.0.1',
  ]) {
    expect(direct(address, undefined)).toBeNull()
  }
  expect(proxied('127.0.0.1', 'unknown')).toBeNull()
  expect(proxied('127.0.0.1', undefined)).toBeNull()
  expect(direct(undefined, undefined)).toBeNull()
})

test('a household of version 6 is its /64, in whatever spelling', () => {
  const household = { host: '2001:db8:1:2', network: '2001:db8:1' }
  expect(direct('2001:db8:1:2::5', undefined)).toEqual(household)
  expect(direct('2001:0DB8:0001:0002:aaaa:bbbb:cccc:dddd', undefined)).toEqual(household)
  expect(direct('2001:db8::1', undefined)).toEqual({ host: '2001:db8:0:0', network: '2001:db8:0' })
})

test('a version 4 caller of a socket for both versions is one', () => {
  expect(direct('::ffff:203.0.113.7', undefined)?.host).toBe('203.0.113.7')
})
