import { describe, expect, it } from 'vitest'
import { loadBrowserFiles } from './browser-files.ts'
import { fieldPage } from './field-page.ts'
import { fieldLanguages, fieldTextsFor } from './field-texts.ts'

const files = loadBrowserFiles()
const bytes = (...names: (keyof typeof files)[]) => names.reduce((sum, name) => sum + files[name].gzipped.length, 0)

describe('what shoppers load, with gzip', () => {
  it('is at most 3 KB for the SDK, and as much again for what shows frames', () => {
    expect(bytes('tessera.js')).toBeLessThanOrEqual(3 * 1024)
    expect(bytes('tessera-frames.js')).toBeLessThanOrEqual(3 * 1024)
    expect(bytes('tessera-proof.js')).toBeLessThanOrEqual(1024)
  })

  it('is at most 6 KB for script and style of the card fields', () => {
    expect(bytes('card-fields.js', 'card-fields.css')).toBeLessThanOrEqual(6 * 1024)
  })
})

describe('parts that are loaded later', () => {
  it.each(['tessera-frames.js', 'tessera-proof.js'] as const)('%s is named by the script that loads it', (name) => {
    expect(files['tessera.js'].bytes.toString()).toContain(files[name].immutablePath)
  })
})

describe('texts of the card fields', () => {
  const english = Object.keys(fieldTextsFor('en')).sort()

  it.each(fieldLanguages)('%s has them all, and none of another language', (language) => {
    const texts = fieldTextsFor(language)
    expect(texts.lang).toBe(language)
    expect(Object.keys(texts).sort()).toEqual(english)
    expect(Object.values(texts).every((text) => text.trim() !== '')).toBe(true)
    expect(fieldPage({ layout: 'card', hasLabels: true, texts, files })).toContain(
      `lang="${language}" dir="${texts.dir}"`,
    )
  })

  it.each([
    [['fr-CA'], 'fr'],
    [['pt_BR'], 'pt'],
    [['sv', 'sv-SE,de;q=0.8,en;q=0.5'], 'de'],
    [[null, 'zh'], 'en'],
    [[], 'en'],
    [['__proto__'], 'en'],
  ])('%o is answered in %s', (asked, language) => {
    expect(fieldTextsFor(...asked).lang).toBe(language)
  })
})
