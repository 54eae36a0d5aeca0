import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TakenCard } from './card-member.ts'
import { readServerPaymentBody } from './server-payment-body.ts'

function read(text: string) {
  const body = readServerPaymentBody(Buffer.from(text))
  if (!body.ok) throw new Error(`refused: ${body.fault.kind}`)
  return body
}
const restOf = (text: string, first = '') => read(text).rest.after(first).toString()
const number = '4242424242424242'
const card = `{"number":"${number}","expMonth":12,"expYear":2034,"cvc":"123"}`

describe('the body of a server payment', () => {
  it.each([
    [`{"card":${card},"a":1,"b":[2]}`, '{"a":1,"b":[2]}'],
    [`{"a":1,"card":${card},"b":[2]}`, '{"a":1,"b":[2]}'],
    [`{"a":1,"b":[2],"card":${card}}`, '{"a":1,"b":[2]}'],
    [`{"card":${card}}`, '{}'],
    [`{"a":1.50,"c\\u0061rd":${card},"b":1e2}`, '{"a":1.50,"b":1e2}'],
    [`{"card":"${number}","a":1}`, '{"a":1}'],
    ['{"a":",","b":"}","card":[]}', '{"a":",","b":"}"}'],
  ])('gives up its card and keeps the rest as it was written: %s', (text, rest) => {
    expect(restOf(text)).toBe(rest)
  })

  it('keeps the rest whatever blanks stand around it', () => {
    const text = ` {\n "a" : 1 ,\r\n\t"card" : ${card} , "b" : { "card" : {} }\n}\n`
    expect(JSON.parse(restOf(text))).toEqual({ a: 1, b: { card: {} } })
  })

  it('takes what the vault adds before the rest, and only from the vault', () => {
    const text = `{"card_token":"tok_mine","card":${card},"card_digest":"x","a":1,"card_f\\u0061ults":[]}`
    expect(restOf(text, '"card_token":"tok_1"')).toBe('{"card_token":"tok_1","a":1}')
    expect(restOf('{"card_token":"tok_mine"}')).toBe('{}')
    expect(restOf(`{"card":${card}}`, '"card_token":"tok_1"')).toBe('{"card_token":"tok_1"}')
  })

  it('is passed on to the byte where there is nothing to cut, in memory of its own', () => {
    const bytes = Buffer.from('{ "a" : 1.0 ,"b":null }\n')
    const body = readServerPaymentBody(bytes)
    if (!body.ok) throw new Error('refused')
    const rest = body.rest.after('')
    bytes.fill(0)
    expect(rest.toString()).toBe('{ "a" : 1.0 ,"b":null }\n')
    expect(body.card).toBe('none')
  })

  it.each([
    ['{"a":1}', 'none'],
    ['{"card":null}', 'none'],
    ['{"a":{"card":{}}}', 'none'],
    ['{"card":"x"}', 'not_an_object'],
    ['{"card":[{}]}', 'not_an_object'],
    ['{"card":1}', 'not_an_object'],
  ])('says what kind of card it has: %s', (text, kind) => {
    expect(read(text).card).toBe(kind)
  })

  it('reads the fields of the card under the names of this API', () => {
    const { fields } = read(`{"card":{"number":"4242 4242","expMonth":1,"expYear":"2034","cvc":"007","exp_month":9}}`)
      .card as TakenCard
    expect(String((fields.number as { value: Buffer }).value)).toBe('4242 4242')
    expect(String((fields.cvc as { value: Buffer }).value)).toBe('007')
    expect(fields.expMonth).toEqual({ is: 'given', value: '1' })
    expect(fields.expYear).toEqual({ is: 'given', value: '2034' })
    expect(fields.cardholderName).toEqual({ is: 'absent' })
  })

  it.each([
    ['', 'empty'],
    ['{"card":{}', 'syntax'],
    ['[]', 'not_an_object'],
    [`{"card":${card},"card":${card}}`, 'duplicate_key'],
    [`{"card":${card},"c\\u0061rd":${card}}`, 'duplicate_key'],
    [`{"card":{"number":"1","number":"2"}}`, 'duplicate_key'],
    [`{"a":${'['.repeat(17)}${']'.repeat(17)}}`, 'too_deep'],
    [`{${Array.from({ length: 257 }, (_, index) => `"k${index}":1`).join(',')}}`, 'too_many_members'],
  ])('is refused: %s', (text, kind) => {
    expect(readServerPaymentBody(Buffer.from(text))).toMatchObject({ ok: false, fault: { kind } })
  })

  it('loses its card and nothing else, whatever it holds', () => {
    const key = fc.string({ maxLength: 8 }).filter((name) => !/^card|^__proto__$/.test(name))
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue(), { maxKeys: 12 }), fc.nat(12), fc.boolean(), (rest, at, isWide) => {
        const entries = Object.entries(rest)
        entries.splice(at, 0, ['card', JSON.parse(card)])
        const text = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value, null, isWide ? 2 : 0)}`).join(isWide ? '\n , ' : ',')}}`
        expect(JSON.parse(restOf(text))).toEqual(JSON.parse(JSON.stringify(rest)))
        expect(JSON.parse(restOf(text, '"card_token":"t"'))).toEqual({
          ...JSON.parse(JSON.stringify(rest)),
          card_token: 't',
        })
      }),
    )
  })
})

describe('the rest of a body', () => {
  it.each([
    [`{"name":"pay ${number}"}`, ['name']],
    ['{"name":"4242-4242-4242-4242"}', ['name']],
    [`{"metadatas":{"a":{"b":"${number}"}}}`, ['metadatas']],
    [`{"metadatas":{"${number}":1}}`, ['metadatas']],
    [`{"metadatas":{"n":${number}}}`, ['metadatas']],
    [`{"${number}":1,"x${number}":2}`, ['?', '?']],
    [`{"name":"\\u0034${number.slice(1)}"}`, ['name']],
    [`{"card":${card},"a":"${number}","b":"x","c":"${number}"}`, ['a', 'c']],
    [`{"card":${card},"price":4242,"phone":"+14155550123"}`, []],
  ])('tells where a card number stands in it: %s', (text, members) => {
    expect(read(text).rest.withCardNumbers()).toEqual(members)
  })

  it('tells whether these very digits stand in it', () => {
    const { rest } = read(`{"card":${card},"a":"00${number}00","b":"\\u0035555"}`)
    expect(rest.holds(Buffer.from(number))).toBe(true)
    expect(rest.holds(Buffer.from('5555'))).toBe(true)
    expect(rest.holds(Buffer.from('123'))).toBe(false)
  })
})
