import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { html, type Markup } from '../../lib/html.ts'
import { pageStyle } from '../../lib/page-style.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import type { Colors } from './colors.ts'
import type { Locale } from './texts.ts'

const readBeside = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const style = `${pageStyle}${readBeside('style.css')}`
/** The only script of ours on these pages, named by its hash. */
const script = readBeside('checkout-page.js')

export interface Document {
  status?: number
  locale: Locale
  title: string
  content: Markup
  colors?: Colors | null
  /** Goes on there by itself. */
  refresh?: { afterSeconds: number; url: string }
  /** Where a form posts to besides our own host: the card host's origin. */
  formOrigin?: string
  hasForms?: boolean
  /** The card host's script and frames, and our own script that uses them. */
  cardHost?: { origin: string; scriptUrl: string }
  /** The merchant's logo is the one thing that comes from elsewhere. */
  logoUrl?: string | null
}

/** A whole page as it is sent. Everything is forbidden to it that it does not need. */
export function documentAnswer(document: Document): PlainAnswer {
  const { locale, title, content, refresh, status = 200 } = document
  const styled = `${style}${colorRules(document.colors ?? null)}`
  const automatic = refresh && `<meta http-equiv="refresh" content="${html`${refreshText(refresh)}`.html}">\n`
  const body = `<!doctype html>
<html lang="${locale.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${html`${title}`.html}</title>
<link rel="icon" href="data:,">
${automatic ?? ''}<style>${styled}</style>${document.cardHost ? html`\n<script src="${document.cardHost.scriptUrl}" crossorigin defer></script>`.html : ''}
</head>
<body>
${content.html}${document.cardHost ? `\n<script>${script}</script>` : ''}
</body>
</html>
`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': locale.language,
      'content-security-policy': contentPolicy(document, styled),
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'x-robots-tag': 'noindex',
    },
    body,
  }
}

function colorRules(colors: Colors | null): string {
  if (colors === null) return ''
  return `:root{--brand:${colors.background};--on-brand:${colors.text};--brand-line:transparent}`
}

function contentPolicy({ hasForms, formOrigin, logoUrl, cardHost }: Document, styled: string): string {
  const forms = hasForms ? ["'self'", ...(formOrigin === undefined ? [] : [formOrigin])].join(' ') : "'none'"
  const logo = logoUrl ? originOf(logoUrl) : null
  return [
    "default-src 'none'",
    `style-src ${hashSource(styled)}`,
    ...(cardHost === undefined
      ? []
      : [`script-src ${hashSource(script)} ${cardHost.origin}`, `frame-src ${cardHost.origin}`]),
    // The empty icon.
    `img-src data:${logo === null ? '' : ` ${logo}`}`,
    `form-action ${forms}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** A name or an address: URLs also take hosts with `;` and `,` in them, which would end the directive. */
const plainHost = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?$/

/** Null for an address that no policy can name: then its picture is not shown. */
export function originOf(url: string): string | null {
  const parsed = URL.parse(url)
  return parsed !== null && plainHost.test(parsed.host) ? parsed.origin : null
}

function refreshText({ afterSeconds, url }: NonNullable<Document['refresh']>): string {
  return `${afterSeconds}; url=${url}`
}
