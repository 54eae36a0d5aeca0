import { cardTexts, strayNumbers } from './card-texts.ts'
import type { Refusal } from './refusal.ts'

/** A body for one call with something wrong in it, and the refusal that contracts and error page ask for. */
export interface BodyCase {
  name: string
  /** Laid over a body that would be accepted; a text is sent as it is. */
  body: Record<string, unknown> | string
  refusal: Refusal
}

const invalid = (...params: string[]): Refusal => ({ status: 400, code: 'validation_error', params })
const coded = (code: string, param: string): Refusal => ({ status: 400, code, params: [param] })
const one = (name: string, body: BodyCase['body'], refusal: Refusal): BodyCase => ({ name, body, refusal })

/** No amounts at all, whatever the currency. */
export const notAmounts: readonly [name: string, json: string][] = [
  ['true', 'true'],
  ['an array', '[17.62]'],
  ['an object', '{"value":17.62}'],
  ['an empty text', '""'],
  ['a text of blanks', '" "'],
  ['a blank before it', '" 17.62"'],
  ['a line end behind it', '"17.62\\n"'],
  ['a decimal comma', '"17,62"'],
  ['thousands grouped', '"1,000"'],
  ['an exponent in a text', '"1e3"'],
  ['hexadecimal digits', '"0x11"'],
  ['NaN as a text', '"NaN"'],
  ['Infinity as a text', '"Infinity"'],
  ['a currency sign', '"$17.62"'],
  ['a plus sign', '"+17.62"'],
  ['Arabic digits', '"١٧"'],
  ['full-width digits', '"１７"'],
  ['no digit before the point', '".5"'],
  ['no digit behind the point', '"5."'],
  ['two points', '"1.2.3"'],
  ['400 digits', `"${'9'.repeat(400)}"`],
  ['zero', '0'],
  ['zero as a text', '"0.00"'],
  ['minus zero', '-0'],
  ['a negative number', '-17.62'],
  ['a negative text', '"-17.62"'],
]

const amountCase = (name: string, amount: string, currency: string, code: string): BodyCase =>
  one(`an amount of ${name}`, `{"amount":${amount},"currency":"${currency}"}`, coded(code, 'amount'))

const amounts: BodyCase[] = [
  ...notAmounts.map(([name, json]) => amountCase(name, json, 'USD', 'invalid_amount')),
  amountCase('three decimals in dollars', '17.625', 'USD', 'invalid_amount'),
  amountCase('three decimals in dollars, as a text', '"17.625"', 'USD', 'invalid_amount'),
  amountCase('a decimal in yen', '1000.5', 'JPY', 'invalid_amount'),
  amountCase('four decimals in dinars', '1.2345', 'KWD', 'invalid_amount'),
  amountCase('more decimals than a double holds', '17.620000000000000000001', 'USD', 'invalid_amount'),
  amountCase('a billion', '1000000000', 'USD', 'amount_above_maximum'),
  amountCase('what a double cannot hold', '9007199254740993.07', 'USD', 'amount_above_maximum'),
  amountCase('thirty digits', `"${'9'.repeat(30)}"`, 'USD', 'amount_above_maximum'),
  one('an amount below the minimum', { amount: 1.99 }, { status: 400, code: 'amount_below_minimum' }),
  one('no amount', '{"currency":"usd"}', invalid('amount')),
]

const currencies: BodyCase[] = [
  ...['', 'US', 'USDX', 'U$D', 'XYZ', '840', 'usd ', 'ＵＳＤ', 'us\u0000'].map((currency) =>
    one(`the currency ${JSON.stringify(currency)}`, { currency }, coded('unsupported_currency', 'currency')),
  ),
  ...[840, true, null, ['usd'], { code: 'usd' }].map((currency) =>
    one(`the currency ${JSON.stringify(currency)}`, { currency }, invalid('currency')),
  ),
  one('no currency', '{"amount":17.62}', invalid('currency')),
]

