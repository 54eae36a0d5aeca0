import { testCards } from '@tessera/contracts/test-cards'
import { describe, expect, it } from 'vitest'
import { type CardFields, type Field, readCard } from './read-card.ts'

const nowMs = Date.UTC(2031, 4, 20)
const given = <T>(value: T): Field<T> => ({ is: 'given', value })
const bytes = (text: string): Field<Buffer> => given(Buffer.from(text))

function fields(over: Partial<CardFields> = {}): CardFields {
  return {
    number: bytes('4242424242424242'),
    cvc: bytes('123'),
    expMonth: given('12'),
    expYear: given('2031'),
    cardholderName: { is: 'absent' },
    ...over,
  }
}

function faultsOf(over: Partial<CardFields>): string[] {
  const result = readCard(fields(over), nowMs)
  return 'faults' in result ? result.faults.map((fault) => fault.param) : []
}

describe('a card', () => {
  it.each(testCards.map(({ number, brand }) => [number, brand] as const))('is read: %s, %s', (number, brand) => {
    const cvc = bytes(brand === 'amex' ? '1234' : '123')
    const result = readCard(fields({ number: bytes(number), cvc }), nowMs)
    expect(result).toMatchObject({
      card: { face: { brand, bin: number.slice(0, 6), last4: number.slice(-4), expMonth: 12, expYear: 2031 } },
    })
  })

  it('may have its number grouped with spaces and dashes', () => {
    const result = readCard(fields({ number: bytes(' 4242-4242 4242--4242 ') }), nowMs)
    expect('card' in result && result.card.number.toString()).toBe('4242424242424242')
  })

  it('leaves nothing of the number behind the digits that it moved together', () => {
    const value = Buffer.from('4242 4242 4242 4242')
    readCard(fields({ number: given(value) }), nowMs)
    expect(value.toString('latin1')).toBe('4242424242424242\0\0\0')
  })

  it.each([
    '4242424242424241',
    '424242424242424',
    '42424242424242424242',
    '4242x42424242424',
    '',
    '    ',
    '٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢',
    '2721000000000004',
    '0000000000000000',
  ])('is refused with the number %j', (number) => {
    expect(faultsOf({ number: bytes(number) })).toEqual(['card.number'])
  })

  it.each(['0', '13', '00', '-1', '1.5', '1e1', 'x', ''])('is refused with the month %j', (month) => {
    expect(faultsOf({ expMonth: given(month) })).toEqual(['card.exp_month'])
  })

  it.each(['1', '01', '9', '12'])('takes the month %j', (month) => {
    expect(faultsOf({ expMonth: given(month), expYear: given('2032') })).toEqual([])
  })

  it.each(['31', '1999', '3031', '2031.0', ''])('is refused with the year %j', (year) => {
    expect(faultsOf({ expYear: given(year) })).toEqual(['card.exp_year'])
  })

  it('is good to the end of its month and not a month longer', () => {
    expect(faultsOf({ expMonth: given('5') })).toEqual([])
    expect(faultsOf({ expMonth: given('4') })).toEqual(['card.exp_month'])
    expect(faultsOf({ expYear: given('2030') })).toEqual(['card.exp_year'])
  })

  it('is good while its month lasts anywhere on earth', () => {
    const read = (timeMs: number) => readCard(fields({ expMonth: given('4') }), timeMs)
    expect('card' in read(Date.UTC(2031, 4, 1, 11, 59))).toBe(true)
    expect('faults' in read(Date.UTC(2031, 4, 1, 12, 0))).toBe(true)
  })

  it.each([
    ['4242424242424242', '12'],
    ['4242424242424242', '1234'],
    ['4242424242424242', '12a'],
    ['4242424242424242', ''],
    ['378282246310005', '123'],
  ])('is refused: number %s with the CVC %j', (number, cvc) => {
    expect(faultsOf({ number: bytes(number), cvc: bytes(cvc) })).toEqual(['card.cvc'])
  })

  it('needs a CVC, unless its brand prints none', () => {
    expect(faultsOf({ cvc: { is: 'absent' } })).toEqual(['card.cvc'])
    expect(faultsOf({ cvc: { is: 'absent' }, number: bytes('6703444444444449') })).toEqual([])
  })

  it('names all faults at once', () => {
    const absent = { is: 'absent' } as const
    const all = { number: absent, cvc: absent, expMonth: absent, expYear: absent, cardholderName: bytes('a\u0000b') }
    expect(faultsOf(all)).toEqual([
      'card.number',
      'card.exp_month',
      'card.exp_year',
      'card.cvc',
      'card.cardholder_name',
    ])
  })

  it.each(['4242424242424242', 'x 4242 4242 4242 4242 y', '4.2.4.2.4.2.4.2.4.2.4.2.4.2.4.2', '5555-5555-5555-4444'])(
    'is refused with a card number for a name: %j',
    (name) => {
      expect(faultsOf({ cardholderName: bytes(name) })).toEqual(['card.cardholder_name'])
    },
  )

  it('is refused with its very number in the name where that has no check digit', () => {
    const over = { number: bytes('6200000000000006'), cardholderName: bytes('6200000000000006') }
    expect(faultsOf(over)).toEqual(['card.cardholder_name'])
  })

  it('never repeats what it was given in a fault', () => {
    const result = readCard(
      fields({ number: bytes('4242424242424241'), cvc: bytes('98765'), cardholderName: bytes('4242424242424242') }),
      nowMs,
    )
    expect(JSON.stringify(result)).not.toMatch(/4242|98765/)
  })
})
