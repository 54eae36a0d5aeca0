import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'

let browser: Browser
let server: Server
let port: number

beforeAll(async () => {
  server = createServer((request, response) => {
    const isFrame = request.url === '/frame'
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      isFrame
        ? '<p id="secret">fragile</p>'
        : `<title>Outer</title><iframe src="http://localhost:${port}/frame"></iframe>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

it('the browser of these tests keeps origins apart', async () => {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${port}/`)
  expect(await page.frames()[1]?.locator('#secret').textContent()).toBe('fragile')
  const seenByOuterPage = await page.evaluate("document.querySelector('iframe').contentDocument")
  expect(seenByOuterPage).toBeNull()
  await page.close()
})
