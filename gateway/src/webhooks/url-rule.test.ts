import { expect, test } from 'vitest'
import { createAddressGuard } from './address-guard.ts'
import { createUrlRule } from './url-rule.ts'

const rule = createUrlRule(createAddressGuard([]), [])

/** This machine in every spelling that the URL parser understands. */
// biome-ignore format: a list reads better in rows
const thisMachine = [
  'https://127.0.0.1/', 'https://127.1/', 'https://127.0.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0x7f.1/',
  'https://0x7f.0x0.0x0.0x1/', 'https://017700000001/', 'https://0177.0.0.1/', 'https://0177.0x0.1/', 'https://127.0.0.1./',
  'https://①②⑦.0.0.1/', 'https://127。0。0。1/', 'https://127．0．0．1/', 'https://%31%32%37.0.0.1/', 'https://127.0.0.%31/',
  'https://[::1]/', 'https://[0:0:0:0:0:0:0:1]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/',
  'https://[0:0:0:0:0:ffff:7f00:1]/', 'https://127.255.255.254/', 'https://localhost/', 'https://LOCALHOST/', 'https://localhost./',
  'https://hooks.localhost/', 'http://localhost:3000/hooks', 'http://127.0.0.1:3000/', 'http://[::1]:3000/', 'http://127.1:80/',
  'http://hooks.localhost:9999/',
]

/** The network around, the cloud below, other protocols, and texts that make one host look like another. */
// biome-ignore format: a list reads better in rows
const hostile = [
  'https://0/', 'https://0.0.0.0/', 'https://00000000000/', 'https://[::]/', 'https://[::127.0.0.1]/', 'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/', 'https://[::ffff:0:127.0.0.1]/', 'https://[fe80::1]/', 'https://[fe80::1%25eth0]/',
  'https://[fd00:ec2::254]/', 'https://[fc00::1]/', 'https://[fec0::1]/', 'https://[ff02::1]/', 'https://10.0.0.1/', 'https://167772161/',
  'https://172.16.0.1/', 'https://192.168.0.1/', 'https://3232235521/', 'https://100.64.0.1/', 'https://169.254.169.254/latest/meta-data/',
  'https://2852039166/', 'https://0xa9fea9fe/', 'https://[::ffff:a9fe:a9fe]/', 'https://168.63.129.16/', 'https://198.18.0.1/',
  'https://203.0.113.1/', 'https://224.0.0.1/', 'https://255.255.255.255/', 'https://metadata/', 'https://vault/', 'https://intranet./',
  'http://shop.example/', 'http://1.1.1.1/', 'http://10.0.0.1/', 'https://shop.example:22/', 'https://shop.example:5432/',
  'https://shop.example:8080/', 'https://shop.example:80/', 'https://user@shop.example/', 'https://user:pass@shop.example/',
  'https://@shop.example/', 'https://:@shop.example/', 'https://shop.example@127.0.0.1/', 'https://shop.example%40127.0.0.1/',
  'http://user@localhost/', 'http://localhost/#a', 'https://localhost.shop.example:3000/', 'https://127.0.0.1.shop.example:3000/',
  'https://shop.example#@127.0.0.1/', 'https://shop.example/#part', 'https://shop.example/#', 'https://shop.example\\@127.0.0.1/',
  'https:\\\\127.0.0.1/', 'https:127.0.0.1', 'https:/127.0.0.1', 'https:///127.0.0.1/', '//127.0.0.1/', ' https://127.0.0.1/',
  'https://127.0.0.1/\n', 'https://shop\t.example/', 'https://shop.example/\r\nHost: vault', 'https://shop.example /', 'https://',
  'https://?', 'https://#', 'shop.example', '/hooks', '', 'ftp://shop.example/', 'file:///etc/passwd', 'gopher://127.0.0.1/',
  'ws://127.0.0.1/', 'javascript:alert(1)', 'data:text/plain,x', 'unix:/var/run/docker.sock', 'https://[::1', 'https://256.1.1.1/',
  'https://1.2.3.4.5/', 'https://shop.0x7f000001/', 'https://sho\u0000p.example/', 'https://shop.example\u2028/', 'https://xn--/',
  `https://shop.example/${'a'.repeat(2048)}`,
]

test('no URL is in the lists twice', () => {
  expect(new Set([...hostile, ...thisMachine]).size).toBe(hostile.length + thisMachine.length)
})

test.each(hostile)('refused in either mode: %j', (url) => {
  expect(rule(url, 'live')).toBeTypeOf('string')
  expect(rule(url, 'test')).toBeTypeOf('string')
})

test.each(thisMachine)('reached by a developer in test mode, refused in live mode: %s', (url) => {
  expect(rule(url, 'test')).toBeNull()
  expect(rule(url, 'live')).toBeTypeOf('string')
})

// biome-ignore format: a list reads better in rows
const welcome = [
  'https://shop.example', 'https://shop.example/hooks?shop=1', 'https://shop.example:8443/', 'HTTPS://Shop.Example/', 'https://1.1.1.1/',
  'https://[2606:4700::1111]/', 'https://hüte.example/', 'https://shop.example./', 'https://shop.example/a@b', 'https://shop.example/?to=a@b',
]

test.each(welcome)('an ordinary receiver is welcome: %s', (url) => {
  expect(rule(url, 'live')).toBeNull()
  expect(rule(url, 'test')).toBeNull()
})

test('the operator’s ranges and ports are allowed beside the usual ones', () => {
  const inside = createUrlRule(createAddressGuard(['10.1.0.0/16']), [9443])
  expect(inside('https://10.1.2.3:9443/', 'live')).toBeNull()
  expect(inside('https://10.2.2.3:9443/', 'live')).toContain('not public')
  expect(inside('https://10.1.2.3:9444/', 'live')).toContain('443, 8443, 9443')
  expect(inside('http://10.1.2.3/', 'live')).toContain('https')
  expect(inside('https://receiver:8443/', 'live')).toBeNull()
})

test('every refusal says what is wrong with the URL', () => {
  expect(rule('http://shop.example/', 'test')).toContain('https')
  expect(rule('https://user:pass@shop.example/', 'live')).toContain('user name')
  expect(rule('https://shop.example/#a', 'live')).toContain('fragment')
  expect(rule('https://shop.example:25/', 'live')).toContain('port 25')
  expect(rule('https://vault/', 'live')).toContain('domain name')
})
