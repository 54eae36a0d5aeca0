/** Bodies that no call accepts, whatever it is about, and how each is answered. */
export interface MalformedBody {
  name: string
  bytes: Uint8Array<ArrayBuffer>
  contentType: string | null
  status: number
  code: string
}

const json = 'application/json'
const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text))
const binary = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
const invalid = (name: string, body: Uint8Array<ArrayBuffer> | string): MalformedBody => ({
  name,
  bytes: typeof body === 'string' ? bytes(body) : body,
  contentType: json,
  status: 400,
  code: 'validation_error',
})

const notJson: MalformedBody[] = [
  ['an open brace', '{'],
  ['plain words', 'amount is 17.62'],
  ['a form', 'amount=17.62&currency=usd'],
  ['XML', '<?xml version="1.0"?><amount>1</amount>'],
  ['blanks alone', ' \n\t '],
  ['a trailing comma', '{"a":1,}'],
  ['single quotes', "{'a':1}"],
  ['a bare key', '{a:1}'],
  ['a comment', '{"a":1/* one */}'],
  ['two documents', '{}{}'],
  ['text after the end', '{"a":1}x'],
  ['NaN', '{"a":NaN}'],
  ['Infinity', '{"a":Infinity}'],
  ['minus Infinity', '{"a":-Infinity}'],
  ['undefined', '{"a":undefined}'],
  ['a leading zero', '{"a":017}'],
  ['a plus sign', '{"a":+1}'],
  ['a number that begins with its point', '{"a":.5}'],
  ['a number that ends with its point', '{"a":1.}'],
  ['a hexadecimal number', '{"a":0x11}'],
  ['a number with a half exponent', '{"a":1e}'],
  ['a number beyond all doubles', '{"a":1e999}'],
  ['a number of 400 digits', `{"a":${'9'.repeat(400)}}`],
  ['capital TRUE', '{"a":TRUE}'],
  ['a string without end', '{"a":"b}'],
  ['a line end in a string', '{"a":"b\nc"}'],
  ['a zero byte in a string', '{"a":"b\0c"}'],
  ['an unknown escape', '{"a":"\\x41"}'],
  ['a cut unicode escape', '{"a":"\\u00"}'],
  ['a lone high surrogate', '{"a":"\\ud83d"}'],
  ['a lone low surrogate', '{"a":"\\ude00"}'],
  ['a colon too many', '{"a"::1}'],
  ['no colon', '{"a" 1}'],
].map(([name, text]) => invalid(name as string, text as string))

const notAnObject: MalformedBody[] = [
  ['an array', '[]'],
  ['an array of an object', '[{"amount":1}]'],
  ['a string', '"amount"'],
  ['a number', '17.62'],
  ['true', 'true'],
  ['null', 'null'],
].map(([name, text]) => invalid(name as string, text as string))

const notUtf8: MalformedBody[] = [
  invalid('a stray continuation byte', binary('{"a":"', [0x80], '"}')),
  invalid('a cut two-byte character', binary('{"a":"', [0xc3], '"}')),
  invalid('an overlong slash', binary('{"a":"', [0xc0, 0xaf], '"}')),
  invalid('a surrogate in three bytes', binary('{"a":"', [0xed, 0xa0, 0x80], '"}')),
  invalid('a code point above U+10FFFF', binary('{"a":"', [0xf4, 0x90, 0x80, 0x80], '"}')),
  invalid('Latin-1', binary('{"a":"caf', [0xe9], '"}')),
  invalid('UTF-16', Uint8Array.from(Buffer.from('{"a":1}', 'utf16le'))),
  invalid('a compressed body', binary([0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0xae, 0x05])),
]

const tooMuch: MalformedBody[] = [
  invalid('a key that stands twice', '{"a":1,"a":1}'),
  invalid('a key that stands twice, once escaped', '{"a":1,"\\u0061":1}'),
  invalid('a key that stands twice further in', '{"a":{"b":1,"b":2}}'),
  invalid('arrays in 40 levels', `{"a":${'['.repeat(40)}${']'.repeat(40)}}`),
  invalid('objects in 40 levels', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`),
  invalid('30,000 open brackets', '['.repeat(30_000)),
]

const large = (name: string, body: string): MalformedBody => ({
  ...invalid(name, body),
  status: 413,
  code: 'body_too_large',
})
const tooLarge: MalformedBody[] = [
  large('64 KB and a byte', `{"a":"${'x'.repeat(64 * 1024 - 7)}"}`),
  large('a megabyte', `{"a":"${'x'.repeat(1_000_000)}"}`),
  large('a megabyte of blanks', ' '.repeat(1_000_000)),
]

const otherTypes: MalformedBody[] = [
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/jsonx',
  'application/json; charset=utf-16',
  'application/json, text/plain',
  'garbage',
  null,
].map((contentType) => ({
  name: contentType === null ? 'no content type' : `the content type ${contentType}`,
  bytes: bytes('{"amount":17.62,"currency":"usd"}'),
  contentType,
  status: 415,
  code: 'unsupported_media_type',
}))

export const malformedBodies: readonly MalformedBody[] = [
  ...notJson,
  ...notAnObject,
  ...notUtf8,
  ...tooMuch,
  ...tooLarge,
  ...otherTypes,
]
