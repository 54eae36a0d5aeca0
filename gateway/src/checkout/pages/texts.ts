import { preferredLanguage } from '../../lib/page-texts.ts'
import de from './texts/de.json' with { type: 'json' }
import en from './texts/en.json' with { type: 'json' }
import es from './texts/es.json' with { type: 'json' }
import fr from './texts/fr.json' with { type: 'json' }
import ja from './texts/ja.json' with { type: 'json' }

export type TextKey = keyof typeof en
type Texts = Readonly<Record<TextKey, string>>

export const catalogues = { en, fr, de, es, ja } as const satisfies Record<string, Texts>
type Language = keyof typeof catalogues

export interface Locale {
  language: Language
  /** As the browser said it, e.g. `de-CH`: how numbers, dates and countries are written. */
  tag: string
  texts: Texts
}

/** The language that the browser likes best of those that we have. */
export function localeFor(acceptLanguage: string | undefined): Locale {
  const { language, tag } = preferredLanguage(acceptLanguage, (each) => Object.hasOwn(catalogues, each))
  return { language: language as Language, tag, texts: catalogues[language as Language] }
}
