import { hash } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** 26 characters (130 bits) that follow from the parts alone, whatever characters the parts hold. */
export function derivedId(...parts: string[]): string {
  const digest = hash('sha256', JSON.stringify(parts), 'buffer')
  let id = ''
  let bits = 0
  let held = 0
  for (const byte of digest) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5 && id.length < 26) {
      bits -= 5
      id += alphabet[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
    if (id.length === 26) break
  }
  return id
}
