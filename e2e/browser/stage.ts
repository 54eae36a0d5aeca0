import { createHmac } from 'node:crypto'
import type { BrowserContextOptions, Frame, FrameLocator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { acquirerOf } from '../harness/acquirer.ts'
import { apiOf, type Json } from '../harness/api.ts'
import { inflowOf } from '../harness/inflow.ts'
import { operate } from '../harness/operator.ts'
import { startProduct } from '../harness/product.ts'
import { until } from '../harness/until.ts'
import { startBankHost } from './bank-host.ts'
import { launchChromium } from './chromium.ts'
import { issuers } from './issuer-cards.ts'
import { startShop } from './shop.ts'
import { openShopper, type Shopper } from './shopper.ts'

/** A payment that waits for its shopper. */
export interface Order {
  /** The shop's own name for it. */
  order: string
  /** `tx_…` or `pay_…`. */
  id: string
  page: string
  /** No other order of the stage has the same: so the acquirer's ledger tells them apart. */
  amountMinor: number
}

/** The product, a shop, a bank and a browser, for all tests of a file. */
export async function openStage() {
  const bank = await startBankHost()
  const product = await startProduct({ environment: { TESSERA_SANDBOX_PUBLIC_URL: bank.origin } })
  const acquirer = await acquirerOf(product)
  bank.leadTo(acquirer.url)
  const shop = await startShop()
  const browser = await launchChromium()
  const [api, inflow] = [apiOf(product), inflowOf(product)]
  const { gatewayUrl, vaultUrl, returnSigningSecret } = product.credentials
  const hosts = [gatewayUrl, vaultUrl, bank.origin, shop.origin]
  let orders = 0
  const nextOrder = () => {
    orders += 1
    return { order: `order-${orders}`, amountMinor: 20_000 + orders }
  }

  return {
    product,
    api,
    inflow,
    acquirer,
    bank,
    shop,
    browser,
    gatewayUrl,

    /** From now on each of the merchant's shoppers authenticates, whatever the payment says. */
    async authenticateAlways(): Promise<void> {
      await operate(product, 'merchants', 'set', product.credentials.merchantId, '--three-d-secure', 'always')
      const isKnown = async () =>
        (await api.pay({}, { number: issuers.frictionless })).json.status === 'requires_action'
      await until(isKnown, { withinMs: 20_000, what: 'the merchant’s policy to be known', everyMs: 200 })
    },

    openShopper: (options: BrowserContextOptions = {}): Promise<Shopper> =>
      openShopper(browser, { ...options, hosts, ownHost: gatewayUrl, cardHost: vaultUrl }),

    /** One shopper's visit, in whose browser nothing may happen that should not. */
    async withShopper(run: (shopper: Shopper) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
      const shopper = await openShopper(browser, { ...options, hosts, ownHost: gatewayUrl, cardHost: vaultUrl })
      try {
        await run(shopper)
        expect(await shopper.complaints()).toEqual([])
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${await shopper.lookBack()}`, { cause: error })
      } finally {
        await shopper.leave()
      }
    },

    /** A v1 payment with this card. */
    async orderByV1(number: string, body: Record<string, unknown> = {}): Promise<Order> {
      const { order, amountMinor } = nextOrder()
      const amount = (amountMinor / 100).toFixed(2)
      const asked = { amount, three_d_secure: 'required', return_url: shop.landingUrl(order), ...body }
      const answer = await api.pay(asked, { number })
      expect([answer.status, answer.json.status]).toEqual([202, 'requires_action'])
      return { order, amountMinor, id: answer.json.transaction_id, page: answer.json.redirect_url }
    },

    /** An inflow payment with this card; success and failure have addresses of their own. */
    async orderByInflow(number: string, body: Record<string, unknown> = {}): Promise<Order> {
      const { order, amountMinor } = nextOrder()
      const urls = {
        threeDsSuccessUrl: shop.landingUrl(order).replace('/landing', '/landing/success'),
        threeDsFailureUrl: shop.landingUrl(order).replace('/landing', '/landing/failure'),
      }
      const products = [{ name: 'Tea', price: amountMinor, quantity: 1 }]
      const asked = { products, pricingMode: 'TAX_INCLUSIVE', autoConfirm: true, ...urls, ...body }
      const answer = await inflow.pay(asked, { number })
      expect([answer.status, answer.json.depositStatus]).toEqual([201, 'requires_action'])
      return { order, amountMinor, id: answer.json.id, page: answer.json.threeDsSessionUrl }
    },

    /** From the shop's basket by its link, as shoppers come. */
    async goToPay(page: Page, { page: redirectUrl }: Order): Promise<void> {
      await page.goto(shop.basketUrl(redirectUrl))
      await page.click('#pay')
    },

    /** Waits until the shopper is back, once, and returns what the shop was told; its signature is right. */
    async landed(page: Page, { order, id }: Order): Promise<{ path: string; status: string | undefined }> {
      await page.waitForURL(`${shop.origin}/landing**`)
      const [landing, ...more] = shop.landingsOf(order)
      expect(more).toEqual([])
      const { payment_id, paymentId, status, timestamp, signature } = landing?.query ?? {}
      expect(payment_id ?? paymentId).toBe(id)
      const outcome = status ?? (landing?.path === '/landing/success' ? 'succeeded' : 'failed')
      const signed = createHmac('sha256', returnSigningSecret).update(`${id}.${outcome}.${timestamp}`).digest('hex')
      expect(signature).toBe(signed)
      return { path: landing?.path ?? '', status }
    },

    read: async (id: string): Promise<Json> =>
      id.startsWith('tx_') ? (await api.get(`/v1/payments/${id}`)).json : inflow.read(id),

    /** How often the acquirer approved it: what truly happened. */
    async charges({ amountMinor }: Order): Promise<number> {
      const ledger = await acquirer.ledger()
      return ledger.filter((entry) => entry.amount_minor === amountMinor && entry.status === 'approved').length
    },

    until: <T>(look: () => Promise<T>, what: string) => until(look, { withinMs: 20_000, what, everyMs: 50 }),

    async close(): Promise<void> {
      await browser.close()
      await Promise.all([shop.stop(), bank.stop(), product.dispose()])
    },
  }
}

export type Stage = Awaited<ReturnType<typeof openStage>>

/**
 * Our pages ask every few seconds whether something else is to be done by now, and then go on by themselves. From here on no tab of
 * this shopper's is told, until the function that comes back is called: whoever looks at a page or types there is not led away.
 */
export async function holdNews(page: Page): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  await page.context().route('**/authenticate/*/state', async (route) => {
    await promise
    await route.continue()
  })
  return resolve
}

/** The simulated issuer's page in its frame. */
export const issuerFrame = (page: Page): FrameLocator => page.frameLocator('iframe[name="challenge-frame"]')

/** The same as a document, to look into. */
export function frameOf(page: Page): Frame {
  const frame = page.frame({ name: 'challenge-frame' })
  if (frame === null) throw new Error('the page has no frame for the issuer')
  return frame
}

/** Types the code that the page shows, as a cardholder reads it off a telephone, and confirms. */
export async function confirmWithCode(issuer: Page | FrameLocator, code?: string): Promise<void> {
  const shown = await issuer.locator('#one-time-code').textContent()
  await issuer.locator('#code').fill(code ?? shown ?? '')
  await issuer.getByRole('button', { name: 'Confirm', exact: true }).click()
}
