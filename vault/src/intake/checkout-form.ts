import type { CardFields, Field } from '../cards/read-card.ts'
import { secretBuffer } from '../secret-buffer.ts'

export interface CheckoutForm {
  ticket: string
  savesCard: boolean
  card: CardFields
  /** Zeroes number, CVC and name; the body that they stood in stays the caller's. */
  wipe(): void
}

const ampersand = 0x26
const equals = 0x3d
const plus = 0x2b
const percent = 0x25
const space = 0x20

/**
 * The fields of `application/x-www-form-urlencoded`, read from the bytes. Number and CVC go from buffer to buffer and never
 * become a string; of a field that comes twice the first one counts.
 */
export function readCheckoutForm(body: Buffer): CheckoutForm {
  const secrets: Buffer[] = []
  const take = (name: string): Buffer | undefined => {
    const raw = findField(body, name)
    if (raw === undefined) return undefined
    const value = decodeValue(raw)
    secrets.push(value)
    return value
  }
  const bytes = (name: string): Field<Buffer> => {
    const value = take(name)
    return value === undefined || value.length === 0 ? { is: 'absent' } : { is: 'given', value }
  }
  const card = {
    number: bytes('number'),
    cvc: bytes('cvc'),
    ...expiryOf(take('expiry')),
    cardholderName: bytes('cardholder_name'),
  }
  return {
    card,
    ticket: take('ticket')?.toString('latin1') ?? '',
    savesCard: take('save_card') !== undefined,
    wipe() {
      for (const secret of secrets) secret.fill(0)
    },
  }
}

/** Still encoded. */
function findField(body: Buffer, name: string): Buffer | undefined {
  for (let start = 0; start < body.length; ) {
    const next = body.indexOf(ampersand, start)
    const end = next === -1 ? body.length : next
    const sign = body.indexOf(equals, start)
    if (sign !== -1 && sign < end && body.subarray(start, sign).equals(Buffer.from(name))) {
      return body.subarray(sign + 1, end)
    }
    start = end + 1
  }
  return undefined
}

function decodeValue(raw: Buffer): Buffer {
  const value = secretBuffer(raw.length)
  let length = 0
  for (let at = 0; at < raw.length; at += 1) {
    const byte = raw[at] as number
    const decoded = byte === percent ? hexAt(raw, at + 1) : -1
    if (decoded >= 0) at += 2
    value[length++] = decoded >= 0 ? decoded : byte === plus ? space : byte
  }
  value.fill(0, length)
  return value.subarray(0, length)
}

/** -1 where no two hexadecimal digits stand: then the sign means itself. */
function hexAt(raw: Buffer, at: number): number {
  const [high, low] = [hexDigit(raw[at]), hexDigit(raw[at + 1])]
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** `12/34`, `12 / 2034` or `1234`, as people and browsers write it. */
function expiryOf(value: Buffer | undefined): Pick<CardFields, 'expMonth' | 'expYear'> {
  // Longer than any date: it may be the number, in the wrong field.
  const text = value === undefined || value.length > 12 ? '' : value.toString('latin1').replace(/\s/g, '')
  const match = /^(\d{1,2})[/.-](\d{2}|\d{4})$/.exec(text) ?? /^(\d{2})(\d{2}|\d{4})$/.exec(text)
  const [, month, year] = match ?? []
  if (month === undefined || year === undefined) return { expMonth: { is: 'absent' }, expYear: { is: 'absent' } }
  return {
    expMonth: { is: 'given', value: month },
    expYear: { is: 'given', value: year.length === 2 ? `20${year}` : year },
  }
}
