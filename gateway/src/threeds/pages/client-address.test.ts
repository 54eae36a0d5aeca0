import { expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'

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
  expect(clientAddress(remote)).toBe(told)
})
