import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { holdsCardNumber } from '@tessera/contracts/card-brands'
import type { Browser, BrowserContextOptions, Frame, Page, Request } from 'playwright-core'
import { expect } from 'vitest'

const require = createRequire(import.meta.url)
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const artifacts = fileURLToPath(new URL('../../artifacts/browser/', import.meta.url))

export const telephone = { width: 390, height: 844 }
export const smallTelephone = { width: 320, height: 568 }
export const desktop = { width: 1280, height: 800 }

/** One person with a browser, and everything in it that should not have happened. */
export interface Shopper {
  page: Page
  newTab(): Promise<Page>
  /**
   * What the content policy stopped, scripts that failed, hosts that are none of ours, cookies of ours, and card numbers on their
   * way to any host but the card host.
   */
  complaints(): Promise<string[]>
  /** Every page that was asked for, and what the tabs show: for whoever reads a failure. */
  lookBack(): Promise<string>
  leave(): Promise<void>
}

export async function openShopper(
  browser: Browser,
  o: BrowserContextOptions & { hosts: readonly string[]; ownHost: string; cardHost: string },
): Promise<Shopper> {
  const { hosts, ownHost, cardHost, ...options } = o
  const context = await browser.newContext({ viewport: desktop, locale: 'en-GB', ...options })
  const complaints: string[] = []
  const history: string[] = []
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && !hosts.includes(origin)) complaints.push(`a request to ${request.url()}`)
    if (origin !== cardHost && holdsCard(request)) complaints.push(`a card number in a request to ${origin}`)
  })
  context.on('response', (response) => {
    history.push(`${response.request().method()} ${response.url()} ${response.status()}`)
  })
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  const page = await context.newPage()
  return {
    page,
    newTab: () => context.newPage(),
    async complaints() {
      const cookies = await context.cookies(ownHost)
      return [...complaints, ...cookies.map((cookie) => `a cookie ${cookie.name}`)]
    },
    async lookBack() {
      const tabs = context.pages().map(async (tab) => `${tab.url()}\n${await tab.locator('body').ariaSnapshot()}`)
      return [...history, ...complaints, ...(await Promise.all(tabs))].join('\n')
    },
    leave: () => context.close(),
  }
}

/** In its address, in a header or in its body; the gaps between digits may be encoded. */
function holdsCard(request: Request): boolean {
  const texts = [request.url(), ...Object.values(request.headers()), request.postData() ?? '']
  return texts.some((text) => holdsCardNumber(Buffer.from(text.replace(/\+|%20/g, ' '))))
}

/** What axe finds wrong with this one document; frames are looked at by themselves. */
export async function expectAccessible(document: Page | Frame, name = ''): Promise<void> {
  await document.evaluate(axe)
  const found = await document.evaluate('axe.run({ iframes: false })')
  const { violations, passes } = found as { violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }
  expect(
    violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)]),
    name,
  ).toEqual([])
  expect(passes.length).toBeGreaterThan(5)
}

/** Kept for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  const path = `${artifacts}${name}.png`
  // Chromium refuses a capture now and then, most often its first one, and takes the same picture a moment later.
  for (let pauseMs = 100; ; pauseMs *= 4) {
    try {
      await page.screenshot({ path })
      break
    } catch (error) {
      if (pauseMs > 2_000 || !String(error).includes('Unable to capture screenshot')) throw error
    }
    await setTimeout(pauseMs)
  }
  await expectFits(page)
}

export async function expectFits(page: Page): Promise<void> {
  const width = await page.evaluate('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0)
}
