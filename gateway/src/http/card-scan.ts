/**
 * Finds card data in the bytes of a request that was meant for the vault. It works on bytes in place, since text cannot be
 * wiped, and it needs no valid JSON: whatever it misses in broken input, the parser refuses.
 */

const quoteByte = 0x22
const backslashByte = 0x5c
const keyLengthMax = 24
const cardObjectKeys = new Set(['card', 'creditcard', 'carddata', 'carddetails'])
const numberKeys = new Set([
  'number',
  'cardnumber',
  'cardno',
  'card',
  'pan',
  'ccnumber',
  'creditcard',
  'creditcardnumber',
  'acctnumber', // EMV 3-D Secure's own name for it
])
const securityCodeKeys = new Set(['cvc', 'cvv', 'cvc2', 'cvv2', 'securitycode', 'cardcvc', 'cardcvv'])
/** First letters of all of the above. */
const firstLetters = new Set([...'ancpsANCPS'].map((letter) => letter.charCodeAt(0)))

/** A card object, a card number or a security code under a key that says so, at any depth of a JSON text. */
export function holdsCardFields(json: Buffer): boolean {
  for (let at = json.indexOf(quoteByte); at !== -1; at = json.indexOf(quoteByte, at + 1)) {
    const first = json[at + 1] as number
    if (!firstLetters.has(first) && first !== backslashByte) continue
    const key = keyAt(json, at + 1)
    if (key === null) continue
    const colon = skipBlanks(json, key.end + 1)
    if (json[colon] !== 0x3a) continue
    const name = key.text.replace(/[_-]/g, '').toLowerCase()
    if (isCardValue(name, json, skipBlanks(json, colon + 1))) return true
  }
  return false
}

/** 12 to 19 digits, alone or grouped, with a right check digit: for bodies that are no JSON, such as a form. */
export function holdsNumberAnywhere(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    if (isDigit(bytes[at]) && !isDigit(bytes[at - 1]) && isCardNumberAt(bytes, at)) return true
  }
  return false
}

function isCardValue(key: string, json: Buffer, at: number): boolean {
  if (cardObjectKeys.has(key) && json[at] === 0x7b) return true
  const value = json[at] === quoteByte ? at + 1 : at
  if (numberKeys.has(key)) return isCardNumberAt(json, value)
  return securityCodeKeys.has(key) && isSecurityCodeAt(json, value)
}

/** A key of letters, digits, dashes and underscores, and where its quote stands; null when it is none. */
function keyAt(json: Buffer, start: number): { text: string; end: number } | null {
  for (let at = start; at < start + keyLengthMax; at += 1) {
    const byte = json[at]
    if (byte === quoteByte) return { text: json.toString('latin1', start, at), end: at }
    if (byte === backslashByte) return escapedKeyAt(json, start)
    if (byte === undefined || !isKeyByte(byte)) return null
  }
  return null
}

/** `"c\u0061rd"` is `"card"` to a parser. */
function escapedKeyAt(json: Buffer, start: number): { text: string; end: number } | null {
  let text = ''
  let at = start
  while (json[at] !== quoteByte && text.length < keyLengthMax) {
    const unit = unitAt(json, at)
    if (!isKeyByte(unit)) return null
    text += String.fromCharCode(unit)
    at += widthAt(json, at)
  }
  return json[at] === quoteByte ? { text, end: at } : null
}

function widthAt(json: Buffer, at: number): number {
  return json[at] === backslashByte ? 6 : 1
}

/** The character there, or what is written as `\u0061`; -1 for any other escape and past the end. */
function unitAt(json: Buffer, at: number): number {
  const byte = json[at]
  if (byte !== backslashByte) return byte ?? -1
  const hex = json.toString('latin1', at + 1, at + 6)
  return /^u[0-9A-Fa-f]{4}$/.test(hex) ? Number.parseInt(hex.slice(1), 16) : -1
}

function isKeyByte(byte: number): boolean {
  const lower = byte | 0x20
  return (lower >= 0x61 && lower <= 0x7a) || byte === 0x5f || byte === 0x2d || byte === 0x32
}

function skipBlanks(json: Buffer, start: number): number {
  let at = start
  while (json[at] === 0x20 || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at += 1
  return at
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isSecurityCodeAt(bytes: Buffer, start: number): boolean {
  let digits = 0
  for (let at = start; isDigit(unitAt(bytes, at)); at += widthAt(bytes, at)) digits += 1
  return digits === 3 || digits === 4
}

/** ISO/IEC 7812-1 Annex B over the digits from `start`, which spaces, dashes and plus signs may group. */
function isCardNumberAt(bytes: Buffer, start: number): boolean {
  let digits = 0
  let sum = 0
  let sumShifted = 0
  let at = start
  for (; digits <= 19; at += widthAt(bytes, at)) {
    const unit = unitAt(bytes, at)
    if (isDigit(unit)) {
      const digit = unit - 0x30
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2
      // Which digits count double depends on how many there are: both sums run along, swapping places.
      const before = sum
      sum = sumShifted + digit
      sumShifted = before + doubled
      digits += 1
    } else if (!isGroupMark(unit) || !isDigit(unitAt(bytes, at + widthAt(bytes, at)))) break
  }
  return digits >= 12 && digits <= 19 && sum % 10 === 0
}

function isGroupMark(unit: number): boolean {
  return unit === 0x20 || unit === 0x2d || unit === 0x2b
}