/** Texts and how long they may be; null where the contract names no length. */
const texts: Readonly<Record<string, number | null>> = {
  external_id: 255,
  customer_id: 255,
  flow_id: null,
  name: null,
  email: null,
  tel: null,
  product_name: null,
  return_url: null,
}
const wrongTexts: readonly [string, unknown][] = [
  ['a number', 17],
  ['a boolean', true],
  ['an array', ['a']],
  ['an object', { a: 1 }],
]
const textFields: BodyCase[] = Object.entries(texts).flatMap(([field, longest]) => [
  ...wrongTexts.map(([name, value]) => one(`${field} as ${name}`, { [field]: value }, invalid(field))),
  ...(longest === null
    ? []
    : [one(`${field} of ${longest + 1} characters`, { [field]: 'x'.repeat(longest + 1) }, invalid(field))]),
  one(`${field} of 60,000 characters`, { [field]: 'x'.repeat(60_000) }, invalid(field)),
  one(`a zero byte in ${field}`, { [field]: 'a\0b' }, invalid(field)),
  ...cardTexts.map((text, index) => one(`a card number in ${field} (${index + 1})`, { [field]: text }, invalid(field))),
])

const choices: BodyCase[] = [
  ['capture_method', 'later'],
  ['capture_method', 'Automatic'],
  ['capture_method', 1],
  ['payment_method', 'paypal'],
  ['payment_method', { type: 'card' }],
  ['three_d_secure', 'maybe'],
  ['three_d_secure', true],
  ['initiator', 'issuer'],
  ['initiator', 0],
  ['save_card', 'true'],
  ['save_card', 1],
].map(([field, value]) =>
  one(`${field} ${JSON.stringify(value)}`, { [field as string]: value }, invalid(field as string)),
)

const manyKeys = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, index]))
const metadata: BodyCase[] = [
  one('metadata as an array', { metadata: ['a'] }, invalid('metadata')),
  one('metadata as a text', { metadata: 'a' }, invalid('metadata')),
  one('metadata as a number', { metadata: 5 }, invalid('metadata')),
  one('metadata of 51 keys', { metadata: manyKeys }, invalid('metadata')),
  one('metadata above 8 KB', { metadata: { a: 'x'.repeat(8 * 1024) } }, invalid('metadata')),
  one('an array in metadata', { metadata: { tags: ['a'] } }, invalid('metadata.tags')),
  one('an object in metadata', { metadata: { a: { b: 1 } } }, invalid('metadata.a')),
  one('a zero byte in metadata', { metadata: { a: 'a\0b' } }, invalid('metadata.a')),
  one('a card number as a number in metadata', { metadata: { a: Number(strayNumbers.visa) } }, invalid('metadata.a')),
  one(
    'a card number as metadata.amount',
    { metadata: { amount: Number(strayNumbers.visa) } },
    invalid('metadata.amount'),
  ),
  one('a card number as a key of metadata', { metadata: { [strayNumbers.visa]: 'x' } }, invalid('metadata')),
  ...cardTexts.map((text, index) =>
    one(`a card number in metadata (${index + 1})`, { metadata: { note: text } }, invalid('metadata.note')),
  ),
]

const cards: BodyCase[] = [
  [
    '',
    'tok_',
    'tok',
    'pk_test_x',
    'TOK_0123456789abcdefghjkmnpqrs',
    'tok_0123456789abcdefghjkmnpqr!',
    'tok_0123456789abcdefghjkmnpqrs',
  ],
  [17, true, ['tok_0123456789abcdefghjkmnpqrs'], { id: 'tok_0123456789abcdefghjkmnpqrs' }],
]
  .flat()
  .map((token) => one(`the token ${JSON.stringify(token)}`, { token }, { status: 400, code: 'validation_error' }))

