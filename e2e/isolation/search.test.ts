import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Marks } from './marks.ts'
import { type Needle, Searcher } from './search.ts'

/** One needle after the other, as simply as it can be done. */
function simply(needles: Needle[], bytes: Buffer): string[] {
  return needles.flatMap(({ name, bytes: wanted }) => {
    const found: string[] = []
    for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) found.push(`${name} at ${at}`)
    return found
  })
}

const found = (needles: Needle[], bytes: Buffer): string[] =>
  new Searcher(needles).inBuffer(bytes, 'here').map(({ name, offset }) => `${name} at ${offset}`)

/** Of three letters, so that needles overlap, repeat and lie in one another. */
const letters = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(0, 97, 98), { minLength, maxLength }).map((each) => Buffer.from(each))

describe('a search for many things at once', () => {
  it('finds what a search for one after the other finds, all of it and nothing else', () => {
    fc.assert(
      fc.property(fc.array(letters(2, 7), { minLength: 1, maxLength: 8 }), letters(0, 200), (wanted, bytes) => {
        const needles = wanted.map((each, index) => ({ name: `needle ${index}`, form: 'as it is', bytes: each }))
        expect(found(needles, bytes).sort()).toEqual(simply(needles, bytes).sort())
      }),
      { numRuns: 2_000 },
    )
  })

  it('finds each form of a marked card, at the beginning, in the middle and at the end', () => {
    const marks = new Marks()
    for (let path = 0; path < 20; path += 1) marks.card(`path ${path}`)
    const needles = [...marks.numberNeedles(), ...marks.securityCodeNeedles(), ...marks.plantedNeedles()]
    const searcher = new Searcher(needles)
    for (const { name, form, bytes } of needles) {
      const text = Buffer.concat([bytes, Buffer.alloc(50), bytes, Buffer.from('4'), bytes])
      const offsets = searcher
        .inBuffer(text, 'here')
        .filter((each) => each.name === name && each.form === form)
        .map(({ offset }) => offset)
      expect(offsets).toEqual([0, bytes.length + 50, 2 * bytes.length + 51])
    }
  })

  it('finds in a file what lies on the border of two of its pieces', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tessera-search-'))
    try {
      const wanted = Buffer.from('4000001234567899')
      const content = Buffer.alloc(40 * 1024 * 1024)
      const places = [0, 16 * 1024 * 1024 - 8, 32 * 1024 * 1024 - 24, content.length - wanted.length]
      for (const place of places) wanted.copy(content, place)
      const file = join(folder, 'file')
      writeFileSync(file, content)
      const offsets = new Searcher([{ name: 'card', form: 'digits', bytes: wanted }])
        .inFile(file)
        .map((each) => each.offset)
      expect([...new Set(offsets)]).toEqual(places)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
