import { shownName } from './shown-name.ts'
import { decodeUtf8, validUtf8Length } from './utf8.ts'

/**
 * A JSON reader (RFC 8259) for input from outside. Unlike JSON.parse it refuses duplicate keys, which two readers may
 * resolve differently, and invalid UTF-8; it bounds depth and size; it can keep a number's own text, since an amount
 * must not pass through a double.
 */

export type JsonValue = string | number | boolean | null | ExactNumber | JsonValue[] | { [key: string]: JsonValue }

/** A number as it was written. */
export class ExactNumber {
  readonly exactNumber: string

  constructor(exactNumber: string) {
    this.exactNumber = exactNumber
  }
}

export interface JsonFault {
  /** `too_deep` also tells of too many values. */
  kind: 'empty' | 'invalid_utf8' | 'syntax' | 'duplicate_key' | 'too_deep' | 'number_range'
  /** In characters of the decoded text; in bytes for `invalid_utf8`. */
  position: number
  /** The member concerned or around the position, like `products.0.price`; empty at the top. */
  path: string
}

export type JsonVerdict = { ok: true; value: JsonValue } | { ok: false; fault: JsonFault }

export interface StrictJsonOptions {
  /** Nested arrays and objects; 16. */
  maxDepth?: number
  /** Values of any kind; 5000. */
  maxNodes?: number
  /** A number that is the direct value of such a key comes back as ExactNumber. */
  exactNumberKeys?: ReadonlySet<string>
}

/** Never throws. */
export function parseStrictJson(bytes: Uint8Array, options: StrictJsonOptions = {}): JsonVerdict {
  const text = decodeUtf8(bytes)
  if (text === undefined) {
    return { ok: false, fault: { kind: 'invalid_utf8', position: validUtf8Length(bytes), path: '' } }
  }
  const reader = new Reader(text, options)
  try {
    return { ok: true, value: reader.document() }
  } catch (error) {
    if (error instanceof Fault)
      return { ok: false, fault: { kind: error.kind, position: error.position, path: reader.path() } }
    throw error
  }
}

class Fault {
  readonly kind: JsonFault['kind']
  readonly position: number

  constructor(kind: JsonFault['kind'], position: number) {
    this.kind = kind
    this.position = position
  }
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const minus = 0x2d
const plus = 0x2b
const point = 0x2e
const zero = 0x30
const nine = 0x39
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

function shownPart(part: string | number): string | number {
  return typeof part === 'number' ? part : shownName(part)
}

class Reader {
  readonly #text: string
  readonly #maxDepth: number
  readonly #exactNumberKeys: ReadonlySet<string> | undefined
  /** One part per open array or object; null stands for a key that is not read yet. */
  readonly #path: (string | number | null)[] = []
  #nodesLeft: number
  #at = 0

  constructor(text: string, options: StrictJsonOptions) {
    this.#text = text
    this.#maxDepth = options.maxDepth ?? 16
    this.#nodesLeft = options.maxNodes ?? 5000
    this.#exactNumberKeys = options.exactNumberKeys
  }

  /** Where the reader stood; keys that may carry data, as a card number, are not repeated. */
  path(): string {
    return this.#path.flatMap((part) => (part === null ? [] : shownPart(part))).join('.')
  }

  document(): JsonValue {
    this.#skipBlanks()
    if (this.#at === this.#text.length) throw new Fault('empty', this.#at)
    const value = this.#value(false)
    this.#skipBlanks()
    if (this.#at < this.#text.length) throw this.#syntax()
    return value
  }

  #syntax(): Fault {
    return new Fault('syntax', this.#at)
  }

  #peek(): number {
    return this.#text.charCodeAt(this.#at)
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #value(exactNumber: boolean): JsonValue {
    if (--this.#nodesLeft < 0) throw new Fault('too_deep', this.#at)
    const code = this.#peek()
    if (code === quote) return this.#string()
    if (code === openBrace) return this.#object()
    if (code === openBracket) return this.#array()
    if (code === minus || (code >= zero && code <= nine)) return this.#number(exactNumber)
    return this.#word()
  }

  #word(): boolean | null {
    if (this.#text.startsWith('true', this.#at)) {
      this.#at += 4
      return true
    }
    if (this.#text.startsWith('false', this.#at)) {
      this.#at += 5
      return false
    }
    if (this.#text.startsWith('null', this.#at)) {
      this.#at += 4
      return null
    }
    throw this.#syntax()
  }

  #enter(): void {
    if (this.#path.length >= this.#maxDepth) throw new Fault('too_deep', this.#at)
    this.#at++
    this.#skipBlanks()
  }

  #array(): JsonValue[] {
    this.#enter()
    const values: JsonValue[] = []
    if (this.#peek() === closeBracket) {
      this.#at++
      return values
    }
    this.#path.push(0)
    for (;;) {
      values.push(this.#value(false))
      this.#skipBlanks()
      const code = this.#peek()
      if (code === closeBracket) break
      if (code !== comma) throw this.#syntax()
      this.#at++
      this.#path[this.#path.length - 1] = values.length
      this.#skipBlanks()
    }
    this.#at++
    this.#path.pop()
    return values
  }

  #object(): { [key: string]: JsonValue } {
    this.#enter()
    const members: { [key: string]: JsonValue } = {}
    if (this.#peek() === closeBrace) {
      this.#at++
      return members
    }
    this.#path.push(null)
    for (;;) {
      this.#member(members)
      this.#skipBlanks()
      const code = this.#peek()
      if (code === closeBrace) break
      if (code !== comma) throw this.#syntax()
      this.#at++
      this.#skipBlanks()
    }
    this.#at++
    this.#path.pop()
    return members
  }

