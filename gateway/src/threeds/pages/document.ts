import { readFileSync } from 'node:fs'
import { html, type Markup } from '../../lib/html.ts'
import { pageStyle } from '../../lib/page-style.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import { contentPolicy, type PolicyNeeds } from './content-policy.ts'
import type { Locale } from './texts.ts'

const readBeside = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const style = `${pageStyle}${readBeside('style.css')}`

/** The only scripts of these pages; each page names its own by hash. */
export const scripts = {
  shopper: readBeside('shopper-page.js'),
  notification: readBeside('notification-page.js'),
} as const

export interface Document {
  status?: number
  locale: Locale
  title: string
  /** What stands in `<main>`, and its `data-…` attributes. */
  content: Markup
  data?: Readonly<Record<string, string>>
  script?: keyof typeof scripts
  /** Goes on there by itself where scripts are off. */
  refresh?: { afterSeconds: number; url: string }
  policy?: Omit<PolicyNeeds, 'style' | 'script'>
}

/** A whole page as it is sent. Nothing in it comes from elsewhere, and nothing of it is kept. */
export function documentAnswer(document: Document): PlainAnswer {
  const { locale, title, content, data = {}, refresh, status = 200 } = document
  const script = document.script === undefined ? undefined : scripts[document.script]
  const attributes = Object.entries(data).map(([name, value]) => html` data-${name}="${value}"`.html)
  const automatic =
    refresh && html`<noscript><meta http-equiv="refresh" content="${refreshText(refresh)}"></noscript>\n`
  const body = `<!doctype html>
<html lang="${locale.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${html`${title}`.html}</title>
<link rel="icon" href="data:,">
${automatic?.html ?? ''}<style>${style}</style>
</head>
<body>
<main${attributes.join('')}>
${content.html}
</main>${script === undefined ? '' : `\n<script>${script}</script>`}
</body>
</html>
`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': locale.language,
      'content-security-policy': contentPolicy({ ...document.policy, style, script }),
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'x-robots-tag': 'noindex',
    },
    body,
  }
}

function refreshText({ afterSeconds, url }: NonNullable<Document['refresh']>): string {
  return `${afterSeconds}; url=${url}`
}
