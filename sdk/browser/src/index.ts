import { loadTessera } from './pure.ts'

export type * from './public-api.ts'
export { loadTessera }

/** The one thing that importing does: a page that names its vault in `<meta name="tessera-vault">` has the script early. */
const named = globalThis.document?.querySelector<HTMLMetaElement>('meta[name="tessera-vault"]')?.content
if (named) loadTessera(named).catch(() => {})
