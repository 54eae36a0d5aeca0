import { createSecretKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decrypt, encryptInto, nonceBytes, SealBroken, tagBytes } from './aes-gcm.ts'
import { hkdfSha256, hmacSha256 } from './derivation.ts'

/** Vectors of others (Project Wycheproof, Apache-2.0) through our own functions. */
const folder = new URL('../../../../shared/judges/wycheproof/', import.meta.url)
const isThere = existsSync(folder)
if (!isThere) process.stdout.write('Wycheproof vectors are not here: left out.\n')

interface Vectors<Test> {
  testGroups: {
    keySize?: number
    ivSize?: number
    tagSize?: number
    tests: (Test & { tcId: number; result: string })[]
  }[]
}

function vectors<Test>(name: string): Vectors<Test>['testGroups'] {
  return isThere ? (JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vectors<Test>).testGroups : []
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

describe.skipIf(!isThere)('AES-256-GCM', () => {
  type Test = { key: string; iv: string; aad: string; msg: string; ct: string; tag: string }
  const tests = vectors<Test>('aes_gcm_test.json')
    .filter((group) => group.keySize === 256 && group.ivSize === nonceBytes * 8 && group.tagSize === tagBytes * 8)
    .flatMap((group) => group.tests)

  it('has vectors to stand', () => {
    expect(tests.length).toBeGreaterThan(60)
  })

  it('opens what is valid and nothing else', () => {
    for (const test of tests) {
      const open = (): Buffer =>
        decrypt(createSecretKey(hex(test.key)), hex(test.iv), hex(test.aad), hex(test.ct + test.tag))
      if (test.result === 'valid') expect(open().toString('hex'), `case ${test.tcId}`).toBe(test.msg)
      else expect(open, `case ${test.tcId}`).toThrow(SealBroken)
    }
  })

  it('seals to the very same bytes', () => {
    for (const test of tests.filter(({ result }) => result === 'valid')) {
      const sealed = Buffer.alloc(hex(test.msg).length + tagBytes)
      encryptInto(sealed, 0, createSecretKey(hex(test.key)), hex(test.iv), hex(test.aad), hex(test.msg))
      expect(sealed.toString('hex'), `case ${test.tcId}`).toBe(test.ct + test.tag)
    }
  })
})

describe.skipIf(!isThere)('HMAC-SHA-256', () => {
  type Test = { key: string; msg: string; tag: string }

  it('gives the tag where it is valid, and another one where it is not', () => {
    let seen = 0
    for (const { tests, tagSize = 256 } of vectors<Test>('hmac_sha256_test.json')) {
      for (const test of tests) {
        seen += 1
        const key = createSecretKey(hex(test.key))
        const tag = hmacSha256(key, hex(test.msg)).subarray(0, tagSize / 8)
        expect(tag.toString('hex') === test.tag, `case ${test.tcId}`).toBe(test.result === 'valid')
      }
    }
    expect(seen).toBeGreaterThan(100)
  })
})

describe.skipIf(!isThere)('HKDF-SHA-256', () => {
  type Test = { ikm: string; salt: string; info: string; size: number; okm: string }

  it('gives the key material where it can, and refuses more than the hash allows', () => {
    let seen = 0
    for (const { tests } of vectors<Test>('hkdf_sha256_test.json')) {
      for (const test of tests) {
        seen += 1
        const derive = (): string =>
          hkdfSha256(createSecretKey(hex(test.ikm)), hex(test.salt), hex(test.info), test.size).toString('hex')
        if (test.result === 'valid') expect(derive(), `case ${test.tcId}`).toBe(test.okm)
        else expect(derive, `case ${test.tcId}`).toThrow()
      }
    }
    expect(seen).toBeGreaterThan(50)
  })
})
