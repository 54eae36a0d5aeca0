/** A language that a browser asked for and a page has: how texts read, and how numbers and dates are written. */
export interface PreferredLanguage {
  language: string
  /** As the browser said it, e.g. `de-CH`. */
  tag: string
}

/** A browser asks for a handful of languages. */
const rangesMax = 16

/** The language that the browser likes best of those that there are, else English. RFC 9110 section 12.5.4; `q=0`: not this one. */
export function preferredLanguage(
  acceptLanguage: string | undefined,
  has: (language: string) => boolean,
): PreferredLanguage {
  const ranges = (acceptLanguage ?? '').split(',', rangesMax).map(readRange)
  const liked = ranges.filter(({ weight }) => weight > 0).sort((left, right) => right.weight - left.weight)
  for (const { tag } of liked) {
    if (tag === '*') break
    const [language = ''] = tag.toLowerCase().split('-')
    if (has(language)) return { language, tag }
  }
  return { language: 'en', tag: 'en' }
}

function readRange(text: string): { tag: string; weight: number } {
  const match = /^\s*(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4})\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/.exec(text)
  return match === null ? { tag: '', weight: 0 } : { tag: match[1] as string, weight: Number(match[2] ?? 1) }
}

/** Puts values into the places of a text, `{merchant}`. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place)
}
