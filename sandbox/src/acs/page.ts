import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'

/** Text that is HTML already; everything else is escaped on its way into a page. */
class Markup {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

export type { Markup }

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function html(pieces: TemplateStringsArray, ...values: (string | Markup | null)[]): Markup {
  const filled = pieces.map((piece, index) => {
    const value = values[index] ?? ''
    return piece + (value instanceof Markup ? value.html : value.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign))
  })
  return new Markup(filled.join(''))
}

/** Fits the smallest challenge window (250 × 400) as well as a whole screen; nothing is wider than its window. */
const style = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.4 }
body { margin: 0 auto; padding: 0.75rem; max-width: 30rem; overflow-wrap: anywhere }
h1 { font-size: 1.15rem; margin: 0 0 0.5rem }
p, dl { margin: 0 0 0.6rem }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.1rem 0.75rem }
dd { margin: 0 }
output { font: 700 1.25rem ui-monospace, monospace; letter-spacing: 0.1em }
label { display: block; font-weight: 600 }
input { box-sizing: border-box; width: 100%; font-size: 1.1rem; padding: 0.45rem; margin: 0.15rem 0 0.6rem }
button { font-size: 1rem; padding: 0.5rem 0.9rem; min-height: 44px; margin: 0 0.4rem 0.4rem 0 }
.alert { border-left: 4px solid #b00020; padding-left: 0.6rem; font-weight: 600 }
.note { font-size: 0.85rem }
:focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px }
`

/** Sends the page's only form without being asked. Without script its button does it. */
const submitScript = 'document.forms[0].submit()'

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const styleHash = hashOf(style)
const submitHash = hashOf(submitScript)

export interface Page {
  status?: number
  title: string
  body: Markup
  /** Where its form may go. */
  formTarget?: string
  submitsItself?: boolean
}

/**
 * Framing is left open: shops frame this page, and their pages may be framed in turn. A form may be redirected where it goes
 * (browsers hold `form-action` against that too), so only its own origin and others by https are allowed.
 */
export function sendPage(response: ServerResponse, page: Page): void {
  const { title, body, formTarget, submitsItself = false } = page
  const policy = [
    "default-src 'none'",
    `style-src ${styleHash}`,
    ...(submitsItself ? [`script-src ${submitHash}`] : []),
    `form-action ${formTarget === undefined ? "'none'" : `${new URL(formTarget).origin} https:`}`,
    "base-uri 'none'",
  ].join('; ')
  const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html`${title}`.html}</title>
<style>${style}</style>
</head>
<body>
<main>
${body.html}
</main>${submitsItself ? `\n<script>${submitScript}</script>` : ''}
</body>
</html>
`
  response.writeHead(page.status ?? 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'content-security-policy': policy,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
