import { reservedTestNumber } from '@tessera/contracts/test-cards'
import { describe, expect, it } from 'vitest'
import { holdsCardFields, holdsNumberAnywhere } from './card-scan.ts'

const number = reservedTestNumber(7_654_321)
const grouped = number.replace(/(\d{4})(?=\d)/g, '$1 ')
const inJson = (text: string) => holdsCardFields(Buffer.from(text))

describe('the search for card data in raw bytes', () => {
  it.each([
    `{"card":{"number":"${number}"}}`,
    '{"card" : {}}',
    '{\n\t"Card":\r\n{"a":1}}',
    '{"a":[{"credit_card":{}}]}',
    `{"number":"${number}"}`,
    `{"number":${number}}`,
    `{"card_number": "${grouped}"}`,
    `{"cardNumber":"${grouped.replaceAll(' ', '-')}"}`,
    `{"card":"${number}"}`,
    `{"metadata":{"PAN":"${number}"}}`,
    `{"messageType":"RReq","acctNumber":"${number}"}`,
    '{"number":"4111 1111 1111 1112","cvc":"123"}',
    '{"cvv2":1234}',
    `{"broken": "x, "card": {"number"`,
    `{"number":"378282246310005"}`,
    '{"c\\u0061rd":{}}',
    '{"\\u0063\\u0061\\u0072\\u0064" : {}}',
    `{"n\\u0075mber":"${number}"}`,
    `{"number":"\\u0034${number.slice(1)}"}`,
    `{"number":"${grouped.replaceAll(' ', '\\u0020')}"}`,
    '{"cvc":"\\u0031\\u00323"}',
  ])('finds it in %s', (text) => {
    expect(inJson(text)).toBe(true)
  })

  it.each([
    '{}',
    '',
    '{"amount":17.62,"currency":"usd","token":"tok_0123456789abcdefghjkmnpqrs"}',
    '{"payment_method":"card","save_card":true,"name":"Card {"}',
    '{"card":null}',
    '{"card":"visa"}',
    `{"note":"\\"card\\":{\\"number\\":\\"${number}\\"}"}`,
    '{"number":"1234567890123"}',
    '{"number":"42"}',
    '{"c\\u0061rd":"visa"}',
    '{"c\\nard":{}}',
    '{"c\\u00e4rd":{}}',
    '{"c\\u00',
    '{"order_number":"4242424242424242"}',
    '{"cvc":"12"}',
    '{"cvc":"12345"}',
    '{"payment_method_id":"pmi_0123456789abcdefghjkmnpqrs","customer_id":"c"}',
  ])('leaves %s alone', (text) => {
    expect(inJson(text)).toBe(false)
  })

  it('agrees with the check digit of every number of up to 19 digits', () => {
    for (const valid of [
      '4222222222222',
      '378282246310005',
      '4242424242424242',
      '6205500000000000004',
      '501800000009',
    ]) {
      expect(inJson(`{"number":"${valid}"}`), valid).toBe(true)
      const last = Number(valid.at(-1))
      expect(inJson(`{"number":"${valid.slice(0, -1)}${(last + 1) % 10}"}`), valid).toBe(false)
    }
    expect(inJson('{"number":"42424242424242424242"}')).toBe(false)
  })

  it('finds a number in a body that is no JSON', () => {
    for (const text of [`card[number]=${number}&a=1`, `number=${grouped.replaceAll(' ', '+')}`, `\n${number}`]) {
      expect(holdsNumberAnywhere(Buffer.from(text)), text).toBe(true)
    }
    for (const text of ['amount=1762&currency=usd', 'id=1234567890123', `x=${number}9999`]) {
      expect(holdsNumberAnywhere(Buffer.from(text)), text).toBe(false)
    }
  })
})
