import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, ExactNumber, type JsonValue, parseStrictJson, type StrictJsonOptions } from './strict-json.ts'

function parse(text: string, options?: StrictJsonOptions) {
  return parseStrictJson(Buffer.from(text), options)
}

function accepted(text: string, options?: StrictJsonOptions): JsonValue {
  const verdict = parse(text, options)
  if (!verdict.ok) throw new Error(`refused: ${JSON.stringify(verdict.fault)}`)
  return verdict.value
}

function faultOf(text: string | Uint8Array, options?: StrictJsonOptions) {
  const verdict = parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text, options)
  return verdict.ok ? undefined : verdict.fault
}

/** How JSON.parse sees it; undefined where it refuses. */
function reference(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

describe('agreement with JSON.parse', () => {
  const wide: StrictJsonOptions = { maxDepth: 1_000, maxNodes: 1_000_000 }

  test('every valid document without duplicate keys has the same value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.nat(3), (text, indent) => {
        const pretty = JSON.stringify(JSON.parse(text), null, indent)
        expect(accepted(pretty, wide)).toEqual(JSON.parse(pretty))
      }),
      { numRuns: 1_000 },
    )
  })

  test('any Unicode strings, as keys and as values, come back unharmed', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (members) => {
        const text = JSON.stringify(members)
        expect(accepted(text, wide)).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  test('documents with one character put in, taken out or changed are accepted only where JSON.parse accepts them', () => {
    const character = fc.constantFrom(...'{}[]",:\\/u0123456789.eE+-tfnal \n\t\u0000\u001f')
    let acceptedCount = 0
    let refused = 0
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.nat(1), character, (text, place, removed, inserted) => {
        const at = place % (text.length + 1)
        const broken = text.slice(0, at) + inserted + text.slice(at + removed)
        const expected = reference(broken)
        const verdict = parse(broken, wide)
        if (verdict.ok) {
          acceptedCount++
          expect(expected).toEqual({ value: verdict.value })
        } else {
          refused++
          // Stricter than the reference in these alone; everything else must be refused by both.
          const stricter = verdict.fault.kind === 'duplicate_key' || verdict.fault.kind === 'number_range'
          const loneSurrogate = /\\u[dD][89a-fA-F]/.test(broken)
          if (!stricter && !loneSurrogate) expect(expected).toBeUndefined()
        }
      }),
      { numRuns: 5_000 },
    )
    expect(Math.min(acceptedCount, refused)).toBeGreaterThan(500)
  })

  test.each([
    '0',
    '-0',
    '-1.5e3',
    '1E+2',
    '0.1',
    '9007199254740993',
    '1e-400',
    ' \r\n\t[ ] ',
    '{ }',
    '"\\u00e9\\ud83d\\ude00\\/\\b"',
    '"é😀\u2028\u007f"',
    '{"toString":1,"constructor":{"prototype":2},"hasOwnProperty":3}',
    '{"0":1,"10":2,"a":3}',
    '{"":{"":1}}',
  ])('%s', (text) => {
    expect(accepted(text)).toEqual(JSON.parse(text))
  })
})

