import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A secret key in the right form, check characters (CRC-32 in base62) included, that nobody was ever given. */
export function unknownSecretKey(mode: 'test' | 'live' = 'test'): string {
  const random = [...randomBytes(43)].map((byte) => alphabet[byte % 62]).join('')
  const rest = `tsk_${mode}_0123456789_${random}`
  return rest + checkCharacters(rest)
}

export function unknownPublishableKey(): string {
  return `pk_test_${[...randomBytes(32)].map((byte) => alphabet[byte % 62]).join('')}`
}

function checkCharacters(rest: string): string {
  let value = crc32(rest)
  let text = ''
  for (let index = 0; index < 6; index += 1) {
    text = alphabet.charAt(value % 62) + text
    value = Math.floor(value / 62)
  }
  return text
}

/** The same key with two characters swapped: what a slip of the hand makes of it. */
export function mistyped(key: string): string {
  const at = [...key].findIndex((letter, index) => index > 20 && letter !== key[index + 1])
  return key.slice(0, at) + key.charAt(at + 1) + key.charAt(at) + key.slice(at + 2)
}
