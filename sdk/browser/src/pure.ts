import type { LoadOptions, TesseraFactory } from './public-api.ts'

export type * from './public-api.ts'

const loading = new Map<string, Promise<TesseraFactory>>()

/**
 * Loads the SDK from the merchant's own vault, once per vault. The script is never bundled: whoever serves the card fields serves
 * what talks to them.
 */
export function loadTessera(vaultUrl: string, { path = '/v1/tessera.js', integrity }: LoadOptions = {}) {
  const src = vaultUrl.replace(/\/$/, '') + path
  const known = loading.get(src)
  if (known !== undefined) return known
  const factory = new Promise<TesseraFactory>((resolve, reject) => {
    const script = document.createElement('script')
    Object.assign(script, { crossOrigin: 'anonymous', ...(integrity !== undefined && { integrity }) })
    script.onload = () => resolve((window as unknown as { Tessera: TesseraFactory }).Tessera)
    script.onerror = () => {
      loading.delete(src)
      script.remove()
      reject(new Error(`${src} did not load`))
    }
    script.src = src
    document.head.append(script)
  })
  loading.set(src, factory)
  return factory
}
