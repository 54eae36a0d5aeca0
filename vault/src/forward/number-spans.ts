import { secretBuffer } from '../secret-buffer.ts'
import type { Span } from './spans.ts'

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57
const fillers = [' ', '-', '.', '+', '%20', '%2d', '%2D', '%2e', '%2E', '\\u0020', '\\u002d', '\\u002D', '\u00a0'].map(
  (text) => Buffer.from(text),
)
const fillersMax = 4

/**
 * Where the number stands: in plain digits, in groups, percent-encoded, as JSON escapes, in base64 (whatever comes
 * before it) and in hex.
 */
export function numberSpans(bytes: Buffer, number: Buffer): Span[] {
  const spans: Span[] = []
  const first = number[0]
  for (let start = 0; start < bytes.length; start += 1) {
    const byte = bytes[start]
    if (byte !== first && byte !== percent && byte !== backslash) continue
    const end = digitsEnd(bytes, start, number)
    if (end === -1) continue
    spans.push(bareNumberAround(bytes, start, end) ?? { start, end, isBareNumber: false })
    start = end - 1
  }
  const { needles, wipe } = encodedNeedles(number)
  for (const needle of needles) addOccurrences(bytes, needle, spans)
  wipe()
  return withoutOverlaps(spans)
}

/** End of the number when it starts here in any spelling of its digits, else -1. */
function digitsEnd(bytes: Buffer, start: number, number: Buffer): number {
  let offset = start
  for (let index = 0; index < number.length; index += 1) {
    if (index > 0) offset = afterFillers(bytes, offset)
    const next = afterDigit(bytes, offset, number[index] as number)
    if (next === -1) return -1
    offset = next
  }
  return offset
}

const percent = '%'.charCodeAt(0)
const backslash = '\\'.charCodeAt(0)
const three = '3'.charCodeAt(0)
const unicodeLead = Buffer.from('\\u003')

/** `4`, `%34` or `\u0034`. */
function afterDigit(bytes: Buffer, offset: number, digit: number): number {
  const byte = bytes[offset]
  if (byte === digit) return offset + 1
  if (byte === percent) return bytes[offset + 1] === three && bytes[offset + 2] === digit ? offset + 3 : -1
  if (byte !== backslash || bytes[offset + 5] !== digit) return -1
  return startsWith(bytes, offset, unicodeLead) ? offset + 6 : -1
}

function afterFillers(bytes: Buffer, offset: number): number {
  if (isDigit(bytes[offset])) return offset
  let end = offset
  for (let count = 0; count < fillersMax; count += 1) {
    const filler = fillers.find((candidate) => startsWith(bytes, end, candidate))
    if (filler === undefined) break
    end += filler.length
  }
  return end
}

function startsWith(bytes: Buffer, offset: number, prefix: Buffer): boolean {
  for (let index = 0; index < prefix.length; index += 1) if (bytes[offset + index] !== prefix[index]) return false
  return true
}

const isNumberByte = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && '+-.eE'.includes(String.fromCharCode(byte)))

/** The whole JSON number that the digits are part of, when they stand outside of quotes. */
function bareNumberAround(bytes: Buffer, start: number, end: number): Span | null {
  let from = start
  let to = end
  while (isNumberByte(bytes[from - 1])) from -= 1
  while (isNumberByte(bytes[to])) to += 1
  const before = previousMark(bytes, from)
  const isBare =
    (before === ':' || before === '[' || before === ',') && /[,}\]\s]/.test(String.fromCharCode(bytes[to] ?? 32))
  return isBare ? { start: from, end: to, isBareNumber: true } : null
}

function previousMark(bytes: Buffer, start: number): string {
  let index = start - 1
  while (index >= 0 && /\s/.test(String.fromCharCode(bytes[index] as number))) index -= 1
  return index < 0 ? '' : String.fromCharCode(bytes[index] as number)
}

/**
 * Base64 of the number after 0, 1 or 2 other bytes, cut to the characters that the number alone decides; and hex. Digits
 * give no character in which the base64 alphabets differ.
 */
function encodedNeedles(number: Buffer): { needles: Buffer[]; wipe(): void } {
  const partBytes = 2 * number.length + 2
  const memory = secretBuffer(5 * partBytes)
  const part = (index: number, length: number): Buffer => memory.subarray(index * partBytes, index * partBytes + length)
  const needles: Buffer[] = []
  for (const before of [0, 1, 2]) {
    const padded = part(4, before + number.length).fill(0)
    number.copy(padded, before)
    const whole = part(before, Math.ceil((padded.length * 8) / 6))
    encodeBase64(padded, whole)
    needles.push(whole.subarray(before === 0 ? 0 : before + 1, Math.floor((padded.length * 8) / 6)))
  }
  const hex = part(3, number.length * 2).fill(three)
  for (let index = 0; index < number.length; index += 1) hex[index * 2 + 1] = number[index] as number
  needles.push(hex)
  return { needles, wipe: () => void memory.fill(0) }
}

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')

/** Into a buffer, since a string could not be wiped. Without padding. */
function encodeBase64(bytes: Buffer, encoded: Buffer): void {
  for (let index = 0; index < encoded.length; index += 1) {
    const bit = index * 6
    const pair = ((bytes[bit >> 3] as number) << 8) | (bytes[(bit >> 3) + 1] ?? 0)
    encoded[index] = alphabet[(pair >> (10 - (bit & 7))) & 63] as number
  }
}

function addOccurrences(bytes: Buffer, needle: Buffer, spans: Span[]): void {
  let start = bytes.indexOf(needle)
  while (start !== -1) {
    spans.push({ start, end: start + needle.length, isBareNumber: false })
    start = bytes.indexOf(needle, start + needle.length)
  }
}

function withoutOverlaps(spans: Span[]): Span[] {
  const kept: Span[] = []
  for (const span of spans.sort((left, right) => left.start - right.start)) {
    const last = kept.at(-1)
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end)
    else kept.push(span)
  }
  return kept
}