  #member(members: { [key: string]: JsonValue }): void {
    const keyAt = this.#at
    if (this.#peek() !== quote) throw this.#syntax()
    const key = this.#string()
    this.#path[this.#path.length - 1] = key
    if (Object.hasOwn(members, key)) throw new Fault('duplicate_key', keyAt)
    this.#skipBlanks()
    if (this.#peek() !== colon) throw this.#syntax()
    this.#at++
    this.#skipBlanks()
    const value = this.#value(this.#exactNumberKeys?.has(key) === true)
    if (key === '__proto__') {
      // Assigning would set the prototype.
      Object.defineProperty(members, key, { value, writable: true, enumerable: true, configurable: true })
    } else {
      members[key] = value
    }
  }

  #string(): string {
    const start = ++this.#at
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === quote) return this.#text.slice(start, this.#at++)
      if (code === backslash) return this.#escapedString(start)
      // The end of the text reads as NaN, which passes no comparison.
      if (!(code >= 0x20)) throw this.#syntax()
      this.#at++
    }
  }

  #escapedString(start: number): string {
    let result = ''
    let copied = start
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === quote) return result + this.#text.slice(copied, this.#at++)
      if (code === backslash) {
        result += this.#text.slice(copied, this.#at) + this.#escape()
        copied = this.#at
      } else {
        if (!(code >= 0x20)) throw this.#syntax()
        this.#at++
      }
    }
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#at + 1)
    const simple = escapes[letter]
    if (simple !== undefined) {
      this.#at += 2
      return simple
    }
    if (letter !== 'u') throw this.#syntax()
    const first = this.#hexUnit()
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first)
    // A lone surrogate is no character: it would come out of UTF-8 as something else (RFC 8259 section 8.2).
    if (first > 0xdbff || !this.#text.startsWith('\\u', this.#at)) throw this.#syntax()
    const second = this.#hexUnit()
    if (second < 0xdc00 || second > 0xdfff) throw this.#syntax()
    return String.fromCharCode(first, second)
  }

  /** Reads `\uXXXX`. */
  #hexUnit(): number {
    const digits = this.#text.slice(this.#at + 2, this.#at + 6)
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw this.#syntax()
    this.#at += 6
    return Number.parseInt(digits, 16)
  }

  #number(exact: boolean): number | ExactNumber {
    const start = this.#at
    if (this.#peek() === minus) this.#at++
    if (this.#peek() === zero) this.#at++
    else this.#digits()
    if (this.#peek() === point) {
      this.#at++
      this.#digits()
    }
    const code = this.#peek()
    if (code === 0x65 || code === 0x45) {
      this.#at++
      const sign = this.#peek()
      if (sign === plus || sign === minus) this.#at++
      this.#digits()
    }
    const text = this.#text.slice(start, this.#at)
    if (exact) return new ExactNumber(text)
    const value = Number(text)
    if (!Number.isFinite(value)) throw new Fault('number_range', start)
    return value
  }

  #digits(): void {
    const start = this.#at
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (!(code >= zero && code <= nine)) break
      this.#at++
    }
    if (this.#at === start) throw this.#syntax()
  }
}

/** The same value gives the same text: keys sorted by UTF-16 unit, no blanks. For fingerprints of requests. */
export function canonicalJson(value: JsonValue | undefined): string {
  if (value instanceof ExactNumber) return value.exactNumber
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}
