import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Product, startProduct } from '../harness/product.ts'
import { launchChromium } from './chromium.ts'
import { openShopper, picture, telephone } from './shopper.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
let product: Product
let shop: ChildProcess
let address = ''

beforeAll(async () => {
  product = await startProduct()
  const environment = { SHOP_CREDENTIALS: join(product.dataDirectory, 'credentials.json'), SHOP_PORT: '0' }
  shop = spawn(process.execPath, ['examples/shop/server.ts'], { cwd: root, env: { ...process.env, ...environment } })
  address = await new Promise((resolve, reject) => {
    let said = ''
    for (const stream of [shop.stdout, shop.stderr]) {
      stream?.on('data', (chunk) => {
        said += chunk
        const found = /open: (http:\S+)/.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      })
    }
    shop.once('exit', () => reject(new Error(`the shop did not open: ${said}`)))
  })
})
afterAll(async () => {
  shop?.kill('SIGTERM')
  await product?.dispose()
})

it('the demo shop is paid by card fields, its own form and a remembered card, refunds, and hears of it all', async () => {
  const browser = await launchChromium()
  const { vaultUrl, gatewayUrl } = product.credentials
  const hosts = [address, vaultUrl, gatewayUrl]
  const shopper = await openShopper(browser, { hosts, ownHost: vaultUrl, cardHost: vaultUrl })
  const { page } = shopper
  page.setDefaultTimeout(20_000)
  const outcome = () => page.locator('#outcome').textContent()
  try {
    await page.goto(address)
    const frame = page.frameLocator('#card iframe')
    await frame.locator('#number').click()
    await page.keyboard.type('42424242424242421234123')
    await page.getByLabel('Remember this card').check()
    await page.locator('#pay').click()
    await expect.poll(outcome, { timeout: 20_000 }).toContain('"status": "completed"')
    const heard = () => page.locator('#events').textContent()
    await expect.poll(heard, { timeout: 20_000 }).toContain('payment.succeeded')
    await picture(page, 'demo-shop')
    await page.locator('#refund').click()
    await expect.poll(outcome, { timeout: 20_000 }).toContain('"status": "succeeded"')
    await page.locator('#direct').click()
    await expect.poll(outcome, { timeout: 20_000 }).toContain('"payment_type": "token"')
    await page.locator('#saved').click()
    await expect.poll(outcome, { timeout: 20_000 }).toContain('"payment_type": "recurring"')
    await expect.poll(heard, { timeout: 20_000 }).toMatch(/payment\.succeeded[\s\S]*payment\.refunded/)
    await page.setViewportSize(telephone)
    await picture(page, 'demo-shop-phone')
    await page.locator('#hosted').click()
    await page.waitForURL(`${gatewayUrl}/**`)
    await picture(page, 'demo-hosted-checkout')
    expect(await shopper.complaints()).toEqual([])
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await shopper.lookBack()}`, { cause: error })
  } finally {
    await browser.close()
  }
})
