import { expect, it } from 'vitest'
import { readCheckoutForm } from './checkout-form.ts'

const read = (text: string) => readCheckoutForm(Buffer.from(text))
const textOf = (field: { is: string; value?: Buffer | string }) =>
  field.value === undefined ? field.is : String(field.value)

it('reads the fields of a form as browsers write them', () => {
  const form = read(
    'ticket=a.b-_c&number=4242+4242%204242+4242&expiry=12+%2F+2034&cvc=737&cardholder_name=Zo%C3%AB&save_card=1',
  )
  expect(form.ticket).toBe('a.b-_c')
  expect(form.savesCard).toBe(true)
  expect(Object.values(form.card).map(textOf)).toEqual(['4242 4242 4242 4242', '737', '12', '2034', 'Zoë'])
})

it.each([
  ['12/34', '12', '2034'],
  ['1/34', '1', '2034'],
  ['12 / 2034', '12', '2034'],
  ['1234', '12', '2034'],
  ['122034', '12', '2034'],
  ['12-34', '12', '2034'],
])('%s is an expiry date', (text, month, year) => {
  const { card } = read(`expiry=${encodeURIComponent(text)}`)
  expect([textOf(card.expMonth), textOf(card.expYear)]).toEqual([month, year])
})

it.each(['', '12', '12/3', 'December', '4242424242424242'])('%j is none', (text) => {
  expect(read(`expiry=${text}`).card.expMonth).toEqual({ is: 'absent' })
})

it('what is missing or empty is absent, and a second field of a name does not count', () => {
  const form = read('number=&cvc=1&cvc=2&xnumber=3&number&%')
  expect(form.card.number).toEqual({ is: 'absent' })
  expect(textOf(form.card.cvc)).toBe('1')
  expect(form).toMatchObject({ ticket: '', savesCard: false })
})

it('a percent sign that encodes nothing stands for itself', () => {
  expect(textOf(read('cardholder_name=100%+of%2').card.cardholderName)).toBe('100% of%2')
})

it('wiping leaves nothing of the card', () => {
  const form = read('number=4242424242424242&cvc=737&cardholder_name=Ada')
  form.wipe()
  for (const field of [form.card.number, form.card.cvc, form.card.cardholderName]) {
    expect(field.is === 'given' && field.value.every((byte) => byte === 0)).toBe(true)
  }
})
