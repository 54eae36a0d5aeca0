import { createHash } from 'node:crypto'

export interface PolicyNeeds {
  style: string
  /** The page's script, if it has one, and whether it asks our own host for news. */
  script?: string
  asksUs?: boolean
  /** Origins besides our own that its forms post to, and whose pages stand in its frames. */
  formOrigins?: readonly string[]
  frameOrigins?: readonly string[]
  hasForms?: boolean
  /** Told to the browser for pages that the issuer's page may hold in a frame. */
  isFramed?: boolean
  /** Sites whose pages may hold it in a frame; `isFramed` is for all of them. */
  framedBy?: readonly string[]
}

/** Everything is forbidden that the page does not need. Style and script are named by their hashes, so no other runs. */
export function contentPolicy(needs: PolicyNeeds): string {
  const { formOrigins = [], frameOrigins = [], framedBy = [] } = needs
  const forms = needs.hasForms ? ["'self'", ...formOrigins] : formOrigins
  // A frame that begins at the issuer comes home to our own notification page.
  const frames = frameOrigins.length > 0 ? ["'self'", ...frameOrigins] : []
  return [
    "default-src 'none'",
    `style-src ${hashSource(needs.style)}`,
    // The empty icon.
    'img-src data:',
    ...(needs.script === undefined ? [] : [`script-src ${hashSource(needs.script)}`]),
    ...(needs.asksUs ? ["connect-src 'self'"] : []),
    ...(frames.length > 0 ? [`frame-src ${distinct(frames)}`] : []),
    `form-action ${forms.length > 0 ? distinct(forms) : "'none'"}`,
    ...(needs.isFramed ? [] : [`frame-ancestors ${framedBy.length > 0 ? distinct(framedBy) : "'none'"}`]),
    "base-uri 'none'",
  ].join('; ')
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

function distinct(sources: readonly string[]): string {
  return [...new Set(sources)].join(' ')
}

/** A name or an address. URLs also take hosts with `;` and `,` in them, which would end the directive. */
const plainHost = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?$/

/** The origin of an address that the issuer gave, to be named in a policy. */
export function originOf(url: string): string {
  const parsed = URL.parse(url)
  const isHttp = parsed?.protocol === 'https:' || parsed?.protocol === 'http:'
  if (parsed === null || !isHttp || !plainHost.test(parsed.host))
    throw new Error('the issuer’s address has no plain host')
  return parsed.origin
}
