import type { TestCardBehaviour } from './test-card-outcomes.ts'
import type { CardBrand } from './vault-protocol.ts'

/**
 * Card numbers of test mode. The vault accepts these alone in test mode (unless told otherwise) and refuses them in live
 * mode; the sandbox looks up what each one does. None belongs to anybody: the published test numbers of well-known
 * processors, and two reserved families in ranges that those processors use for testing.
 *
 * Any future expiry and any well-formed CVC go with them. 4242 4242 4242 4241 is missing on purpose: its check digit is
 * wrong, so tokenization refuses it.
 */
export interface TestCard {
  number: string
  brand: CardBrand
  summary: string
  /** Absent: approves, unless the cardholder name asks for something else. */
  behaviour?: TestCardBehaviour
}

/**
 * First eight digits of the numbers reserved for generated cards: fresh random ones for isolation tests and load. They
 * approve (holder names apply). 980–999 are no ISO 3166 codes, so no published country test number starts like this.
 */
export const reservedTestBin = '40000099'

/** First eight digits of the families whose last four digits choose the outcome: see `lastFourOutcomes`. */
export const outcomeTestBins = { visa: '40000098', mastercard: '55555598' } as const

/**
 * First eight digits of the families whose last four digits choose what the issuer does in 3-D Secure: see
 * `three-ds/test-issuers.ts`. Neither shares its first six digits and a last four with a listed card that does something else.
 */
export const threeDSecureTestBins = { visa: '42000097', mastercard: '52000097' } as const

const brandCards: readonly TestCard[] = [
  { number: '4242424242424242', brand: 'visa', summary: 'Visa' },
  { number: '4000056655665556', brand: 'visa', summary: 'Visa debit' },
  { number: '4111111111111111', brand: 'visa', summary: 'Visa' },
  { number: '4035501428146300', brand: 'visa', summary: 'Visa debit, co-badged Cartes Bancaires' },
  { number: '5555555555554444', brand: 'mastercard', summary: 'Mastercard' },
  { number: '2223003122003222', brand: 'mastercard', summary: 'Mastercard of the 2-series' },
  { number: '5200828282828210', brand: 'mastercard', summary: 'Mastercard debit' },
  { number: '5105105105105100', brand: 'mastercard', summary: 'Mastercard prepaid' },
  { number: '378282246310005', brand: 'amex', summary: 'American Express' },
  { number: '371449635398431', brand: 'amex', summary: 'American Express' },
  { number: '6011111111111117', brand: 'discover', summary: 'Discover' },
  { number: '6011000990139424', brand: 'discover', summary: 'Discover' },
  { number: '3056930009020004', brand: 'diners', summary: 'Diners Club, 16 digits' },
  { number: '36227206271667', brand: 'diners', summary: 'Diners Club, 14 digits' },
  { number: '3566002020360505', brand: 'jcb', summary: 'JCB' },
  { number: '6200000000000005', brand: 'unionpay', summary: 'UnionPay' },
  { number: '6205500000000000004', brand: 'unionpay', summary: 'UnionPay, 19 digits' },
  { number: '4871049999999910', brand: 'visa', summary: 'Visa debit, co-badged Bancontact' },
  { number: '6703444444444449', brand: 'bancontact', summary: 'Bancontact' },
]

const visa = (number: string, summary: string, behaviour: TestCardBehaviour): TestCard => ({
  number,
  brand: 'visa',
  summary,
  behaviour,
})

const declinedCards: readonly TestCard[] = [
  visa('4000000000000002', 'declined, no reason given', { responseCode: '05' }),
  visa('4000000000009995', 'declined: insufficient funds', { responseCode: '51' }),
  visa('4000000000009987', 'declined: lost card', { responseCode: '41' }),
  visa('4000000000009979', 'declined: stolen card', { responseCode: '43' }),
  visa('4000000000000069', 'declined: expired card', { responseCode: '54' }),
  visa('4000000000000127', 'declined: incorrect CVC, only when a CVC is sent', {
    responseCode: 'N7',
    cvcResult: 'N',
    when: 'cvc_sent',
  }),
  visa('4000000000000119', 'declined: processing error', { responseCode: '96' }),
  visa('4000000000006975', 'declined: velocity limit', { responseCode: '61' }),
  visa('4000000000000341', 'approves with a CVC, so it can be saved; declines later charges', {
    responseCode: '05',
    when: 'cvc_absent',
  }),
  visa('4100000000000019', 'declined: blocked as fraud', { responseCode: '59', risk: 'blocked' }),
]

const checkCards: readonly TestCard[] = [
  visa('4000000000000101', 'approves; CVC check fails', { cvcResult: 'N' }),
  visa('4000000000000036', 'approves; postal code check fails', { avsResult: 'A' }),
  visa('4000000000000028', 'approves; street check fails', { avsResult: 'Z' }),
  visa('4000000000000010', 'approves; street and postal code checks fail', { avsResult: 'N' }),
  visa('4000000000000044', 'approves; address checks unavailable', { avsResult: 'U' }),
  visa('4000000000004954', 'approves; risk is highest', { risk: 'highest' }),
  visa('4000000000009235', 'approves; risk is elevated', { risk: 'elevated' }),
]