describe('refusals', () => {
  test.each([
    ['', 'empty', 0, ''],
    [' \n ', 'empty', 3, ''],
    ['{"a":1,"a":2}', 'duplicate_key', 7, 'a'],
    ['{"a":{"b":1,"b":1}}', 'duplicate_key', 12, 'a.b'],
    ['{"\\u0061":1,"a":2}', 'duplicate_key', 12, 'a'],
    ['{"__proto__":1,"__proto__":2}', 'duplicate_key', 15, '__proto__'],
    ['{"a":[1,2,]}', 'syntax', 10, 'a.2'],
    ['{"a":1,}', 'syntax', 7, 'a'],
    ['{"a" 1}', 'syntax', 5, 'a'],
    ["{'a':1}", 'syntax', 1, ''],
    ['{"a":1', 'syntax', 6, 'a'],
    ['[1 2]', 'syntax', 3, '0'],
    ['{"a":1} x', 'syntax', 8, ''],
    ['"abc', 'syntax', 4, ''],
    ['"a\nb"', 'syntax', 2, ''],
    ['"\\x"', 'syntax', 1, ''],
    ['"\\u12g4"', 'syntax', 1, ''],
    ['"\\ud800"', 'syntax', 7, ''],
    ['"\\ud800\\u0041"', 'syntax', 13, ''],
    ['"\\udc00"', 'syntax', 7, ''],
    ['01', 'syntax', 1, ''],
    ['1.', 'syntax', 2, ''],
    ['.5', 'syntax', 0, ''],
    ['+1', 'syntax', 0, ''],
    ['1e', 'syntax', 2, ''],
    ['-', 'syntax', 1, ''],
    ['NaN', 'syntax', 0, ''],
    ['nul', 'syntax', 0, ''],
    ['/* */ 1', 'syntax', 0, ''],
    ['\ufeff{}', 'syntax', 0, ''],
    ['{"a":[0,1e400]}', 'number_range', 8, 'a.1'],
    ['-1e999', 'number_range', 0, ''],
  ])('%j is refused as %s at %i (%s)', (text, kind, position, path) => {
    expect(faultOf(text)).toEqual({ kind, position, path })
  })

  test.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22], 1],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22], 1],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    ['a code point past the last', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 1],
    ['a character cut off at the end', [0x22, 0xc3, 0xa9, 0xe2, 0x82], 3],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00], 0],
  ])('%s is invalid UTF-8', (_name, bytes, position) => {
    expect(faultOf(Uint8Array.from(bytes))).toEqual({ kind: 'invalid_utf8', position, path: '' })
  })

  test('the place of the first invalid byte is told in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'binary' }), (before, after) => {
        const lead = Buffer.from(before)
        const bytes = Buffer.concat([lead, Buffer.from([0xff]), Buffer.from(after)])
        expect(faultOf(bytes)).toEqual({ kind: 'invalid_utf8', position: lead.length, path: '' })
      }),
    )
  })

  test('nesting is accepted up to the limit and refused one level deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(faultOf(nested(16))).toBeUndefined()
    expect(faultOf(nested(17))).toMatchObject({ kind: 'too_deep', position: 16 })
    expect(faultOf(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`)?.kind).toBe('too_deep')
    expect(faultOf(nested(3), { maxDepth: 2 })?.kind).toBe('too_deep')
    expect(faultOf('['.repeat(1_000_000))?.kind).toBe('too_deep')
  })

  test('the number of values is bounded', () => {
    const array = (length: number) => `[${new Array(length).fill('0').join(',')}]`
    expect(faultOf(array(4_999))).toBeUndefined()
    expect(faultOf(array(5_000))?.kind).toBe('too_deep')
    expect(faultOf('[[],[]]', { maxNodes: 2 })?.kind).toBe('too_deep')
  })

  test('the path does not repeat keys that look like data', () => {
    expect(faultOf('{"4242424242424242":{"x":1,"x":2}}')?.path).toBe('?.x')
    expect(faultOf(`{"${'k'.repeat(41)}":!}`)?.path).toBe('?')
  })

  test('no bytes whatever make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(typeof parseStrictJson(bytes).ok).toBe('boolean')
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('objects', () => {
  test('a "__proto__" key is a member like any other and reaches no prototype', () => {
    const value = accepted('{"__proto__":{"admin":true},"a":{"__proto__":null}}') as Record<string, JsonValue>
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(value.admin).toBeUndefined()
    expect(Object.keys(value)).toEqual(['__proto__', 'a'])
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual({ admin: true })
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true},"a":{"__proto__":null}}')
  })
})

describe('exact numbers', () => {
  const options = { exactNumberKeys: new Set(['amount']) }

  test('a number under such a key keeps its own text, at any depth', () => {
    expect(accepted('{"amount":9007199254740993.07,"lines":[{"amount":1e2}]}', options)).toEqual({
      amount: new ExactNumber('9007199254740993.07'),
      lines: [{ amount: new ExactNumber('1e2') }],
    })
  })

  test('other values of the key, and numbers elsewhere, are left as they are', () => {
    expect(accepted('{"amount":"17.62","other":17.62,"x":{"amount":[1]}}', options)).toEqual({
      amount: '17.62',
      other: 17.62,
      x: { amount: [1] },
    })
  })

  test('a number too large for a double is kept, and one that is no JSON number still refused', () => {
    expect(accepted('{"amount":1e400}', options)).toEqual({ amount: new ExactNumber('1e400') })
    expect(faultOf('{"amount":017}', options)?.kind).toBe('syntax')
  })
})

describe('canonical text', () => {
  test('does not depend on the order of keys nor on blanks', () => {
    const left = accepted('{"b":[1, {"y":null,"x":"é"}],"a":true}')
    const right = accepted('{"a":true,"b":[1,{"x":"\\u00e9","y":null}]}')
    expect(canonicalJson(left)).toBe('{"a":true,"b":[1,{"x":"é","y":null}]}')
    expect(canonicalJson(right)).toBe(canonicalJson(left))
  })

  test('reads back as the same value, whatever the value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const value = JSON.parse(text)
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('keeps exact numbers as they were written', () => {
    const options = { exactNumberKeys: new Set(['amount']) }
    expect(canonicalJson(accepted('{"amount": 17.620}', options))).toBe('{"amount":17.620}')
  })

  test('tells two values apart that differ only in structure or kind', () => {
    const texts = ['{"a":"1"}', '{"a":1}', '{"a":[1]}', '{"a":{"1":1}}', '{"a":null}', '{}', '["a",1]', '{"a,1":1}']
    expect(new Set(texts.map((text) => canonicalJson(accepted(text)))).size).toBe(texts.length)
  })
})
