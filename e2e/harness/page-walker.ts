import { setTimeout as sleep } from 'node:timers/promises'

interface Form {
  action: string
  fields: Record<string, string>
  /** Buttons by name and value, `name=value`. */
  buttons: string[]
}

export interface WalkOptions {
  /** What is typed where the issuer asks for the code. */
  code?: 'right' | 'wrong' | 'never'
  /** Whether the issuer's hidden page is run, as a browser with scripts does. */
  runsMethod?: boolean
  /** Ends the walk here, with this page shown. */
  stopAt?: (page: WalkedPage) => boolean
  withinMs?: number
}

export interface WalkedPage {
  url: string
  status: number
  html: string
}

/** Where a walk ended: at the shop, or with a page that offers nothing more to do. */
export interface Walked {
  returnedTo: URL | null
  page: WalkedPage
  /** Paths of the pages and forms on the way. */
  way: string[]
}

/**
 * A shopper without a browser: opens the page, presses its buttons, follows its forms to the issuer and back, and waits where the
 * page says so. Scripts are off, but for the issuer's hidden page, which can be run as a script would.
 */
export async function walk(redirectUrl: string, options: WalkOptions = {}): Promise<Walked> {
  const { withinMs = 60_000 } = options
  const deadline = performance.now() + withinMs
  const way: string[] = []
  let page = await load(redirectUrl)
  while (performance.now() < deadline) {
    way.push(`${page.status} ${new URL(page.url).pathname}`)
    if (options.stopAt?.(page)) return { returnedTo: null, page, way }
    const onward = refreshOf(page)
    if (onward !== null && isElsewhere(onward, redirectUrl)) return { returnedTo: new URL(onward), page, way }
    const form = nextForm(page)
    const next = form === null ? await waitAndLoad(onward) : await press(page, form, options)
    if (next === null) return { returnedTo: null, page, way }
    page = next
  }
  throw new Error(`the walk did not end in ${withinMs} ms:\n${way.slice(-20).join('\n')}\n${page.html}`)
}

async function waitAndLoad(url: string | null): Promise<WalkedPage | null> {
  if (url === null) return null
  await sleep(300)
  return load(url)
}

/** Null where the shopper leaves it at that. */
async function press(
  page: WalkedPage,
  form: Form,
  { code = 'right', runsMethod }: WalkOptions,
): Promise<WalkedPage | null> {
  if ('threeDSMethodData' in form.fields) {
    if (runsMethod) await runMethod(form)
    return submit({ ...browserFormOf(page), fields: {} }, page.url)
  }
  if (!isCodeForm(form)) return submit(form, page.url)
  if (code === 'never') return null
  return submit({ ...form, fields: { ...form.fields, code: typed(page, code), action: 'confirm' } }, page.url)
}

export async function load(url: string, init: RequestInit = {}): Promise<WalkedPage> {
  const response = await fetch(url, { ...init, redirect: 'manual' })
  const location = response.headers.get('location')
  if (location !== null) return load(new URL(location, url).href)
  return { url, status: response.status, html: await response.text() }
}

export function submit(form: Pick<Form, 'action' | 'fields'>, from: string): Promise<WalkedPage> {
  return load(new URL(form.action, from).href, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form.fields).toString(),
  })
}

/** The forms of a page that a shopper without scripts can see or, with `hidden`, all of them. */
export function formsOf({ html }: WalkedPage): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', inner = '']) => ({
    action: unescaped(/\baction="([^"]*)"/.exec(head)?.[1] ?? ''),
    fields: Object.fromEntries(
      [...inner.matchAll(/<input\b([^>]*)>/g)].flatMap(([, input = '']) => {
        const name = /\bname="([^"]*)"/.exec(input)?.[1]
        return name === undefined ? [] : [[name, unescaped(/\bvalue="([^"]*)"/.exec(input)?.[1] ?? '')]]
      }),
    ),
    buttons: [...inner.matchAll(/<button\b[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)].map(
      ([, name, value]) => `${name}=${value}`,
    ),
  }))
}

function nextForm(page: WalkedPage): Form | null {
  const forms = formsOf(page).filter(({ action }) => !action.endsWith('/cancel'))
  const holding = (name: string) => forms.findLast(({ fields }) => name in fields)
  return holding('cres') ?? holding('threeDSMethodData') ?? holding('creq') ?? forms[0] ?? null
}

/** The button that goes on without the issuer's hidden page. */
function browserFormOf(page: WalkedPage): Form {
  const own = formsOf(page).find(({ fields }) => !('threeDSMethodData' in fields))
  return own ?? { action: new URL(page.url).pathname, fields: {}, buttons: [] }
}

/** The hidden page of the issuer posts back to where it was told. */
async function runMethod(form: Form): Promise<void> {
  const [back] = formsOf(await submit(form, form.action))
  if (back !== undefined) await submit(back, form.action)
}

const isCodeForm = ({ fields }: Form): boolean => 'code' in fields

function typed({ html }: WalkedPage, code: 'right' | 'wrong'): string {
  const shown = /id="one-time-code">(\d+)</.exec(html)?.[1] ?? ''
  return code === 'right' ? shown : '0'.repeat(shown.length || 6)
}

function refreshOf({ html, url }: WalkedPage): string | null {
  const target = /http-equiv="refresh"[^>]*content="\d+;\s*url=([^"]*)"/i.exec(html)?.[1]
  return target === undefined ? null : new URL(unescaped(target), url).href
}

/** The shop's own origin is another one than ours. */
function isElsewhere(url: string, ownUrl: string): boolean {
  return new URL(url).origin !== new URL(ownUrl).origin
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
