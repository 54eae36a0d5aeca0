import { formsOf, type WalkedPage } from '../harness/page-walker.ts'

/** A page that a shopper saw, or an address that their browser was sent to. */
export interface SeenPage {
  place: string
  text: string
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** A shopper's browser without scripts, of which everything is kept that it was answered. */
export function shopperWho(pages: SeenPage[]) {
  async function open(url: string, init: RequestInit = {}): Promise<WalkedPage> {
    const response = await fetch(url, { ...init, redirect: 'manual' })
    const html = await response.text()
    const head = [...response.headers].map((header) => header.join(': ')).join('\n')
    pages.push({ place: `page ${pages.length} (${response.status})`, text: `${head}\n\n${html}` })
    const location = response.headers.get('location')
    return location === null ? { url, status: response.status, html } : open(new URL(location, url).href)
  }

  return {
    open,

    /** The body as it stands, as some other program than a browser may write it. */
    post: (url: string, body: string, headers: Record<string, string> = form) =>
      open(url, { method: 'POST', headers, body }),

    /** Types into the form that has this hidden field, and sends it. Boxes are ticked only where `typed` says so. */
    async fillIn(page: WalkedPage, hidden: string, typed: Record<string, string>): Promise<WalkedPage> {
      const found = formsOf(page).find(({ fields }) => hidden in fields)
      if (found === undefined) throw new Error(`there is no form with ${hidden} at ${page.url}:\n${page.html}`)
      const { save_card: _unticked, ...fields } = found.fields
      const { origin } = new URL(page.url)
      const url = new URL(found.action, page.url)
      // Our pages ask for no referrer, and then browsers name no origin to another site.
      const from: Record<string, string> =
        url.origin === origin
          ? { origin, 'sec-fetch-site': 'same-origin' }
          : { origin: 'null', 'sec-fetch-site': 'cross-site' }
      const body = new URLSearchParams({ ...fields, ...typed }).toString()
      return open(url.href, { method: 'POST', headers: { ...form, ...from }, body })
    },
  }
}

export type PageShopper = ReturnType<typeof shopperWho>
