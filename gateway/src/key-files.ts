import { readFileSync } from 'node:fs'

/** 32 bytes from a file that holds them as hex or base64. Throws with the file's name, never with its content. */
export function readKeyFile(path: string): Buffer {
  const text = readFileSync(path, 'utf8').trim()
  const bytes = /^[0-9A-Fa-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (bytes.length !== 32) throw new Error(`${path} does not hold 32 bytes as hex or base64`)
  return bytes
}
