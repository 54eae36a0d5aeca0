import { holdsCardNumber } from '@tessera/contracts/card-brands'
import type { KeyRange } from '../json/keys.ts'
import { decodeString } from '../json/strings.ts'

/** From the quote of its key to the end of its value. */
export interface KeptMember extends KeyRange {
  start: number
  end: number
}

const backslash = 0x5c
const letters = /^[A-Za-z_]{1,40}$/

/** The members of a body that may leave the vault, as byte ranges of what was received. */
export class RestOfBody {
  readonly #bytes: Buffer
  readonly #members: readonly KeptMember[]
  readonly #isWhole: boolean

  constructor(bytes: Buffer, members: readonly KeptMember[], membersInAll: number) {
    this.#bytes = bytes
    this.#members = members
    this.#isWhole = members.length === membersInAll
  }

  /**
   * A body of these members, each as it was written, after those of `first`, which is JSON text. In memory of its own: what was
   * received can be wiped.
   */
  after(first: string): Buffer {
    if (first === '' && this.#isWhole) return Buffer.from(this.#bytes)
    const kept = this.#members.map(({ start, end }) => this.#bytes.subarray(start, end))
    const parts = first === '' ? kept : [Buffer.from(first), ...kept]
    return Buffer.concat([open, ...parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part])), close])
  }

  /** Names of the members that hold what looks like a card number, in their keys or values, at any depth; `?` is not told. */
  withCardNumbers(): string[] {
    return this.#members
      .filter(({ start, end }) => this.#isTrueOf(start, end, holdsCardNumber))
      .map((member) => this.#nameOf(member))
  }

  /** Whether these very digits stand anywhere in them. */
  holds(digits: Buffer): boolean {
    return this.#members.some(({ start, end }) => this.#isTrueOf(start, end, (text) => text.includes(digits)))
  }

  #isTrueOf(start: number, end: number, test: (text: Buffer) => boolean): boolean {
    const text = this.#bytes.subarray(start, end)
    if (test(text)) return true
    if (!text.includes(backslash)) return false
    const decoded = decodeString(this.#bytes, start, end)
    try {
      return test(decoded)
    } finally {
      decoded.fill(0)
    }
  }

  /** Only what cannot be a number itself becomes a string. */
  #nameOf({ keyStart, keyEnd }: KeptMember): string {
    const isLong = keyEnd - keyStart > 40
    const hasDigits = this.#bytes.subarray(keyStart, keyEnd).some((byte) => byte >= 0x30 && byte <= 0x39)
    if (isLong || hasDigits) return '?'
    const name = this.#bytes.toString('latin1', keyStart, keyEnd)
    return letters.test(name) ? name : '?'
  }
}

const open = Buffer.from('{')
const comma = Buffer.from(',')
const close = Buffer.from('}')
