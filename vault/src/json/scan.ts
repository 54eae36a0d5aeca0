import { hexValue } from './hex.ts'
import { type KeyRange, keyTextOf, sameKey } from './keys.ts'

/**
 * Walks a JSON document (RFC 8259) over its bytes without making a value of anything: what looks is told where each value
 * stands. UTF-8 must have been checked.
 */
export interface JsonFault {
  kind: 'empty' | 'syntax' | 'duplicate_key' | 'too_deep' | 'too_many_members'
  position: number
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null'

/** Where a value stands: the keys, as byte ranges inside their quotes, and array indexes that lead to it. */
export type PlaceStep = KeyRange | { index: number }

export interface JsonVisitor {
  /** Objects and arrays are told before what is in them, with `end` at their bracket. Strings include the quotes. */
  onValue(kind: JsonKind, start: number, end: number, place: readonly PlaceStep[]): void
}

export interface ScanLimits {
  maxDepth: number
  /** Per object; also asks for keys that are all different. Absent: neither is looked at. */
  maxMembers?: number
}

export function scanJson(bytes: Buffer, visitor: JsonVisitor, limits: ScanLimits): JsonFault | null {
  const scanner = new Scanner(bytes, visitor, limits)
  try {
    scanner.document()
    return null
  } catch (error) {
    if (error instanceof Stop) return error.fault
    throw error
  }
}

/** The keys and indexes as text, for a document whose keys may become strings. */
export function pointerOf(bytes: Buffer, place: readonly PlaceStep[]): string[] {
  return place.map((step) => ('index' in step ? String(step.index) : keyTextOf(bytes, step)))
}

/** Ends a scan. No error, whose stack would take longer to write down than most scans take. */
class Stop {
  readonly fault: JsonFault
  constructor(kind: JsonFault['kind'], position: number) {
    this.fault = { kind, position }
  }
}

const code = (character: string): number => character.charCodeAt(0)
const quote = code('"')
const backslash = code('\\')
const comma = code(',')
const colon = code(':')
const minus = code('-')
const zero = code('0')
const openBrace = code('{')
const closeBrace = code('}')
const openBracket = code('[')
const closeBracket = code(']')
const simpleEscapes = new Set([...'"\\/bfnrt'].map(code))
const literals = (['true', 'false', 'null'] as const).map((text) => ({ text, bytes: Buffer.from(text) }))

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57
const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9

class Scanner {
  readonly #bytes: Buffer
  readonly #visitor: JsonVisitor
  readonly #limits: ScanLimits
  readonly #place: PlaceStep[] = []
  #at = 0

  constructor(bytes: Buffer, visitor: JsonVisitor, limits: ScanLimits) {
    this.#bytes = bytes
    this.#visitor = visitor
    this.#limits = limits
  }

  document(): void {
    this.#skipSpace()
    if (this.#at === this.#bytes.length) throw new Stop('empty', 0)
    this.#value()
    this.#skipSpace()
    if (this.#at !== this.#bytes.length) this.#refuse()
  }

  #refuse(): never {
    throw new Stop('syntax', this.#at)
  }

  #skipSpace(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1
  }

  #expect(byte: number): void {
    if (this.#bytes[this.#at] !== byte) this.#refuse()
    this.#at += 1
  }

  #value(): void {
    const start = this.#at
    const byte = this.#bytes[start]
    let kind: JsonKind
    if (byte === openBrace || byte === openBracket) {
      if (byte === openBrace) this.#object()
      else this.#array()
      return
    }
    if (byte === quote) {
      this.#string()
      kind = 'string'
    } else if (byte === minus || isDigit(byte)) {
      this.#number()
      kind = 'number'
    } else {
      kind = this.#literal()
    }
    this.#visitor.onValue(kind, start, this.#at, this.#place)
  }

