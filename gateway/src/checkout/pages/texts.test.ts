import { describe, expect, it } from 'vitest'
import { catalogues } from './texts.ts'

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
