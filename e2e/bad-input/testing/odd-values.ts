import { cardTexts, strayNumbers } from './card-texts.ts'

const text = (value: string): string => JSON.stringify(value)

/** Values as JSON texts, in spellings that writers of JSON do not use as well. */
export const oddValues: readonly string[] = [
  // Numbers in every spelling.
  ...['0', '-0', '0.0', '1e3', '1E+3', '1e-3', '17.620', '-17.62', '9007199254740993', '1e308', '1e309', '1e-400'],
  ...[
    '123456789012345678901234567890',
    '0.1e1',
    '17.625',
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '0x1F',
    'NaN',
    '-Infinity',
    '१७',
  ],
  // Words and nothing.
  ...['true', 'false', 'null', 'nul', 'True', 'undefined', '""', '" "'],
  // Texts that look like something else.
  ...[
    '17.62',
    '1e3',
    'NaN',
    '-1',
    'null',
    'true',
    '{}',
    '[]',
    "' or '1'='1",
    '%{jndi:ldap://x}',
    '<script>',
    '../../etc/passwd',
  ].map(text),
  ...['\u0000', '\u0001', '\u202e', '\ufeff', '\u{1f4b3}', 'ＵＳＤ', '١٧', 'e\u0301', 'a\nb', 'a\tb', '"', '\\'].map(
    text,
  ),
  '"\\u0000"',
  '"\\ud83d"',
  '"\\ud83d\\udcb3"',
  '"a\u0001b"',
  '"\ud7ff\\/"',
  ...[256, 5_000, 70_000].map((length) => text('x'.repeat(length))),
  text('é'.repeat(300)),
  // Shapes.
  ...[
    '{}',
    '[]',
    '[[[[]]]]',
    '{"a":1,"a":2}',
    '{"__proto__":{"amount":1}}',
    '{"constructor":{"prototype":{}}}',
    '[1,]',
  ],
  `${'['.repeat(20)}${']'.repeat(20)}`,
  `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`,
  `[${'0,'.repeat(6_000)}0]`,
  `{${Array.from({ length: 60 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
  // Cards.
  ...cardTexts.map(text),
  strayNumbers.visa,
  `{"number":"${strayNumbers.amex}","cvc":"1234"}`,
  `{"note":"${strayNumbers.mastercard}"}`,
  // What belongs to other fields.
  ...[
    'usd',
    'JPY',
    'KWD',
    'XYZ',
    'card',
    'automatic',
    'manual',
    'merchant',
    'skip',
    'required',
    'flow_default',
    'v1',
  ].map(text),
  ...['tok_0123456789abcdefghjkmnpqrs', 'tok_', 'pmi_01jd0000000000000000000000', 'whe_01jd0000000000000000000000'].map(
    text,
  ),
  ...[
    'https://shop.example/return',
    'http://10.0.0.1/',
    'javascript:alert(1)',
    'https://a:b@shop.example',
    'someone@shop.example',
  ].map(text),
  ...['["payment.succeeded"]', '["payment.imagined"]', '{"ip":"192.0.2.1"}', '{"order":"A-1"}', '{"version":"2.2.0"}'],
]

/** Names of members: known ones of any call, and such as trip objects up. */
export const oddNames: readonly string[] = [
  ...[
    'amount',
    'currency',
    'token',
    'metadata',
    'card',
    'number',
    'cvc',
    'reason',
    'final',
    'url',
    'status',
    'endpoint_id',
  ],
  ...['save_card', 'customer_id', 'payment_method_id', 'return_url', 'external_id', 'initiator', 'shopper', 'flow_id'],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    '',
    ' ',
    'a.b',
    'a[0]',
    '$where',
    '\u0000',
  ],
  ...[
    'Amount',
    'amount ',
    'am\\u006funt',
    'x'.repeat(300),
    '\u{1f4b3}',
    strayNumbers.visa,
    `card_${strayNumbers.visa}`,
  ],
]

export const oddTypes: readonly (string | null)[] = [
  ...[
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/json;charset="utf-8"',
    'application/json; charset=latin1',
  ],
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/merge-patch+json',
    '',
    ';',
    'json',
  ],
  null,
]

export const oddIdempotencyKeys: readonly string[] = [
  ...[
    '',
    '""',
    '"',
    '"a',
    'a"',
    'a b',
    'a,b',
    '"a b"',
    '\\',
    'é',
    '{}',
    strayNumbers.visa,
    'x'.repeat(255),
    'x'.repeat(256),
    'x'.repeat(5_000),
  ],
]

/** Authorization headers that no call accepts. */
export const oddAuthorizations: readonly (string | null)[] = [
  ...[
    '',
    'Bearer',
    'Bearer ',
    'Basic dHNrOg==',
    'Bearer x',
    'Bearer tsk_test_',
    'Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc',
    'Token x',
  ],
  null,
]

/** What stands where a path has an id, not encoded yet. */
export const oddIds: readonly string[] = [
  ...[
    '',
    'x',
    'tx_',
    'req_',
    'tx_01jd0000000000000000000000',
    'TX_01JD0000000000000000000000',
    'tx_01jd000000000000000000000l',
  ],
  ...[
    'pmi_01jd0000000000000000000000',
    'whe_01jd0000000000000000000000',
    'evt_01jd0000000000000000000000',
    '__proto__',
    '..',
    '.',
    '\u0000',
  ],
  ...[
    "' or '1'='1",
    'a/b',
    '%',
    '\u{1f4b3}',
    '\ufffd',
    strayNumbers.visa,
    'x'.repeat(255),
    'x'.repeat(1_500),
    '1e3',
    'null',
  ],
]

export const queryNames: readonly string[] = [
  ...[
    'limit',
    'starting_after',
    'status',
    'external_id',
    'customer_id',
    'created_gte',
    'created_lte',
    'type',
    'unknown',
    '__proto__',
    'limit[]',
    '',
  ],
]

export const queryValues: readonly string[] = [
  ...[
    '',
    '0',
    '1',
    '100',
    '101',
    '-1',
    '1.5',
    '1e1',
    'NaN',
    'completed',
    'failed',
    'payment.succeeded',
    'x',
    '\u0000',
    'é',
    '%',
  ],
  ...[
    '2026-01-01',
    '2026-01-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '0000-01-01',
    '+010000-01-01T00:00:00Z',
  ],
  ...[
    "' or 1=1 --",
    'tx_01jd0000000000000000000000',
    'evt_01jd0000000000000000000000',
    strayNumbers.mastercard,
    'x'.repeat(300),
  ],
]