const combinations: BodyCase[] = [
  one('save_card without a customer', { save_card: true }, invalid('customer_id')),
  one('a merchant as initiator without a saved card', { initiator: 'merchant' }, invalid('initiator')),
  one('a flow that nobody has', { flow_id: 'flow_of_nobody' }, { status: 404, code: 'flow_not_found' }),
  one(
    'a saved card that nobody has',
    { payment_method_id: 'pmi_01jd0000000000000000000000' },
    { status: 404, code: 'not_found' },
  ),
  ...['', 'pmi_', 'tok_0123456789abcdefghjkmnpqrs', 17, ['pmi_01jd0000000000000000000000']].map((value) =>
    one(`the saved card ${JSON.stringify(value)}`, { payment_method_id: value }, invalid('payment_method_id')),
  ),
  one(
    'a token beside a saved card',
    { token: 'tok_0123456789abcdefghjkmnpqrs', payment_method_id: 'pmi_01jd0000000000000000000000' },
    { status: 400, code: 'validation_error' },
  ),
  one('an own authentication that is no object', { three_d_secure_result: 'Y' }, invalid('three_d_secure_result')),
  one('a shopper that is no object', { shopper: '192.0.2.1' }, invalid('shopper')),
  one('a shopper whose address is a number', { shopper: { ip: 5 } }, invalid('shopper.ip')),
  one(
    'a card number in the shopper’s browser',
    { shopper: { user_agent: strayNumbers.visa } },
    invalid('shopper.user_agent'),
  ),
  one('an e-mail address without a host', { email: 'someone' }, invalid('email')),
  one('an e-mail address with a blank', { email: 'some one@shop.example' }, invalid('email')),
]

const returnUrls: BodyCase[] = [
  'shop.example/return',
  '/return',
  '//shop.example/return',
  'http://shop.example/return',
  'ftp://shop.example/return',
  'javascript:alert(1)',
  'data:text/html,paid',
  'https://',
  'https://user:secret@shop.example/return',
  'https://user@shop.example/return',
  'https://shop.example/return#done',
  'https://shop.example/return#',
  'http://127.0.0.1.shop.example/return',
  'http://10.0.0.1/return',
  'https://[::1/return',
  'https://shop.example:99999/return',
].map((url) => one(`the return_url ${url}`, { return_url: url }, invalid('return_url')))

const vaultAdvice: Refusal = { status: 400, code: 'validation_error', message: /vault/i }
const cardData: BodyCase[] = [
  one('a card', { card: { number: strayNumbers.visa, exp_month: 12, exp_year: 2034, cvc: '123' } }, vaultAdvice),
  one('a card number beside the amount', { number: strayNumbers.visa }, vaultAdvice),
  one('a card deeper in the body', { source: { card: { number: strayNumbers.amex, cvc: '1234' } } }, vaultAdvice),
  one('a card where the token belongs', { token: { number: '3782 822463 10005' } }, vaultAdvice),
]

const severalFaults: BodyCase[] = [
  one(
    'all faults at once',
    {
      amount: '17,62',
      currency: 5,
      capture_method: 'later',
      external_id: 17,
      metadata: { note: cardTexts[0], tags: [] },
      return_url: 'javascript:alert(1)',
      save_card: true,
      email: 'nobody',
      token: 'none',
    },
    invalid(
      'amount',
      'currency',
      'capture_method',
      'external_id',
      'metadata.note',
      'metadata.tags',
      'return_url',
      'customer_id',
      'email',
      'token',
    ),
  ),
  one('an empty body', '', invalid('amount', 'currency')),
  one('an empty object', '{}', invalid('amount', 'currency')),
  one('fields of a prototype', '{"__proto__":{"amount":5,"currency":"usd"}}', invalid('amount', 'currency')),
  one(
    'fields of a constructor',
    '{"constructor":{"prototype":{"amount":5,"currency":"usd"}}}',
    invalid('amount', 'currency'),
  ),
  one('null for what is required', { amount: null, currency: null }, invalid('amount', 'currency')),
]

/** What `POST /v1/payments` refuses; laid over `{amount: 12.5, currency: 'USD'}`. */
export const paymentCases: readonly BodyCase[] = [
  ...amounts,
  ...currencies,
  ...textFields,
  ...choices,
  ...metadata,
  ...cards,
  ...combinations,
  ...returnUrls,
  ...cardData,
  ...severalFaults,
]
