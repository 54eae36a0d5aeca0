import { readFileSync } from 'node:fs'

export const fieldLanguages = ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'pl', 'ja', 'ar'] as const
export type FieldLanguage = (typeof fieldLanguages)[number]

const rightToLeft: ReadonlySet<FieldLanguage> = new Set(['ar'])
const folder = new URL('../../fields/texts/', import.meta.url)

/** What the card fields say in one language, with the language and its direction. */
export type FieldTexts = Readonly<Record<string, string>> & { lang: string; dir: 'ltr' | 'rtl' }

const texts = new Map<FieldLanguage, FieldTexts>(
  fieldLanguages.map((lang) => [
    lang,
    {
      ...(JSON.parse(readFileSync(new URL(`${lang}.json`, folder), 'utf8')) as Record<string, string>),
      lang,
      dir: rightToLeft.has(lang) ? 'rtl' : 'ltr',
    },
  ]),
)

/** `asked`: what the page wants, then what the browser prefers, most wanted first. English where we have none of them. */
export function fieldTextsFor(...asked: (string | null | undefined)[]): FieldTexts {
  for (const tag of asked.flatMap((list) => (list ?? '').split(','))) {
    const language = tag.trim().toLowerCase().split(/[-_;]/, 1)[0] as FieldLanguage
    const found = texts.get(language)
    if (found !== undefined) return found
  }
  return texts.get('en') as FieldTexts
}
