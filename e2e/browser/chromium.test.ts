import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { expectAccessible, openShopper, picture, type Shopper } from './shopper.ts'

/** Proves that these tests can fail: each fault is planted, and must be found. */

let browser: Browser
let server: Server
let here: string
let elsewhere: string
let body = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('content-security-policy', "default-src 'self' http://localhost:*; style-src 'unsafe-inline'")
    if (body.includes('cookie')) response.setHeader('set-cookie', 'planted=1')
    response.end(
      request.url === '/frame' ? '<p id="secret">fragile</p>' : `<html lang="en"><title>x</title><main>${body}</main>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  here = `http://127.0.0.1:${port}`
  elsewhere = `http://localhost:${port}`
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

async function visit(shown: string, look: (shopper: Shopper) => Promise<void>): Promise<void> {
  body = shown
  const shopper = await openShopper(browser, { hosts: [here], ownHost: here, cardHost: elsewhere })
  await shopper.page.goto(here)
  await look(shopper)
  await shopper.leave()
}

it('the browser of these tests keeps origins apart', async () => {
  await visit(`<iframe src="${elsewhere}/frame"></iframe>`, async ({ page }) => {
    expect(await page.frames()[1]?.locator('#secret').textContent()).toBe('fragile')
    expect(await page.evaluate("document.querySelector('iframe').contentDocument")).toBeNull()
  })
})

describe('what should not happen is noticed:', () => {
  it.each([
    ['a script that the policy forbids', '<script>1</script>', 'Content Security Policy'],
    ['a handler that the policy forbids', '<img alt="" src="/frame" onerror="1">', 'Content Security Policy'],
    ['a request to a stranger', '<img alt="" src="ELSEWHERE/x.png">', 'a request to '],
    ['a cookie', 'cookie', 'a cookie planted'],
    ['a card number in an address', '<img alt="" src="/frame?of=4242%204242%204242%204242">', 'a card number in a'],
  ])('%s', async (_what, shown, complaint) => {
    await visit(shown.replace('ELSEWHERE', elsewhere), async ({ complaints }) => {
      await expect.poll(async () => (await complaints()).join('\n')).toContain(complaint)
    })
  })

  it('a card number in a form that goes to the shop', async () => {
    await visit('<form method="post"><input name="number" value="4242-4242-4242-4242"></form>', async (shopper) => {
      await shopper.page.evaluate('document.forms[0].submit()')
      await expect.poll(shopper.complaints).toContain(`a card number in a request to ${here}`)
    })
  })

  it('a field without a name', async () => {
    await visit('<h1>x</h1><input>', async ({ page }) => {
      await expect(expectAccessible(page)).rejects.toThrow('label')
    })
  })

  it('a page that is wider than its window', async () => {
    await visit('<p style="width: 5000px">x</p>', async ({ page }) => {
      await expect(picture(page, 'planted-too-wide')).rejects.toThrow('to be less than or equal')
    })
  })
})
