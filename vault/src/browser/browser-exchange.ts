import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FrameLayout } from '@tessera/contracts/fields-protocol'
import { dropBody } from '@tessera/lib/http-server'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import type { KeyBook } from '../keys/key-book.ts'
import type { BrowserFile, BrowserFiles } from './browser-files.ts'
import { fieldPage } from './field-page.ts'
import { fieldTextsFor } from './field-texts.ts'
import { frameAncestors } from './frame-ancestors.ts'

export interface BrowserExchangeParts {
  files: BrowserFiles
  keys: KeyBook
  ids: Ids
  log: Logger
  gatewayPublicUrl: string
}

interface Answer {
  status: number
  headers: Record<string, string>
  body: Buffer | string
}

/** The frame runs its own two files and talks to its own host; nothing else at all (PCI DSS 6.4.3). */
const framePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'none'",
  "base-uri 'none'",
]
const shortCache = 'public, max-age=300'
const longCache = 'public, max-age=31536000, immutable'

const pathOf = (req: IncomingMessage): string => (req.url ?? '').split('?', 1)[0] as string

export function isOfBrowsers(req: IncomingMessage): boolean {
  return /^\/v1\/(tessera|zafapay|sdk|fields|card-fields|proof)\b/.test(pathOf(req))
}

/** The SDK, the card fields and what they are made of. Nothing here takes a card. */
export class BrowserExchange {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #parts: BrowserExchangeParts

  constructor(req: IncomingMessage, res: ServerResponse, parts: BrowserExchangeParts) {
    this.#req = req
    this.#res = res
    this.#parts = parts
  }

  async answer(): Promise<void> {
    const { method } = this.#req
    // Nobody has reason to send a body here.
    dropBody(this.#req)
    if (method !== 'GET' && method !== 'HEAD') return this.#send(notFound)
    this.#send(this.#find(pathOf(this.#req)))
  }

  turnAway(): void {
    this.#send({ status: 503, headers: { 'retry-after': '1' }, body: '' })
  }

  fail(error: unknown): void {
    this.#parts.log.error('request failed', { route: 'browser', error })
    if (this.#res.headersSent) this.#res.destroy()
    else this.#send({ status: 500, headers: {}, body: '' })
  }

  #find(path: string): Answer {
    const { files } = this.#parts
    if (path === '/v1/tessera.js' || path === '/v1/zafapay.js') return this.#file(files['tessera.js'], shortCache)
    if (path === '/v1/sdk.json') return this.#description()
    const layout = /^\/v1\/fields\/(card|number|expiry|cvc)$/.exec(path)?.[1] as FrameLayout | undefined
    if (layout !== undefined) return this.#fieldPage(layout)
    if (path === '/v1/fields/texts') return this.#texts()
    const file = Object.values(files).find((each) => each.immutablePath === path)
    return file === undefined ? notFound : this.#file(file, longCache)
  }

  #file(file: BrowserFile, cacheControl: string): Answer {
    const headers = {
      'content-type': file.contentType,
      'cache-control': cacheControl,
      etag: `"${file.integrity}"`,
      vary: 'accept-encoding',
    }
    if (this.#req.headers['if-none-match'] === headers.etag) return { status: 304, headers, body: '' }
    const mayZip = /\bgzip\b/.test(String(this.#req.headers['accept-encoding'] ?? ''))
    if (!mayZip) return { status: 200, headers, body: file.bytes }
    return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: file.gzipped }
  }

  /** Where the script of this release lies for good, and the hash that a page can pin it to. */
  #description(): Answer {
    const { files, gatewayPublicUrl } = this.#parts
    const { immutablePath, integrity, bytes, gzipped } = files['tessera.js']
    const body = JSON.stringify({
      script: { path: immutablePath, integrity, bytes: bytes.length, gzip_bytes: gzipped.length },
      gateway_url: gatewayPublicUrl.replace(/\/$/, ''),
    })
    return { status: 200, headers: { 'content-type': 'application/json', 'cache-control': shortCache }, body }
  }

  /** The key is public, and here it only says whose pages may hold the frame. */
  #fieldPage(layout: FrameLayout): Answer {
    const { files, keys, gatewayPublicUrl } = this.#parts
    const asked = this.#query()
    const key = (asked.get('key') ?? '').replace(/^inflow_pub_/, 'pk_')
    const ancestors = frameAncestors(keys.find(hash('sha256', key)), gatewayPublicUrl)
    const texts = fieldTextsFor(asked.get('lang'), this.#req.headers['accept-language'])
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': [...framePolicy, `frame-ancestors ${ancestors.join(' ')}`].join('; '),
        'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
        'cross-origin-embedder-policy': 'require-corp',
        // Frames of one form reach each other by their origin, which the page's own frames of ours all have.
        'origin-agent-cluster': '?1',
        vary: 'accept-language',
      },
      body: fieldPage({ layout, hasLabels: asked.get('labels') !== '0', texts, files }),
    }
  }

  #texts(): Answer {
    const texts = fieldTextsFor(this.#query().get('lang'), this.#req.headers['accept-language'])
    const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=300' }
    return { status: 200, headers: { ...headers, vary: 'accept-language' }, body: JSON.stringify(texts) }
  }

  #query(): URLSearchParams {
    return new URLSearchParams((this.#req.url ?? '').split('?')[1] ?? '')
  }

  #send({ status, headers, body }: Answer): void {
    this.#res.writeHead(status, {
      ...(status === 304 ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      'x-content-type-options': 'nosniff',
      'x-request-id': `rq_${this.#parts.ids.random()}`,
      // A page may ask with `crossorigin`, as an integrity attribute wants it, and under COEP.
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'referrer-policy': 'no-referrer',
      ...headers,
    })
    this.#res.end(this.#req.method === 'HEAD' ? undefined : body)
  }
}

const notFound: Answer = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: 'There is no such file. The SDK is /v1/tessera.js.\n',
}
