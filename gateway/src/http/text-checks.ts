import { holdsCardNumber } from '@tessera/contracts/card-brands'
import type { Faults } from './form.ts'

/** Enough digits, grouped or not, for a closer look; most texts stop here. */
const manyDigits = /\d(?:[ \-._/\t]{0,2}\d){11}/

/** A telephone number in E.164 has at most 15 digits, and some of them would pass for a card's. */
const telephone = /^\+[\d ()./-]{5,24}$/
const telephoneDigitsMax = 15

/**
 * Refuses a text that no table can hold (NUL) and one that holds a card number: it would be stored in clear, outside the
 * vault (PCI DSS 3.5.1).
 */
export function checkText(param: string, value: unknown, faults: Faults): void {
  if (typeof value !== 'string' && typeof value !== 'number') return
  const text = String(value)
  if (text.includes('\0')) faults.add(param, 'must not hold the character U+0000.')
  if (!manyDigits.test(text) || !holdsCardNumber(Buffer.from(text))) return
  faults.add(
    param,
    'holds what looks like a card number. Send card numbers to the vault only; if this is no card number, put a letter between its digits.',
  )
}

/** As above, where digits are a telephone number. */
export function checkTelephone(param: string, value: unknown, faults: Faults): void {
  if (typeof value === 'string' && isTelephone(value)) return
  checkText(param, value, faults)
}

/** As above, for a merchant who has said that its own numbers consist of digits alone. */
export function checkReference(param: string, value: unknown, numericAllowed: boolean, faults: Faults): void {
  if (numericAllowed && typeof value === 'string' && /^\d+$/.test(value)) return
  checkText(param, value, faults)
}

function isTelephone(text: string): boolean {
  return telephone.test(text) && text.replace(/\D/g, '').length <= telephoneDigitsMax
}
