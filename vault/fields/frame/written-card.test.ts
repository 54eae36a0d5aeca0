import { testCards } from '@tessera/contracts/test-cards'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asciiDigits, expiryParts, type Written, written } from './written-card.ts'

const typed = (field: 'number' | 'expiry' | 'cvc', keys: string, cardNumber = ''): Written =>
  [...keys].reduce(
    ({ text, caret }: Written, key) =>
      written(
        field,
        { text: text.slice(0, caret) + key + text.slice(caret), caret: caret + 1, isDeleting: false },
        cardNumber,
      ),
    { text: '', caret: 0 },
  )
const pasted = (field: 'number' | 'expiry' | 'cvc', text: string, cardNumber = '') =>
  written(field, { text, caret: text.length, isDeleting: false }, cardNumber).text

describe('a card number', () => {
  it.each([
    ['4242424242424242', '4242 4242 4242 4242'],
    ['378282246310005', '3782 822463 10005'],
    ['36227206271667', '3622 720627 1667'],
    ['3056930009020004', '3056 9300 0902 0004'],
    ['6205500000000000004', '6205 5000 0000 0000 004'],
    ['42424242424242421111', '4242 4242 4242 4242 111'],
    ['5555555555554444999', '5555 5555 5555 4444'],
    ['4242-4242-4242-4242', '4242 4242 4242 4242'],
    ['٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢', '4242 4242 4242 4242'],
    ['card: 4242', '4242'],
  ])('%s is shown as %s, typed or pasted', (keys, shown) => {
    expect(typed('number', keys)).toEqual({ text: shown, caret: shown.length })
    expect(pasted('number', keys)).toBe(shown)
  })

  it('keeps the caret after the digit that it stood after, wherever it is typed in', () => {
    fc.assert(
      fc.property(fc.constantFrom(...testCards), fc.nat(18), fc.nat(9), ({ number }, place, digit) => {
        const before = typed('number', number.slice(0, -1))
        const caret = Math.min(place, before.text.length)
        const text = before.text.slice(0, caret) + digit + before.text.slice(caret)
        const after = written('number', { text, caret: caret + 1, isDeleting: false }, '')
        const digitsBefore = text.slice(0, caret + 1).replace(/\D/g, '')
        expect(after.text.slice(0, after.caret).replace(/\D/g, '')).toBe(digitsBefore)
      }),
    )
  })

  it('keeps the caret where a digit was taken out in the middle', () => {
    expect(written('number', { text: '424 4242', caret: 3, isDeleting: true }, '')).toEqual({
      text: '4244 242',
      caret: 3,
    })
  })
})

describe('an expiry', () => {
  it.each([
    ['1', '1'],
    ['5', '05 / '],
    ['12', '12 / '],
    ['13', '01 / 3'],
    ['1/', '01 / '],
    ['0434', '04 / 34'],
    ['122034', '12 / 34'],
    ['1220', '12 / 20'],
    ['12203', '12 / 203'],
    ['12/34', '12 / 34'],
    ['12 / 34', '12 / 34'],
    ['434', '04 / 34'],
    ['0', '0'],
  ])('typed as %s is shown as %s', (keys, shown) => {
    expect(typed('expiry', keys)).toEqual({ text: shown, caret: shown.length })
  })

  it.each([
    ['12/2034', '12 / 34'],
    ['2034-12', '12 / 34'],
    ['12-34', '12 / 34'],
    ['1/34', '01 / 34'],
    ['1234', '12 / 34'],
    ['12/34 ', '12 / 34'],
    ['١٢/٣٤', '12 / 34'],
  ])('pasted or filled in as %s is shown as %s', (text, shown) => {
    expect(pasted('expiry', text)).toBe(shown)
  })

  it('can be taken back to nothing', () => {
    let state: Written = typed('expiry', '1234')
    for (let key = 0; state.text !== ''; key += 1) {
      expect(key).toBeLessThan(8)
      // The browser takes one character; `typing.ts` takes the digit where that was none.
      const text = state.text.replace(/\d\D*$/, '')
      state = written('expiry', { text, caret: text.length, isDeleting: true }, '')
    }
  })

  it.each([
    ['12 / 34', { month: '12', year: '2034' }],
    ['12 / ', { month: '12', year: '' }],
    ['', { month: '', year: '' }],
    ['12 / 203', { month: '12', year: '203' }],
  ])('%s is read as %o', (text, parts) => {
    expect(expiryParts(text)).toEqual(parts)
  })
})

describe('a CVC', () => {
  it.each([
    ['12345', '4242 4242', '123'],
    ['12345', '3782', '1234'],
    ['12345', '', '1234'],
    ['1a2', '4242', '12'],
  ])('typed as %s with the card %s is shown as %s', (keys, cardNumber, shown) => {
    expect(typed('cvc', keys, cardNumber).text).toBe(shown)
  })
})

it('digits of other scripts count as digits', () => {
  expect(asciiDigits('٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹ ０１２３４５６７８９')).toBe('0123456789 0123456789 0123456789')
})
