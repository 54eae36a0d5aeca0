import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { brandOf, brandRules, holdsCardNumber, isNumberOf, passesLuhn } from './card-brands.ts'
import { testCards } from './test-cards.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')

/** ISO/IEC 7812-1 Annex B, written the other way round: from the left, over strings. */
function withCheckDigit(body: string): string {
  for (let digit = 0; digit < 10; digit += 1) {
    const digits = [...body, String(digit)].map(Number).reverse()
    const sum = digits.reduce((total, value, index) => {
      const doubled = String(index % 2 === 1 ? value * 2 : value)
      return total + [...doubled].reduce((parts, part) => parts + Number(part), 0)
    }, 0)
    if (sum % 10 === 0) return body + digit
  }
  throw new Error('some digit always fits')
}

describe('brand of a number', () => {
  it.each(testCards.map(({ number, brand, summary }) => [number, brand, summary] as const))(
    '%s is %s (%s)',
    (number, brand) => {
      expect(brandOf(bytes(number))).toBe(brand)
      expect(isNumberOf(brand, bytes(number))).toBe(true)
    },
  )

  // First and last prefix of each published range, and its neighbours outside.
  it.each([
    ['222099', null],
    ['222100', 'mastercard'],
    ['272099', 'mastercard'],
    ['272100', null],
    ['510000', 'mastercard'],
    ['559999', 'mastercard'],
    ['340000', 'amex'],
    ['350000', null],
    ['352799', null],
    ['352800', 'jcb'],
    ['358999', 'jcb'],
    ['359000', null],
    ['300000', 'diners'],
    ['305999', 'diners'],
    ['306000', null],
    ['309500', 'diners'],
    ['360000', 'diners'],
    ['380000', 'diners'],
    ['601100', 'discover'],
    ['601200', null],
    ['644000', 'discover'],
    ['649999', 'discover'],
    ['650000', 'discover'],
    ['650002', 'verve'],
    ['652150', 'rupay'],
    ['622126', 'unionpay'],
    ['816999', 'unionpay'],
    ['817200', 'rupay'],
    ['500000', 'maestro'],
    ['501900', 'dankort'],
    ['508500', 'rupay'],
    ['506099', 'verve'],
    ['589999', 'maestro'],
    ['590000', null],
    ['670399', 'bancontact'],
    ['670400', 'maestro'],
    ['220000', 'mir'],
    ['220499', 'mir'],
    ['220500', null],
    ['979200', 'troy'],
    ['100000', 'uatp'],
    ['000000', null],
    ['999999', null],
  ])('prefix %s is %s', (prefix, brand) => {
    expect(brandOf(bytes(`${prefix}0000000000`))).toBe(brand)
  })

  it('takes Mastercard 2-series numbers of 16 digits only', () => {
    expect(isNumberOf('mastercard', bytes('2223003122003222'))).toBe(true)
    expect(isNumberOf('mastercard', bytes(withCheckDigit('22230031220032')))).toBe(false)
  })

  it('asks no check digit of UnionPay, and of everybody else one', () => {
    expect(isNumberOf('unionpay', bytes('6200000000000006'))).toBe(true)
    expect(isNumberOf('visa', bytes('4242424242424241'))).toBe(false)
  })

  it('wants four CVC digits on American Express, three elsewhere, and lets Maestro go without', () => {
    expect(brandRules.amex.cvcLengths).toEqual([4])
    expect(brandRules.visa.cvcLengths).toEqual([3])
    expect(brandRules.maestro.cvcLengths).toEqual([0, 3])
  })
})

describe('check digit', () => {
  it('is the one digit of ten that passes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{11,18}$/), (body) => {
        const passing = [...'0123456789'].filter((digit) => passesLuhn(bytes(body + digit)))
        expect(passing).toEqual([withCheckDigit(body).at(-1)])
      }),
    )
  })
})

describe('a card number inside a text', () => {
  it.each([
    '4242424242424242',
    'order 4242 4242 4242 4242, thanks',
    '4242-4242-4242-4242',
    'a4242424242424242b',
    '378282246310005',
    '6205500000000000004',
    '12.50 4242 4242 4242 4242 2031',
    'card:4242.4242.4242.4242',
  ])('is found in %s', (text) => {
    expect(holdsCardNumber(bytes(text))).toBe(true)
  })

  it.each([
    '',
    '4242424242424241',
    '2031-12-24T10:00:00.000Z',
    'order 100000000000000',
    '+44 20 7946 0958',
    '424242424242424242424242',
    '4242 4242',
    'Ada Lovelace',
  ])('is not found in %s', (text) => {
    expect(holdsCardNumber(bytes(text))).toBe(false)
  })

  it('is found wherever it stands and however it is grouped', () => {
    const groups = fc.array(fc.constantFrom('', ' ', '-', '.', ' - '.slice(0, 2)), { minLength: 15, maxLength: 15 })
    const around = fc.stringMatching(/^[a-zA-Z ,;:!?äöü]{0,40}$/)
    fc.assert(
      fc.property(around, groups, around, (before, separators, after) => {
        const grouped = [...'4242424242424242'].map((digit, index) => digit + (separators[index] ?? '')).join('')
        expect(holdsCardNumber(bytes(`${before}x${grouped}x${after}`))).toBe(true)
      }),
    )
  })

  it('is not seen in random ids, of which some hold digits that would pass', () => {
    for (let made = 0; made < 20_000; made += 1) {
      const uuid = randomUUID()
      const hex = randomBytes(16).toString('hex')
      for (const id of [uuid, `order-${uuid}`, hex, `ref_${hex}`]) {
        if (/[a-f]/.test(id)) expect([id, holdsCardNumber(bytes(id))]).toEqual([id, false])
      }
    }
    expect(holdsCardNumber(bytes('0f5a4242-4242-4242-8242-1c9d00000000'))).toBe(false)
  })

  it('is seen beside a random id, and in short hexadecimal words', () => {
    expect(holdsCardNumber(bytes(`${randomUUID()} 4242424242424242`))).toBe(true)
    expect(holdsCardNumber(bytes('4242-4242-4242-4242'))).toBe(true)
    expect(holdsCardNumber(bytes('a4242424242424242'))).toBe(true)
  })
})
