import { describe, expect, it } from 'vitest'
import { fill } from '../../lib/page-texts.ts'
import { catalogues, localeFor } from './texts.ts'

const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()

describe.each(Object.entries(catalogues))('the catalogue %s', (_language, texts) => {
  it('has every text, no other, and none that is empty', () => {
    expect(Object.keys(texts)).toEqual(Object.keys(catalogues.en))
    expect(Object.values(texts).filter((text) => text.trim() === '')).toEqual([])
  })

  it('has the same places to fill as the English one', () => {
    for (const [key, text] of Object.entries(texts)) {
      expect([key, places(text)]).toEqual([key, places(catalogues.en[key as keyof typeof catalogues.en])])
    }
  })
})

it.each([
  ['nothing', undefined, 'en', 'en'],
  ['a language that we have', 'fr', 'fr', 'fr'],
  ['a region of it', 'de-CH,de;q=0.9', 'de', 'de-CH'],
  ['only others', 'pl, cs;q=0.5', 'en', 'en'],
  ['others first', 'pl, ja;q=0.8, en;q=0.5', 'ja', 'ja'],
  ['a less liked one first', 'en;q=0.3, es-419;q=0.7', 'es', 'es-419'],
  ['one that is ruled out', 'fr;q=0, de;q=0.1', 'de', 'de'],
  ['anything', '*', 'en', 'en'],
  ['anything rather than French', '*;q=0.9,fr;q=0.1', 'en', 'en'],
  ['no such header', ',;q=,"><script>', 'en', 'en'],
  ['a name of every object', 'constructor, toString, fr;q=0.1', 'fr', 'fr'],
])('a browser that asks for %s gets a page in the best language we have', (_what, header, language, tag) => {
  expect(localeFor(header)).toMatchObject({ language, tag })
})

it('a value fills its place, and nothing in it is a place again', () => {
  expect(fill('to {merchant} and {merchant}', { merchant: '{merchant}$&' })).toBe('to {merchant}$& and {merchant}$&')
})
