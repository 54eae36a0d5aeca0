import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secureRandom } from '@tessera/lib/random'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { SealBroken } from './aes-gcm.ts'
import { openRootKey, RootKeyInvalid } from './root-key.ts'

const binding = { table: 'merchant_keys', mode: 'test', merchantId: 'mer_1', recordId: 'card.1' } as const
const good = secureRandom.bytes(32).toString('base64')

function fileWith(text: string): string {
  const path = join(temporaryFolder(), 'root.key')
  writeFileSync(path, text)
  return path
}

describe('the root key', () => {
  it('is the same from a file and from a variable', async () => {
    const fromFile = openRootKey(`file:${fileWith(`${good}\n`)}`, {}, secureRandom)
    const fromVariable = openRootKey('env:ROOT', { ROOT: good }, secureRandom)
    const wrapped = await fromFile.wrap(binding, Buffer.alloc(32, 9))
    expect(await fromVariable.unwrap(binding, wrapped)).toEqual(Buffer.alloc(32, 9))
  })

  it('does not unwrap what another one wrapped, or what belongs elsewhere', async () => {
    const one = openRootKey('env:ROOT', { ROOT: good }, secureRandom)
    const other = openRootKey('env:ROOT', { ROOT: secureRandom.bytes(32).toString('base64') }, secureRandom)
    const wrapped = await one.wrap(binding, Buffer.alloc(32, 9))
    await expect(other.unwrap(binding, wrapped)).rejects.toThrow(SealBroken)
    await expect(one.unwrap({ ...binding, merchantId: 'mer_2' }, wrapped)).rejects.toThrow(SealBroken)
  })

  describe('of which there are several, while it is being changed,', () => {
    const older = secureRandom.bytes(32).toString('base64')
    const opened = (...keys: string[]) => openRootKey(`file:${fileWith(`${keys.join('\n')}\n`)}`, {}, secureRandom)
    const key = Buffer.alloc(32, 9)

    it('opens with each and wraps with the first', async () => {
      const both = opened(good, older)
      for (const single of [good, older]) {
        expect(await both.unwrap(binding, await opened(single).wrap(binding, key))).toEqual(key)
      }
      const wrapped = await both.wrap(binding, key)
      expect(await opened(good).unwrap(binding, wrapped)).toEqual(key)
      await expect(opened(older).unwrap(binding, wrapped)).rejects.toThrow(SealBroken)
    })

    it('wraps anew what an older one has wrapped, and that alone', async () => {
      const both = opened(good, older)
      const rewrapped = await both.rewrap(binding, await opened(older).wrap(binding, key))
      expect(await opened(good).unwrap(binding, rewrapped as Buffer)).toEqual(key)
      expect(await both.rewrap(binding, rewrapped as Buffer)).toBe(null)
      const foreign = await opened(secureRandom.bytes(32).toString('base64')).wrap(binding, key)
      await expect(both.rewrap(binding, foreign)).rejects.toThrow(SealBroken)
    })

    it('may be written with any line ends and empty lines between', async () => {
      const text = `\r\n${good}\r\n\r\n \t${older}\r\n`
      const both = openRootKey(`file:${fileWith(text)}`, {}, secureRandom)
      expect(await both.unwrap(binding, await opened(older).wrap(binding, key))).toEqual(key)
    })

    it('is refused where one of them is none', () => {
      expect(() => opened(good, 'x'.repeat(42))).toThrow(RootKeyInvalid)
      expect(() => opened(good, Buffer.alloc(32).toString('base64'))).toThrow('is not random')
    })
  })

  it.each([
    ['a file that is not there', 'file:/nowhere/root.key', {}],
    ['a variable that is not set', 'env:ROOT', {}],
    ['an unknown provider', 'vault:transit', {}],
    ['too few bytes', 'env:ROOT', { ROOT: secureRandom.bytes(31).toString('base64') }],
    ['no base64', 'env:ROOT', { ROOT: 'x'.repeat(42) }],
    ['zeros', 'env:ROOT', { ROOT: Buffer.alloc(32).toString('base64') }],
    ['a typed text', 'env:ROOT', { ROOT: Buffer.from('testtesttesttesttesttesttesttest').toString('base64') }],
  ])('is refused: %s', (_what, setting, environment) => {
    expect(() => openRootKey(setting, environment, secureRandom)).toThrow(RootKeyInvalid)
  })

  it('never shows in the text of its refusal', () => {
    const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ'
    try {
      openRootKey('env:ROOT', { ROOT: secret }, secureRandom)
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toContain(secret)
    }
  })
})
