import { strayNumbers } from './card-texts.ts'
import type { BodyCase } from './payment-cases.ts'
import type { Refusal } from './refusal.ts'

const good = { number: strayNumbers.visa, exp_month: 12, exp_year: 2034, cvc: '123' }
const invalid = (...params: string[]): Refusal => ({ status: 400, code: 'validation_error', params })
const card = (name: string, change: Record<string, unknown>, ...params: string[]): BodyCase => ({
  name,
  body: JSON.stringify({ card: { ...good, ...change } }),
  refusal: invalid(...params),
})

const numbers: BodyCase[] = [
  ['a wrong check digit', '4111111111111112'],
  ['too few digits', '411111111111'],
  ['too many digits', '41111111111111111111'],
  ['a length that its brand has not', '411111111111116'],
  ['a brand that nobody knows', '9999999999999995'],
  ['letters', '4111x11111111111'],
  ['an empty text', ''],
  ['blanks', '   '],
  ['a line end', '4111111111111111\n'],
  ['a zero byte', '4111111111111111\0'],
  ['full-width digits', '４１１１１１１１１１１１１１１１'],
  ['Arabic digits', '٤١١١١١١١١١١١١١١١'],
  ['60,000 digits', '4'.repeat(60_000)],
  ['a number', 4_111_111_111_111_111],
  ['null', null],
  ['a boolean', true],
  ['an array', ['4111111111111111']],
  ['an object', { digits: '4111111111111111' }],
].map(([name, number]) => card(`a card number: ${name}`, { number }, 'card.number'))

/** Cards that exist, so that only the test-number rule can be what refuses them. */
const realLooking = ['4539578763621486', '5425233430109903'].map((number, index) =>
  card(`a card that is no test card (${index + 1})`, { number }, 'card.number'),
)

const dates: BodyCase[] = [
  ...[0, 13, -1, 1.5, '', 'dec', '012', '1e1', null, true, [12], { month: 12 }, 1e300].map((month) =>
    card(`the month ${JSON.stringify(month)}`, { exp_month: month }, 'card.exp_month'),
  ),
  ...[34, '34', 0, -2034, 2034.5, 20340, '', 'next', null, true, [2034], {}, 1999].map((year) =>
    card(`the year ${JSON.stringify(year)}`, { exp_year: year }, 'card.exp_year'),
  ),
  card('a year that is over', { exp_year: 2020 }, 'card.exp_year'),
]

const codes: BodyCase[] = [
  ...['', '12', '1234', '12a', '１２３', '1 3', '123\0', '1'.repeat(1_000), 123, true, ['123'], {}].map((cvc) =>
    card(`the CVC ${JSON.stringify(cvc).slice(0, 20)}`, { cvc }, 'card.cvc'),
  ),
  card('three digits for American Express', { number: strayNumbers.amex, cvc: '123' }, 'card.cvc'),
  card('no CVC', { cvc: undefined }, 'card.cvc'),
  card('null for the CVC', { cvc: null }, 'card.cvc'),
]

const names: BodyCase[] = [
  ...[5, true, ['A'], { first: 'A' }].map((name) =>
    card(`the name ${JSON.stringify(name)}`, { cardholder_name: name }, 'card.cardholder_name'),
  ),
  card('a name of 10,000 letters', { cardholder_name: 'A'.repeat(10_000) }, 'card.cardholder_name'),
  card('a zero byte in the name', { cardholder_name: 'A\0B' }, 'card.cardholder_name'),
  card('a line end in the name', { cardholder_name: 'A\nB' }, 'card.cardholder_name'),
  card('the card number as the name', { cardholder_name: strayNumbers.visa }, 'card.cardholder_name'),
  card('another card number in the name', { cardholder_name: 'A 3782 822463 10005' }, 'card.cardholder_name'),
]

const required = ['card.number', 'card.exp_month', 'card.exp_year', 'card.cvc'] as const
const whole: BodyCase[] = [
  ...[
    '',
    '{}',
    '{"card":null}',
    '{"card":[]}',
    '{"card":"4111111111111111"}',
    '{"card":5}',
    '{"number":"4111111111111111"}',
  ].map((body): BodyCase => ({ name: `the body ${body}`, body, refusal: { status: 400, code: 'validation_error' } })),
  { name: 'an empty card', body: '{"card":{}}', refusal: invalid(...required) },
  {
    name: 'a card in a prototype',
    body: '{"card":{"__proto__":{"number":"4111111111111111"}}}',
    refusal: invalid(...required),
  },
  card(
    'all faults at once',
    { number: '4111111111111112', exp_month: 13, exp_year: 34, cvc: 'x', cardholder_name: 5 },
    ...required,
    'card.cardholder_name',
  ),
  {
    name: 'a number that stands twice',
    body: '{"card":{"number":"4111111111111111","number":"4242424242424242","exp_month":12,"exp_year":2034,"cvc":"123"}}',
    refusal: { status: 400, code: 'validation_error' },
  },
  {
    name: 'a card that stands twice',
    body: '{"card":{"number":"4111111111111111"},"card":{"number":"4242424242424242","exp_month":12,"exp_year":2034,"cvc":"123"}}',
    refusal: { status: 400, code: 'validation_error' },
  },
]

/** What `POST /v1/tokens` refuses of a card; each body is whole. */
export const tokenCases: readonly BodyCase[] = [...numbers, ...realLooking, ...dates, ...codes, ...names, ...whole]
