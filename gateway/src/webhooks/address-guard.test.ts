import { expect, test } from 'vitest'
import { createAddressGuard } from './address-guard.ts'

const guard = createAddressGuard([])

// biome-ignore format: a list reads better in rows
const forbidden = [
  '0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254', '169.254.169.254',
  '168.63.129.16', '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1',
  '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
  '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::ffff:0:7f00:1',
  '64:ff9b::7f00:1', '64:ff9b:1::a00:1', '100::1', '2001::1', '2001:2::1', '2001:10::1', '2001:20::1', '2001:db8::1',
  '2002:7f00:1::', '3fff::1', '4000::1', '5f00::1', '8000::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0',
  'fec0::1', 'ff02::1', '', 'localhost', '127.0.0.1:80', 'not an address',
]

test.each(forbidden)('nothing is sent to %s', (address) => {
  expect(guard.allows(address, false)).toBe(false)
})

test.each([
  '1.1.1.1',
  '9.9.9.9',
  '100.63.255.255',
  '100.128.0.1',
  '172.32.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
  '::ffff:1.1.1.1',
])('a public address may be reached: %s', (address) => {
  expect(guard.allows(address, false)).toBe(true)
})

test('loopback is reached only where it is asked for, and nothing else comes with it', () => {
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    expect(guard.allows(address, true)).toBe(true)
  }
  for (const address of ['10.0.0.1', '169.254.169.254', '0.0.0.0', '::', 'fd00:ec2::254']) {
    expect(guard.allows(address, true)).toBe(false)
  }
})

test('the operator may allow ranges of its own, and what lies beside them stays forbidden', () => {
  const inside = createAddressGuard(['10.1.0.0/16', 'fd12:3456::/32'])
  expect(inside.allows('10.1.255.1', false)).toBe(true)
  expect(inside.allows('::ffff:10.1.0.1', false)).toBe(true)
  expect(inside.allows('fd12:3456:1::1', false)).toBe(true)
  expect(inside.allows('10.2.0.1', false)).toBe(false)
  expect(inside.allows('fd12:3457::1', false)).toBe(false)
})

test('a range that is none is refused at start', () => {
  expect(() => createAddressGuard(['10.1.0.0/99'])).toThrow('10.1.0.0/99')
})
