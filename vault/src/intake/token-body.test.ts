import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CardFields } from '../cards/read-card.ts'
import { readTokenBody } from './token-body.ts'

function fieldsOf(text: string): CardFields {
  const body = readTokenBody(Buffer.from(text))
  if (!body.ok || body.card === null) throw new Error('no card in it')
  return body.card
}

const textOf = (field: { is: string; value?: Buffer | string }): string => `${field.is}:${String(field.value ?? '')}`

describe('the body of a token request', () => {
  it('gives up its fields, whatever stands around them', () => {
    const fields = fieldsOf(
      '\n{"x":[{"card":{"number":"1"}}],"card":{"a":null,"number":"4242 4242","exp_month":1,"exp_year":"2031","cvc":"007","cardholder_name":"Zo\\u00eb"},"y":1e400}',
    )
    expect(textOf(fields.number)).toBe('given:4242 4242')
    expect(textOf(fields.expMonth)).toBe('given:1')
    expect(textOf(fields.expYear)).toBe('given:2031')
    expect(textOf(fields.cvc)).toBe('given:007')
    expect(textOf(fields.cardholderName)).toBe('given:Zoë')
  })

  it('reads keys and values that are written with escapes', () => {
    const fields = fieldsOf('{"c\\u0061rd":{"numb\\u0065r":"\\u0034242","cvc":"\\u0031\\u0032\\u0033"}}')
    expect(textOf(fields.number)).toBe('given:4242')
    expect(textOf(fields.cvc)).toBe('given:123')
  })

  it.each([
    ['{"card":{"number":4242424242424242}}', 'number'],
    ['{"card":{"number":["4242424242424242"]}}', 'number'],
    ['{"card":{"cvc":123}}', 'cvc'],
    ['{"card":{"exp_month":12345}}', 'expMonth'],
    ['{"card":{"exp_year":true}}', 'expYear'],
    ['{"card":{"cardholder_name":{}}}', 'cardholderName'],
  ] as const)('says which type is wrong: %s', (text, name) => {
    expect(fieldsOf(text)[name].is).toBe('wrong_type')
  })

  it.each([
    ['', 'empty'],
    ['{', 'syntax'],
    ['nonsense', 'syntax'],
    ["{'card':1}", 'syntax'],
    ['[]', 'not_an_object'],
    ['"card"', 'not_an_object'],
    ['null', 'not_an_object'],
    ['{"card":{},"card":{}}', 'duplicate_key'],
    ['{"card":{"number":"1","number":"2"}}', 'duplicate_key'],
    ['{"card":{"number":"1","n\\u0075mber":"2"}}', 'duplicate_key'],
    [`{"a":${'['.repeat(17)}${']'.repeat(17)}}`, 'too_deep'],
    [`{${Array.from({ length: 101 }, (_, index) => `"k${index}":1`).join(',')}}`, 'too_many_members'],
  ])('is refused: %s', (text, kind) => {
    expect(readTokenBody(Buffer.from(text))).toMatchObject({ ok: false, fault: { kind } })
  })

  it('is refused when it is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"card":{"number":"'), Buffer.from([0xff]), Buffer.from('"}}')])
    expect(readTokenBody(bytes)).toMatchObject({ ok: false, fault: { kind: 'invalid_utf8' } })
  })

  it.each(['{}', '{"card":null}', '{"card":[]}', '{"card":"4242424242424242"}', '{"CARD":{}}'])(
    'has no card: %s',
    (text) => {
      expect(readTokenBody(Buffer.from(text))).toEqual({ ok: true, card: null })
    },
  )

  it('never throws, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof readTokenBody(Buffer.from(bytes)).ok).toBe('boolean')
      }),
    )
  })

  it('gives the fields that JSON.parse would give', () => {
    const card = fc.record({
      number: fc.string(),
      cvc: fc.string(),
      cardholder_name: fc.string(),
      other: fc.jsonValue(),
    })
    fc.assert(
      fc.property(card, (value) => {
        const fields = fieldsOf(JSON.stringify({ card: value }))
        expect(textOf(fields.number)).toBe(`given:${value.number.toWellFormed()}`)
        expect(textOf(fields.cvc)).toBe(`given:${value.cvc.toWellFormed()}`)
        expect(textOf(fields.cardholderName)).toBe(`given:${value.cardholder_name.toWellFormed()}`)
      }),
    )
  })

  it('wipes every copy that it made', () => {
    const body = readTokenBody(Buffer.from('{"card":{"number":"4242424242424242","cvc":"\\u0031\\u0032\\u0033"}}'))
    if (!body.ok || body.card === null) throw new Error('no card in it')
    const { number, cvc } = body.card
    body.wipe()
    expect(number.is === 'given' && number.value.every((byte) => byte === 0)).toBe(true)
    expect(cvc.is === 'given' && Buffer.from(cvc.value.buffer).every((byte) => byte === 0)).toBe(true)
  })
})
