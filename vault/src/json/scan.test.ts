import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonKind, pointerOf, scanJson } from './scan.ts'
import { decodeString } from './strings.ts'

const limits = { maxDepth: 64 }

/** Puts the document together again from what the scan tells. */
function rebuilt(bytes: Buffer): unknown {
  let root: unknown
  const put = (pointer: string[], value: unknown): void => {
    const last = pointer.at(-1)
    if (last === undefined) {
      root = value
      return
    }
    // biome-ignore lint/suspicious/noExplicitAny: a test walks into whatever is there.
    let at: any = root
    for (const step of pointer.slice(0, -1)) at = at[step]
    Object.defineProperty(at, last, { value, enumerable: true, writable: true, configurable: true })
  }
  const values: Record<JsonKind, (start: number, end: number) => unknown> = {
    object: () => ({}),
    array: () => [],
    string: (start, end) => decodeString(bytes, start + 1, end - 1).toString('utf8'),
    number: (start, end) => Number(bytes.toString('latin1', start, end)),
    true: () => true,
    false: () => false,
    null: () => null,
  }
  const fault = scanJson(
    bytes,
    { onValue: (kind, start, end, place) => put(pointerOf(bytes, place), values[kind](start, end)) },
    limits,
  )
  expect(fault).toBeNull()
  return root
}

const isValid = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('the JSON scan', () => {
  it('sees the same document as JSON.parse', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(JSON.stringify(rebuilt(Buffer.from(text)))).toBe(JSON.stringify(JSON.parse(text)))
      }),
      { numRuns: 500 },
    )
  })

  it('accepts and refuses what JSON.parse accepts and refuses, lone surrogates apart', () => {
    const alphabet = fc.constantFrom(...'{}[]",:\\0123456789-+.eEtrufalsn \n\t\u0001xu00e9ab')
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 14 }), (characters) => {
        const text = characters.join('')
        const fault = scanJson(Buffer.from(text), { onValue: () => {} }, limits)
        if (/\\ud[89a-f]/i.test(text)) return
        expect(fault === null, JSON.stringify(text)).toBe(isValid(text))
      }),
      { numRuns: 5_000 },
    )
  })

  it('refuses every document that lost a byte where JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (text, at) => {
        const bytes = Buffer.from(text)
        const cut = Buffer.concat([bytes.subarray(0, at % bytes.length), bytes.subarray((at % bytes.length) + 1)])
        fc.pre(cut.toString('utf8').length > 0 && !cut.toString('utf8').includes('\ufffd'))
        const fault = scanJson(cut, { onValue: () => {} }, limits)
        expect(fault === null).toBe(isValid(cut.toString('utf8')))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['""', ''],
    ['"a\\u0041\\n\\"\\\\\\/"', 'aA\n"\\/'],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\u00e9\\u20ac"', 'é€'],
  ])('reads %s', (text, expected) => {
    expect(rebuilt(Buffer.from(text))).toBe(expected)
  })

  it.each(['"\\ud83d"', '"\\ude00"', '"\\ud83dx"', '"\\ud83d\\u0041"'])('refuses the lone surrogate %s', (text) => {
    expect(scanJson(Buffer.from(text), { onValue: () => {} }, limits)?.kind).toBe('syntax')
  })

  it.each([
    ['', 'empty'],
    ['  \n', 'empty'],
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":1,"\\u0061":2}', 'duplicate_key'],
    ['{"x":{"b":1,"b":1}}', 'duplicate_key'],
    ['[[[[1]]]]', 'too_deep'],
    ['{"a":1,"b":2,"c":3,"d":4}', 'too_many_members'],
    ['{"a":01}', 'syntax'],
    ['{"a":1}}', 'syntax'],
    ['{"a":.5}', 'syntax'],
  ])('refuses %s as %s', (text, kind) => {
    expect(scanJson(Buffer.from(text), { onValue: () => {} }, { maxDepth: 3, maxMembers: 3 })?.kind).toBe(kind)
  })
})
