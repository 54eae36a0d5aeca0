import type { RequestTemplate, TemplateJson } from '@tessera/contracts/vault-protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OpenCard } from '../cards/card-safe.ts'
import { fillBody, ValueMissing } from './fill.ts'

const card: OpenCard = {
  number: Buffer.from('4242424242424242'),
  cvc: Buffer.from('007'),
  face: { bin: '424242', last4: '4242', brand: 'visa', expMonth: 1, expYear: 2030, cardholderName: 'Zoë "Z" & Co\n' },
}
const withoutCvc = { ...card, cvc: null, face: { ...card.face, cardholderName: null } }

const json = (value: TemplateJson, filledWith: OpenCard | null = card): unknown =>
  JSON.parse(fillBody({ kind: 'json', value }, filledWith)?.toString('utf8') ?? '')
const form = (fields: (RequestTemplate['body'] & { kind: 'form' })['fields'], filledWith = card): string =>
  fillBody({ kind: 'form', fields }, filledWith)?.toString('utf8') ?? ''

describe('a filled template', () => {
  it('has each value in its format', () => {
    const value = {
      number: { $card: 'number' },
      cvc: { $card: 'cvc' },
      a: { $card: 'exp_month' },
      b: { $card: 'exp_month_2' },
      c: { $card: 'exp_year_2' },
      d: { $card: 'exp_year_4' },
      e: { $card: 'exp_mmyy' },
      f: { $card: 'exp_yymm' },
      name: { $card: 'cardholder_name' },
    } as const
    expect(json(value)).toEqual({
      number: '4242424242424242',
      cvc: '007',
      a: 1,
      b: '01',
      c: '30',
      d: 2030,
      e: '0130',
      f: '3001',
      name: 'Zoë "Z" & Co\n',
    })
  })

  it('is the same JSON as the template where there is no placeholder', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes('$card'))
        expect(JSON.stringify(json(value as TemplateJson))).toBe(JSON.stringify(value))
      }),
    )
  })

  it('drops optional values that are missing, wherever they stand', () => {
    const cvc = { $card: 'cvc', optional: true } as const
    const name = { $card: 'cardholder_name', optional: true } as const
    expect(json({ a: cvc, b: 1, c: name }, withoutCvc)).toEqual({ b: 1 })
    expect(json({ a: cvc }, withoutCvc)).toEqual({})
    expect(json([cvc, 1, name, 2], withoutCvc)).toEqual([1, 2])
    expect(json([cvc], withoutCvc)).toEqual([])
    expect(json({ a: cvc, b: 1 })).toEqual({ a: '007', b: 1 })
  })

  it('cannot be made when a value is missing that is needed', () => {
    expect(() => json({ a: { $card: 'cvc' } }, withoutCvc)).toThrow(ValueMissing)
    expect(() => json({ a: { $card: 'number' } }, null)).toThrow(ValueMissing)
    expect(() => form([['cvc', { $card: 'cvc' }]], withoutCvc)).toThrow(ValueMissing)
  })

  it('is a form that URLSearchParams reads back', () => {
    const body = form([
      ['card[number]', { $card: 'number' }],
      ['cvc', { $card: 'cvc', optional: true }],
      ['name', { $card: 'cardholder_name' }],
      ['month', { $card: 'exp_month' }],
      ['free text', 'a&b=c+d é'],
    ])
    expect([...new URLSearchParams(body)]).toEqual([
      ['card[number]', '4242424242424242'],
      ['cvc', '007'],
      ['name', 'Zoë "Z" & Co\n'],
      ['month', '1'],
      ['free text', 'a&b=c+d é'],
    ])
    expect(
      form(
        [
          ['cvc', { $card: 'cvc', optional: true }],
          ['a', '1'],
        ],
        withoutCvc,
      ),
    ).toBe('a=1')
  })
})
