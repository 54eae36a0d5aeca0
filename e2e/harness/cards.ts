import { randomInt } from 'node:crypto'

/**
 * First eight digits of the numbers that test mode reserves for generated cards. They approve, unless the cardholder's name
 * asks for something else (DECLINED).
 */
const reservedBin = '40000099'

/** A card number that no earlier run can have left behind. */
export function freshNumber(): string {
  const body = reservedBin + String(randomInt(10_000_000)).padStart(7, '0')
  return body + checkDigit(body)
}

/** First eight digits of the family whose last four digits choose the outcome; 0005 is a decline. */
const outcomeBin = '40000098'

/** As fresh as a thousand numbers allow, and declined by the simulated issuer. */
export function freshDeclinedNumber(): string {
  const serial = String(randomInt(1_000)).padStart(3, '0')
  const digits = [...'0123456789'].map((digit) => `${outcomeBin}${serial}${digit}0005`)
  return digits.find((number) => checkDigit(number.slice(0, -1)) === number.at(-1)) as string
}

/** As long as a card number and from the same range, but its check digit is wrong: no part of the product takes it for one. */
export function freshLookAlike(): string {
  const number = freshNumber()
  return number.slice(0, -1) + ((Number(number.at(-1)) + 1) % 10)
}

/** ISO/IEC 7812-1 Annex B. */
function checkDigit(body: string): string {
  const digits = [...body].reverse().map(Number)
  const sum = digits.reduce((total, digit, index) => total + (index % 2 === 0 ? doubled(digit) : digit), 0)
  return String((10 - (sum % 10)) % 10)
}

const doubled = (digit: number): number => (digit > 4 ? digit * 2 - 9 : digit * 2)
