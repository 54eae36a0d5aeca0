import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Random } from '@tessera/lib/random'

/**
 * API keys as text.
 *
 *   secret       tsk_test_<keyid>_<43 random characters><6 check characters>
 *   publishable  pk_test_<32 random characters>
 *
 * The check characters are the CRC-32 of all that stands before them, in base62: a key that was mistyped or cut is told
 * apart from an unknown one without asking anybody, and secret scanners find leaked keys without false alarms.
 *
 * The inflow spellings are the same keys with another beginning: `inflow_priv_test_…` is `tsk_test_…`, and
 * `inflow_pub_test_…` is `pk_test_…`. Check characters and hash are those of the canonical spelling, so one row serves both.
 */
export interface ApiKeyText {
  kind: 'secret' | 'publishable'
  mode: Mode
  canonical: string
}

export type ApiKeyReading = { ok: true; key: ApiKeyText } | { ok: false; why: 'not_a_key' | 'wrong_check_digits' }

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base = alphabet.length
const checkLength = 6
/** 43 characters of base62 hold 256 bits. */
const secretLength = 43
const publishableLength = 32
const secretShape = /^tsk_(test|live)_[0-9A-Za-z]{1,40}_[0-9A-Za-z]{49}$/
const publishableShape = /^pk_(test|live)_[0-9A-Za-z]{32}$/

/** `keyId` is the key's own id, letters and digits; it finds the key in logs and lists without showing it. */
export function makeSecretKey(mode: Mode, keyId: string, random: Random): string {
  if (!/^[0-9A-Za-z]{1,40}$/.test(keyId)) throw new Error('a key id is 1 to 40 letters and digits')
  const rest = `tsk_${mode}_${keyId}_${randomText(random, secretLength)}`
  return rest + checkCharacters(rest)
}

export function makePublishableKey(mode: Mode, random: Random): string {
  return `pk_${mode}_${randomText(random, publishableLength)}`
}

/** The text of a header, in either spelling. */
export function readApiKey(text: string): ApiKeyReading {
  const canonical = canonicalSpelling(text)
  const secret = secretShape.exec(canonical)
  if (secret !== null) {
    const rest = canonical.slice(0, -checkLength)
    if (checkCharacters(rest) !== canonical.slice(-checkLength)) return { ok: false, why: 'wrong_check_digits' }
    return { ok: true, key: { kind: 'secret', mode: secret[1] as Mode, canonical } }
  }
  const publishable = publishableShape.exec(canonical)
  if (publishable === null) return { ok: false, why: 'not_a_key' }
  return { ok: true, key: { kind: 'publishable', mode: publishable[1] as Mode, canonical } }
}

/** What is stored of a key, and how it is looked up. 256 random bits need no slow hash (ASVS 6.5.2). */
export function apiKeyHash(canonical: string): string {
  return hash('sha256', canonical, 'hex')
}

/** The same key as an integration for the inflow API spells it. */
export function inflowSpelling(canonical: string): string {
  return canonical.replace(/^tsk_/, 'inflow_priv_').replace(/^pk_/, 'inflow_pub_')
}

function canonicalSpelling(text: string): string {
  if (text.startsWith('inflow_priv_')) return `tsk_${text.slice('inflow_priv_'.length)}`
  if (text.startsWith('inflow_pub_')) return `pk_${text.slice('inflow_pub_'.length)}`
  return text
}

function checkCharacters(rest: string): string {
  let value = crc32(rest)
  let text = ''
  for (let index = 0; index < checkLength; index += 1) {
    text = alphabet.charAt(value % base) + text
    value = Math.floor(value / base)
  }
  return text
}

/** Bytes from 248 up are thrown away: 256 is no multiple of 62, and every character must be as likely as any other. */
function randomText(random: Random, length: number): string {
  const fair = 256 - (256 % base)
  let text = ''
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < fair && text.length < length) text += alphabet.charAt(byte % base)
    }
  }
  return text
}
