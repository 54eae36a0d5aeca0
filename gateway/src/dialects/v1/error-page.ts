import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { declineCodes, failureOf } from '../../core/payments/failure.ts'
import { catalogue, errorCodes } from './catalogue.ts'
import { wireDeclineCodes } from './present-failure.ts'

export const errorPagePath = '/docs/errors'

interface ErrorRow {
  code: string
  status: string
  type: string
  when: string
  remedy: string
}

interface DeclineRow {
  code: string
  category: string
  action: string
  message: string
}

const errorRows: readonly ErrorRow[] = errorCodes.map((code) => ({
  code,
  ...catalogue[code],
  status: String(catalogue[code].status),
}))

/** Several of the engine's codes may be one code of this API; the first one explains it. */
const declineRows: readonly DeclineRow[] = [
  ...new Map(
    declineCodes.toReversed().map((code) => {
      const { category, recommendedAction, message } = failureOf(code)
      const wireCode = wireDeclineCodes[code]
      return [wireCode, { code: wireCode, category, action: recommendedAction, message }]
    }),
  ).values(),
].sort((left, right) => left.code.localeCompare(right.code))

const shape = `{"error": {"type", "code", "message", "request_id", "param"?, "details"?: [{"param", "message"}], "doc_url"}}`
const intro =
  'Every error has this shape. Decide by code; texts may change. Quote the request_id (also in the X-Request-Id header) when you ask the operator.'
const declineIntro =
  'A payment that was declined is answered with status 400, the payment, and an error of type payment_error with one of these codes. They are for your server: show the shopper a general text.'

/** For `docs/errors/README.md`. */
export function errorPageMarkdown(): string {
  const errors = errorRows.map(
    ({ code, status, type, when, remedy }) =>
      `### <a id="${code}"></a>\`${code}\`\n\nStatus ${status}, type \`${type}\`.\n\n${when}\n\n**What to do:** ${remedy}\n`,
  )
  const declines = declineRows.map(
    ({ code, category, action, message }) => `| \`${code}\` | \`${category}\` | \`${action}\` | ${message} |`,
  )
  return [
    '# Errors of the v1 API',
    '',
    '<!-- Written by gateway/src/dialects/v1/emit-openapi.ts from catalogue.ts; change that instead. -->',
    '',
    `\`\`\`\n${shape}\n\`\`\``,
    '',
    `${intro} The gateway serves this page at \`${errorPagePath}\`; \`doc_url\` points there.`,
    '',
    '## Error codes',
    '',
    ...errors,
    '## Decline codes',
    '',
    declineIntro,
    '',
    '| code | category | recommended_action | meaning |',
    '|---|---|---|---|',
    ...declines,
    '',
  ].join('\n')
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}' +
  'code,pre{font:14px/1.4 ui-monospace,monospace;background:#f2f2f2;padding:.1em .3em;overflow-wrap:anywhere;white-space:pre-wrap}' +
  'h3{margin:2rem 0 .3rem}:target{background:#fff3c4}table{border-collapse:collapse;width:100%}' +
  'td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}' +
  '@media(prefers-color-scheme:dark){body{color:#eee;background:#151515}code,pre{background:#2a2a2a}:target{background:#4a3d00}td,th{border-color:#444}}'

function errorPageHtml(): string {
  const errors = errorRows.map(
    ({ code, status, type, when, remedy }) =>
      `<h3 id="${code}"><code>${code}</code></h3><p>Status ${status}, type <code>${type}</code>.</p>` +
      `<p>${escaped(when)}</p><p><strong>What to do:</strong> ${escaped(remedy)}</p>`,
  )
  const declines = declineRows.map(
    ({ code, category, action, message }) =>
      `<tr${anchorOf(code)}><td><code>${code}</code></td><td>${category}</td><td>${action}</td><td>${escaped(message)}</td></tr>`,
  )
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Errors of the v1 API</title>' +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><style>${style}</style></head><body>` +
    `<h1>Errors of the v1 API</h1><pre>${escaped(shape)}</pre><p>${escaped(intro)}</p>` +
    `<h2>Error codes</h2>${errors.join('')}<h2>Decline codes</h2><p>${escaped(declineIntro)}</p>` +
    `<table><tr><th>code</th><th>category</th><th>recommended_action</th><th>meaning</th></tr>${declines.join('')}</table>` +
    '</body></html>'
  )
}

/** Some declines share a code with an error; an id stands once in a document. */
function anchorOf(code: string): string {
  return Object.hasOwn(catalogue, code) ? '' : ` id="${code}"`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Where every `doc_url` leads. */
export function addErrorPage(app: FastifyInstance): void {
  const html = errorPageHtml()
  const styleHash = hash('sha256', style, 'base64')
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`
  app.get(
    errorPagePath,
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getErrorPage',
        tags: ['Operation'],
        summary: 'Every error code, when it comes and what to do',
        response: {
          200: { description: 'A page for people.', content: { 'text/html': { schema: Type.String() } } },
        },
      },
    },
    (_request, reply) =>
      reply
        .headers({ 'content-security-policy': policy, 'cache-control': 'public, max-age=3600' })
        .type('text/html; charset=utf-8')
        .send(html),
  )
}
