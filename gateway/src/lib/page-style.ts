import { readFileSync } from 'node:fs'

/** What every page for shoppers starts from: its colours in light and dark, its type, its buttons. */
export const pageStyle = readFileSync(new URL('page.css', import.meta.url), 'utf8')
