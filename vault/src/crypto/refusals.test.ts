import { createSecretKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secureRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import { decrypt, encryptInto, SealBroken } from './aes-gcm.ts'
import { derivedKey } from './derivation.ts'
import { localRootKey, openRootKey, RootKeyInvalid } from './root-key.ts'
import { keyVersionOf, open, seal } from './sealed-box.ts'

const place = { table: 'tokens', mode: 'test', merchantId: 'mer_1', recordId: 'tok_1' } as const
const key = { version: 7, key: createSecretKey(Buffer.alloc(32, 3)) }

function refusal(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was refused')
}

describe('a sealed value that does not open', () => {
  it('says why', () => {
    const sealed = seal(key, place, Buffer.from('x'), secureRandom)
    const reasons = [
      refusal(() => keyVersionOf(sealed.subarray(0, 32))),
      refusal(() => keyVersionOf(Buffer.concat([Buffer.from([2]), sealed.subarray(1)]))),
      refusal(() => open({ ...key, version: 8 }, place, sealed)),
      refusal(() => decrypt(key.key, Buffer.alloc(12), Buffer.alloc(0), Buffer.alloc(15))),
      refusal(() => open(key, { ...place, table: 'cvcs' }, sealed)),
    ]
    expect(reasons.map(({ name, message }) => `${name}: ${message}`)).toEqual(
      ['too short', 'unknown format version', 'sealed under another key', 'too short', 'the tag does not match'].map(
        (reason) => `SealBroken: a sealed value does not open: ${reason}`,
      ),
    )
    expect(reasons.at(-1)?.cause).toBeInstanceOf(Error)
  })

  it('is not one that holds nothing', () => {
    const sealed = seal(key, place, Buffer.alloc(0), secureRandom)
    expect(sealed).toHaveLength(33)
    expect(keyVersionOf(sealed)).toBe(7)
    expect(open(key, place, sealed)).toHaveLength(0)
    const bare = Buffer.alloc(16)
    encryptInto(bare, 0, key.key, Buffer.alloc(12), Buffer.alloc(0), Buffer.alloc(0))
    expect(decrypt(key.key, Buffer.alloc(12), Buffer.alloc(0), bare)).toHaveLength(0)
    expect(() => decrypt(key.key, Buffer.alloc(12, 1), Buffer.alloc(0), bare)).toThrow(SealBroken)
  })
})

describe('a key that is derived', () => {
  it('follows from secret and purpose', () => {
    const [secret, other] = [createSecretKey(Buffer.alloc(32, 1)), createSecretKey(Buffer.alloc(32, 2))]
    const text = (from: typeof secret, info: string) => derivedKey(from, info).export().toString('hex')
    expect(text(secret, 'a')).toBe(text(secret, 'a'))
    expect(new Set([text(secret, 'a'), text(secret, 'b'), text(other, 'a')]).size).toBe(3)
  })
})

describe('a root key', () => {
  const good = secureRandom.bytes(32)
  const open32 = (text: string) => openRootKey('env:ROOT', { ROOT: text }, secureRandom)

  it('takes its bytes over and wipes them', () => {
    const secret = Buffer.from(good)
    localRootKey([secret], secureRandom)
    expect(secret).toEqual(Buffer.alloc(32))
  })

  it('may be written in both base64 alphabets, with its mark of the end or without', async () => {
    const wrapped = await open32(good.toString('base64')).wrap(place, Buffer.alloc(32, 5))
    const spellings = [
      good.toString('base64url'),
      good.toString('base64').replace('=', ''),
      ` ${good.toString('base64')}\n`,
    ]
    for (const spelling of spellings) expect(await open32(spelling).unwrap(place, wrapped)).toEqual(Buffer.alloc(32, 5))
  })

  it.each([
    ['nothing', '', 'the variable ROOT is not set'],
    ['one sign too many', `${good.toString('base64url')}A`, 'must hold 32 bytes in base64'],
    ['something before it', `!${good.toString('base64url')}`, 'must hold 32 bytes in base64'],
    ['something behind it', `${good.toString('base64url')}!`, 'must hold 32 bytes in base64'],
    ['31 bytes', Buffer.from(good.subarray(1)).toString('base64'), 'must hold 32 bytes in base64'],
    [
      '15 different bytes',
      Buffer.from(Array.from({ length: 32 }, (_, at) => at % 15)).toString('base64'),
      'is not random; make one with: openssl rand -base64 32',
    ],
  ])('is refused where there is %s', (_what, text, reason) => {
    const refused = refusal(() => open32(text))
    expect(refused).toBeInstanceOf(RootKeyInvalid)
    expect(refused).toMatchObject({ name: 'RootKeyInvalid', message: `TESSERA_ROOT_KEY: ${reason}` })
  })

  it('is taken with sixteen different bytes: chance seldom gives fewer than 25', () => {
    const text = Buffer.from(Array.from({ length: 32 }, (_, at) => at % 16)).toString('base64')
    expect(() => open32(text)).not.toThrow()
  })

  it('comes from a file or a variable and from nowhere else', () => {
    const message = 'TESSERA_ROOT_KEY: must be file:/path or env:VARIABLE'
    for (const setting of ['ROOT', 'kms:ROOT', '']) {
      expect(refusal(() => openRootKey(setting, { ROOT: good.toString('base64') }, secureRandom)).message).toBe(message)
    }
  })

  it('in a file that cannot be read is told apart from one that is wrong', () => {
    const folder = mkdtempSync(join(tmpdir(), 'root-key-'))
    try {
      const missing = refusal(() => openRootKey(`file:${folder}/none`, {}, secureRandom))
      expect(missing.message).toBe(`TESSERA_ROOT_KEY: ${folder}/none cannot be read`)
      expect(missing.cause).toMatchObject({ code: 'ENOENT' })
      writeFileSync(join(folder, 'key'), 'no key')
      const wrong = refusal(() => openRootKey(`file:${folder}/key`, {}, secureRandom))
      expect(wrong.message).toBe('TESSERA_ROOT_KEY: must hold 32 bytes in base64')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
