import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { acquirerOf } from '../harness/acquirer.ts'
import { apiOf, type Json } from '../harness/api.ts'
import { inflowOf } from '../harness/inflow.ts'
import { startProduct } from '../harness/product.ts'
import { launchChromium } from './chromium.ts'
import { startMerchantSite } from './merchant-site.ts'
import { openShopper, type Shopper } from './shopper.ts'

/** The product, a merchant's site and a browser, for all tests of a file that are about cards in pages. */
export async function openCardStage() {
  const product = await startProduct()
  const { vaultUrl, gatewayUrl, publishableKey } = product.credentials
  const [site, browser] = await Promise.all([startMerchantSite({ vaultUrl, gatewayUrl }), launchChromium()])
  const [api, inflow] = [apiOf(product), inflowOf(product)]
  const acquirer = await acquirerOf(product)
  const hosts = [site.origin, vaultUrl, gatewayUrl, acquirer.url]
  return {
    product,
    api,
    inflow,
    site,
    browser,
    publishableKey,

    /** One shopper's visit, in whose browser nothing may happen that should not. */
    async withShopper(run: (shopper: Shopper) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
      const shopper = await openShopper(browser, { ...options, hosts, ownHost: vaultUrl, cardHost: vaultUrl })
      try {
        await run(shopper)
        expect(await shopper.complaints()).toEqual([])
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${await shopper.lookBack()}`, { cause: error })
      } finally {
        await shopper.leave()
      }
    },

    /** As the page's own script would; what it rejects with comes back as `error`. */
    createToken: (page: Page, card: Record<string, unknown>): Promise<Json> =>
      page.evaluate(
        `Tessera(${JSON.stringify(publishableKey)}).createToken(${JSON.stringify(card)}).catch((error) => ({
          error: { isError: error instanceof Error, code: error.code, type: error.type, param: error.param, message: error.message },
        }))`,
      ) as Promise<Json>,

    /** What the shop's server does with a token. */
    pay: (token: string, body: Record<string, unknown> = {}) =>
      api.post('/v1/payments', { amount: '12.00', currency: 'EUR', ...body, token }),

    async close(): Promise<void> {
      await browser.close()
      await Promise.all([site.stop(), product.dispose()])
    },
  }
}

export type CardStage = Awaited<ReturnType<typeof openCardStage>>