  #object(): void {
    this.#enter('object')
    const keys: KeyRange[] = []
    while (this.#hasNext(closeBrace, keys.length === 0)) {
      if (this.#bytes[this.#at] !== quote) this.#refuse()
      const keyStart = this.#at + 1
      const isEscaped = this.#string()
      const key = { keyStart, keyEnd: this.#at - 1, isEscaped }
      this.#checkKey(keys, key)
      keys.push(key)
      this.#skipSpace()
      this.#expect(colon)
      this.#skipSpace()
      this.#place.push(key)
      this.#value()
      this.#place.pop()
    }
  }

  #array(): void {
    this.#enter('array')
    for (let index = 0; this.#hasNext(closeBracket, index === 0); index += 1) {
      this.#place.push({ index })
      this.#value()
      this.#place.pop()
    }
  }

  #enter(kind: 'object' | 'array'): void {
    if (this.#place.length >= this.#limits.maxDepth) throw new Stop('too_deep', this.#at)
    this.#visitor.onValue(kind, this.#at, this.#at + 1, this.#place)
    this.#at += 1
  }

  /** Consumes what stands between two elements, or the closing bracket. */
  #hasNext(closing: number, isFirst: boolean): boolean {
    this.#skipSpace()
    if (this.#bytes[this.#at] === closing) {
      this.#at += 1
      return false
    }
    if (!isFirst) {
      this.#expect(comma)
      this.#skipSpace()
    }
    return true
  }

  #checkKey(keys: readonly KeyRange[], key: KeyRange): void {
    const { maxMembers } = this.#limits
    if (maxMembers === undefined) return
    if (keys.length >= maxMembers) throw new Stop('too_many_members', key.keyStart)
    if (keys.some((other) => sameKey(this.#bytes, other, key))) throw new Stop('duplicate_key', key.keyStart)
  }

  /** Whether it holds an escape. */
  #string(): boolean {
    let isEscaped = false
    this.#at += 1
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined || byte < 0x20) this.#refuse()
      this.#at += 1
      if (byte === quote) return isEscaped
      if (byte !== backslash) continue
      isEscaped = true
      this.#escape()
    }
  }

  /** A lone surrogate is no character: refused, as UTF-8 has no way to write it. */
  #escape(): void {
    const byte = this.#bytes[this.#at]
    if (byte !== undefined && simpleEscapes.has(byte)) {
      this.#at += 1
      return
    }
    const unit = this.#unicodeEscape()
    if (unit < 0xd800 || unit > 0xdfff) return
    if (unit > 0xdbff || this.#bytes[this.#at] !== backslash) this.#refuse()
    this.#at += 1
    const low = this.#unicodeEscape()
    if (low < 0xdc00 || low > 0xdfff) this.#refuse()
  }

  /** After the backslash. */
  #unicodeEscape(): number {
    this.#expect(code('u'))
    let unit = 0
    for (let count = 0; count < 4; count += 1) {
      const digit = hexValue(this.#bytes[this.#at])
      if (digit === -1) this.#refuse()
      unit = unit * 16 + digit
      this.#at += 1
    }
    return unit
  }

  #number(): void {
    if (this.#bytes[this.#at] === minus) this.#at += 1
    if (this.#bytes[this.#at] === zero) this.#at += 1
    else this.#digits()
    if (this.#bytes[this.#at] === code('.')) {
      this.#at += 1
      this.#digits()
    }
    const exponent = this.#bytes[this.#at]
    if (exponent !== code('e') && exponent !== code('E')) return
    this.#at += 1
    const sign = this.#bytes[this.#at]
    if (sign === minus || sign === code('+')) this.#at += 1
    this.#digits()
  }

  #digits(): void {
    if (!isDigit(this.#bytes[this.#at])) this.#refuse()
    while (isDigit(this.#bytes[this.#at])) this.#at += 1
  }

  #literal(): JsonKind {
    for (const { text, bytes } of literals) {
      const end = Math.min(this.#at + bytes.length, this.#bytes.length)
      if (this.#bytes.compare(bytes, 0, bytes.length, this.#at, end) !== 0) continue
      this.#at += bytes.length
      return text
    }
    this.#refuse()
  }
}
