import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

/** What is built into `vault/fields/built` and served to browsers. */
export type BuiltName = 'tessera.js' | 'tessera-frames.js' | 'tessera-proof.js' | 'card-fields.js' | 'card-fields.css'

export interface BrowserFile {
  /** Names the content, so that whatever has it may keep it for ever. */
  immutablePath: string
  /** For the `integrity` attribute (Subresource Integrity). */
  integrity: string
  contentType: string
  bytes: Buffer
  gzipped: Buffer
}

export type BrowserFiles = Readonly<Record<BuiltName, BrowserFile>>

const built = new URL('../../fields/built/', import.meta.url)

/** Throws when a file is missing: `node tools/build-browser.ts` makes them. */
export function loadBrowserFiles(): BrowserFiles {
  return {
    'tessera.js': load('tessera.js', 'text/javascript'),
    'tessera-frames.js': load('tessera-frames.js', 'text/javascript'),
    'tessera-proof.js': load('tessera-proof.js', 'text/javascript'),
    'card-fields.js': load('card-fields.js', 'text/javascript'),
    'card-fields.css': load('card-fields.css', 'text/css'),
  }
}

function load(name: BuiltName, type: string): BrowserFile {
  const bytes = readFileSync(new URL(name, built))
  const hash = createHash('sha384').update(bytes).digest()
  const [stem, ending] = name.split('.')
  return {
    immutablePath: `/v1/${stem}-${hash.toString('hex', 0, 8)}.${ending}`,
    integrity: `sha384-${hash.toString('base64')}`,
    contentType: `${type}; charset=utf-8`,
    bytes,
    gzipped: gzipSync(bytes, { level: 9 }),
  }
}
