import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scrubAnswer } from './scrub.ts'

const number = '4242424242424242'
const cvc = '737'

function scrubbed(answer: string, verbatim: string[] = [], secrets = { number, cvc }): string {
  const { number: digits, cvc: code } = secrets
  return scrubAnswer(
    Buffer.from(answer),
    { number: Buffer.from(digits), cvc: code === '' ? null : Buffer.from(code) },
    verbatim,
  ).toString('utf8')
}

describe('an answer', () => {
  it.each([
    ['plain', number],
    ['in groups', '4242 4242 4242 4242'],
    ['with dashes', '4242-4242-4242-4242'],
    ['in odd groups', '42 4242424242 - 4242 42'],
    ['percent-encoded', [...number].map((digit) => `%3${digit}`).join('')],
    ['partly percent-encoded', '4242%34242%2042424242+4242'],
    ['in JSON escapes', [...number].map((digit) => `\\u003${digit}`).join('')],
    ['in hex', Buffer.from(number).toString('hex')],
    ['in base64', Buffer.from(number).toString('base64')],
    ['in base64 after one byte', Buffer.from(`x${number}y`).toString('base64')],
    ['in base64 after two bytes', Buffer.from(`xx${number}yy`).toString('base64')],
    ['in base64url', Buffer.from(`{"pan":"${number}"}`).toString('base64url')],
    ['inside a longer number', `99${number}99`],
  ])('keeps the number back: %s', (_how, spelling) => {
    for (const answer of [spelling, `{"echo":"${spelling}"}`, `<pan>${spelling}</pan>`, `a=${spelling}&b=1`]) {
      const result = scrubbed(answer)
      expect(result, answer).not.toContain(spelling)
      expect(result.replaceAll(/[ -]/g, '')).not.toContain(number)
    }
  })

  it('keeps the number back wherever it stands and whatever stands before it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (before, after) => {
        const decoded = Buffer.from(scrubbed(Buffer.from(before + number + after).toString('base64')), 'base64')
        expect(decoded.includes(number)).toBe(false)
        expect(scrubbed(before + number + after)).not.toContain(number)
      }),
    )
  })

  it('stays readable when the number comes as a JSON number', () => {
    const answer = `{"a":1,"pan":${number},"list":[ ${number} ,${number}0],"b":"x"}`
    expect(JSON.parse(scrubbed(answer))).toEqual({ a: 1, pan: null, list: [null, null], b: 'x' })
  })

  it('stays readable and as it was elsewhere when the number comes in a text', () => {
    expect(JSON.parse(scrubbed(`{"message":"card ${number} declined","id":"x"}`))).toEqual({
      message: 'card **************** declined',
      id: 'x',
    })
  })

  it('keeps other numbers that look like cards', () => {
    const answer = '{"reference":"5555555555554444","id":"4111111111111111"}'
    expect(scrubbed(answer)).toBe(answer)
  })

  it('keeps the CVC back where it is a value or a word', () => {
    const answer = '{"cvc":"737","code":737,"text":"CVC 737 wrong","list":["737"],"nested":{"x":"a-737"}}'
    const result = JSON.parse(scrubbed(answer))
    expect(result).toEqual({ cvc: '***', code: null, text: 'CVC *** wrong', list: ['***'], nested: { x: 'a-***' } })
  })

  it('leaves the same digits alone inside other words and numbers', () => {
    const answer = '{"id":"auth_737abc","amount":17370,"price":"x7370","n":7.37}'
    expect(scrubbed(answer)).toBe(answer)
  })

  it('leaves alone what the manifest names, and the same digits elsewhere not', () => {
    const answer = '{"amount":737,"captures":[{"amount":737},{"amount":737}],"other":737}'
    expect(JSON.parse(scrubbed(answer, ['/amount', '/captures/*/amount']))).toEqual({
      amount: 737,
      captures: [{ amount: 737 }, { amount: 737 }],
      other: null,
    })
  })

  it('keeps the number back even where the manifest names the place', () => {
    expect(scrubbed(`{"reference":"${number}"}`, ['/reference'])).toBe('{"reference":"****************"}')
  })

  it.each(['CVC 737 wrong', 'a=737&b=1', '<cvc>737</cvc>', '{"cvc":"737"'])(
    'that is no JSON keeps the CVC back as a word: %s',
    (answer) => {
      expect(scrubbed(answer)).not.toContain('737')
    },
  )

  it('without either is untouched, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const answer = Buffer.from(bytes)
        fc.pre(!answer.includes('737') && !answer.includes('42'))
        const secrets = { number: Buffer.from(number), cvc: Buffer.from(cvc) }
        expect(scrubAnswer(Buffer.from(answer), secrets, [])).toEqual(answer)
      }),
    )
  })

  it('of a hold without CVC loses the number only', () => {
    expect(scrubbed(`{"n":"${number}","c":"737"}`, [], { number, cvc: '' })).toBe('{"n":"****************","c":"737"}')
  })
})
