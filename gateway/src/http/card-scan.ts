/**
 * Finds card data in the bytes of a request that was meant for the vault. It works on bytes in place, since text cannot be
 * wiped, and it needs no valid JSON: whatever it misses in broken input, the parser refuses.
 */

const quoteByte = 0x22
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
])
const securityCodeKeys = new Set(['cvc', 'cvv', 'cvc2', 'cvv2', 'securitycode', 'cardcvc', 'cardcvv'])
/** First letters of all of the above. */
const firstLetters = new Set([...'ncpsNCPS'].map((letter) => letter.charCodeAt(0)))

/** A card object, a card number or a security code under a key that says so, at any depth of a JSON text. */
export function holdsCardFields(json: Buffer): boolean {
  for (let at = json.indexOf(quoteByte); at !== -1; at = json.indexOf(quoteByte, at + 1)) {
    if (!firstLetters.has(json[at + 1] as number)) continue
    const end = keyEnd(json, at + 1)
    if (end === -1) continue
    const colon = skipBlanks(json, end + 1)
    if (json[colon] !== 0x3a) continue
    const key = json
      .toString('latin1', at + 1, end)
      .replace(/[_-]/g, '')
      .toLowerCase()
    if (isCardValue(key, json, skipBlanks(json, colon + 1))) return true
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

/** Where a key of letters, digits, dashes and underscores ends with a quote; -1 when it does not. */
function keyEnd(json: Buffer, start: number): number {
  for (let at = start; at < start + keyLengthMax; at += 1) {
    const byte = json[at]
    if (byte === quoteByte) return at
    if (byte === undefined || !isKeyByte(byte)) return -1
  }
  return -1
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
  let at = start
  while (isDigit(bytes[at])) at += 1
  return at - start === 3 || at - start === 4
}

/** ISO/IEC 7812-1 Annex B over the digits from `start`, which spaces, dashes and plus signs may group. */
function isCardNumberAt(bytes: Buffer, start: number): boolean {
  let digits = 0
  let sum = 0
  let sumShifted = 0
  let at = start
  for (; digits <= 19; at += 1) {
    const byte = bytes[at]
    if (isDigit(byte)) {
      const digit = (byte as number) - 0x30
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2
      // Which digits count double depends on how many there are: both sums run along, swapping places.
      const before = sum
      sum = sumShifted + digit
      sumShifted = before + doubled
      digits += 1
    } else if (!((byte === 0x20 || byte === 0x2d || byte === 0x2b) && isDigit(bytes[at + 1]))) break
  }
  return digits >= 12 && digits <= 19 && sum % 10 === 0
}
