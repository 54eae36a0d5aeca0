/** Text that is HTML already; everything else is escaped on its way into a page. */
export class Markup {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

type Value = string | Markup | readonly Markup[] | null | undefined

/** Null and undefined leave nothing. Attributes must be quoted, and a value never stands inside a script or a style. */
export function html(pieces: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(pieces.map((piece, index) => piece + textOf(values[index])).join(''))
}

function textOf(value: Value): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Markup) return value.html
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)
  return value.map((each) => each.html).join('')
}