const laterCards: readonly TestCard[] = [
  visa('4000000000000259', 'approves; disputed as fraud once settled, and lost', { dispute: 'fraud' }),
  visa('4000000000002685', 'approves; disputed as not received once settled, and won', { dispute: 'not_received' }),
  visa('4000000000001976', 'approves; disputed by inquiry once settled, and won', { dispute: 'inquiry' }),
  visa('4000000000005423', 'approves; disputed as fraud later, and lost, unless refunded by then', {
    dispute: 'early_fraud_warning',
  }),
  visa('4000000000007726', 'approves; a refund is pending, then succeeds', { refund: 'pending_then_succeeds' }),
  visa('4000000000005126', 'approves; a refund is pending, then fails', { refund: 'pending_then_fails' }),
]

const threeDSecureCards: readonly TestCard[] = [
  visa('4000000000003220', '3DS required: challenge, then approves', { threeDSecure: 'required' }),
  visa('4000008400001629', '3DS required, then declined', { threeDSecure: 'required', responseCode: '05' }),
  visa('4000008400001280', '3DS required, but the lookup fails', { threeDSecure: 'required' }),
  visa('4000008260003178', '3DS required, then insufficient funds', { threeDSecure: 'required', responseCode: '51' }),
  visa('4000002760003184', '3DS required each time', { threeDSecure: 'required_always' }),
  visa('4000002500003155', '3DS required unless set up before', { threeDSecure: 'required' }),
  visa('4000003800000446', 'already set up: merchant-initiated approves, otherwise 3DS required', {
    threeDSecure: 'required_for_customer',
  }),
  visa('4000000000003055', '3DS possible, not required', { threeDSecure: 'supported' }),
  visa('4000000000003097', '3DS possible, but it fails technically', { threeDSecure: 'supported' }),
  visa('4200000000000091', '3DS frictionless: authenticated', { threeDSecure: 'supported' }),
  visa('4200000000000109', '3DS frictionless: attempted', { threeDSecure: 'supported' }),
  visa('4200000000000042', '3DS required: challenge', { threeDSecure: 'required' }),
  visa('4200000000000018', '3DS required: challenge', { threeDSecure: 'required' }),
  {
    number: '5200000000000007',
    brand: 'mastercard',
    summary: '3DS frictionless: authenticated',
    behaviour: { threeDSecure: 'supported' },
  },
  {
    number: '5200000000000023',
    brand: 'mastercard',
    summary: '3DS frictionless: attempted',
    behaviour: { threeDSecure: 'supported' },
  },
]

export const testCards: readonly TestCard[] = [
  ...brandCards,
  ...declinedCards,
  ...checkCards,
  ...laterCards,
  ...threeDSecureCards,
]

export const testCardNumbers: ReadonlySet<string> = new Set(testCards.map((card) => card.number))

const knownNumbers = testCards.map((card) => Buffer.from(card.number, 'latin1'))
const reservedPrefixes = [
  reservedTestBin,
  ...Object.values(outcomeTestBins),
  ...Object.values(threeDSecureTestBins),
].map((bin) => Buffer.from(bin, 'latin1'))
const reservedLength = 16

/**
 * Whether these ASCII digits are a test number. Compares bytes in place, so that the vault never turns a card number
 * into a string. Luhn is the caller's business.
 */
export function isTestCardNumber(digits: Uint8Array): boolean {
  if (digits.length === reservedLength && reservedPrefixes.some((prefix) => startsWith(digits, prefix))) return true
  return knownNumbers.some((known) => known.length === digits.length && startsWith(digits, known))
}

function startsWith(digits: Uint8Array, prefix: Uint8Array): boolean {
  for (let index = 0; index < prefix.length; index += 1) {
    if (digits[index] !== prefix[index]) return false
  }
  return true
}

/**
 * A Luhn-valid 16-digit number of the reserved range; each `serial` from 0 to 9,999,999 gives another one. Take serials
 * at random to plant numbers that no earlier run can have left behind.
 */
export function reservedTestNumber(serial: number): string {
  if (!Number.isInteger(serial) || serial < 0 || serial > 9_999_999) throw new RangeError('serial must be 0…9999999')
  const head = reservedTestBin + String(serial).padStart(7, '0')
  return head + luhnDigit(head)
}

/**
 * A Luhn-valid number whose last four digits choose the outcome (`lastFourOutcomes`). `serial` (0…999) tells several
 * such cards apart; one more digit is spent on making the check digit right.
 */
export function outcomeTestNumber(lastFour: string, brand: keyof typeof outcomeTestBins = 'visa', serial = 0): string {
  return numberEnding(outcomeTestBins[brand], lastFour, serial)
}

/** The Luhn-valid number whose last four digits choose what the issuer does in 3-D Secure. There is one for each. */
export function threeDSecureTestNumber(lastFour: string, brand: keyof typeof threeDSecureTestBins = 'visa'): string {
  return numberEnding(threeDSecureTestBins[brand], lastFour, 0)
}

function numberEnding(bin: string, lastFour: string, serial: number): string {
  if (!/^\d{4}$/.test(lastFour)) throw new RangeError('lastFour must be four digits')
  if (!Number.isInteger(serial) || serial < 0 || serial > 999) throw new RangeError('serial must be 0…999')
  const head = bin + String(serial).padStart(3, '0')
  for (let digit = 0; digit < 10; digit += 1) {
    const body = `${head}${digit}${lastFour.slice(0, 3)}`
    if (luhnDigit(body) === lastFour[3]) return body + lastFour[3]
  }
  throw new Error('some digit always satisfies Luhn')
}

function luhnDigit(body: string): string {
  let sum = 0
  for (let index = 0; index < body.length; index += 1) {
    const digit = Number(body[body.length - 1 - index])
    sum += index % 2 === 0 ? (digit * 2 > 9 ? digit * 2 - 9 : digit * 2) : digit
  }
  return String((10 - (sum % 10)) % 10)
}
