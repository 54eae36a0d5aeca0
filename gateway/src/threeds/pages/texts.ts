import de from './texts/de.json' with { type: 'json' }
import en from './texts/en.json' with { type: 'json' }
import es from './texts/es.json' with { type: 'json' }
import fr from './texts/fr.json' with { type: 'json' }
import ja from './texts/ja.json' with { type: 'json' }

export type TextKey = keyof typeof en
export type Texts = Readonly<Record<TextKey, string>>

export const catalogues = { en, fr, de, es, ja } as const satisfies Record<string, Texts>
export type Language = keyof typeof catalogues

export interface Locale {
  language: Language
  /** As the browser said it, e.g. `de-CH`: how numbers are written. */
  tag: string
  texts: Texts
}

const english: Locale = { language: 'en', tag: 'en', texts: en }
/** A browser asks for a handful of languages. */
const rangesMax = 16

/** The language that the browser likes best of those that we have. RFC 9110 section 12.5.4; `q=0` means: not this one. */
export function localeFor(acceptLanguage: string | undefined): Locale {
  const ranges = (acceptLanguage ?? '').split(',', rangesMax).map(readRange)
  const liked = ranges.filter(({ weight }) => weight > 0).sort((left, right) => right.weight - left.weight)
  for (const { tag } of liked) {
    if (tag === '*') return english
    const [language = ''] = tag.toLowerCase().split('-')
    if (Object.hasOwn(catalogues, language)) {
      return { language: language as Language, tag, texts: catalogues[language as Language] }
    }
  }
  return english
}

function readRange(text: string): { tag: string; weight: number } {
  const match = /^\s*(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4})\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/.exec(text)
  return match === null ? { tag: '', weight: 0 } : { tag: match[1] as string, weight: Number(match[2] ?? 1) }
}

/** Puts values into the places of a text, `{merchant}`. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place)
}
