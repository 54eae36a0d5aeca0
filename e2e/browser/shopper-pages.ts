import { apiOf } from '../harness/api.ts'
import { freshNumber } from '../harness/cards.ts'
import { inflowOf } from '../harness/inflow.ts'
import type { Product } from '../harness/product.ts'
import { issuers } from './issuer-cards.ts'

const products = [{ name: 'Darjeeling, first flush', price: 1_900, quantity: 2 }]
const waiting = { amount: 17.62, currency: 'USD', product_name: 'Tea' }

/** What makes each page that shoppers wait for be there, and gives its address. Issuers wait for their shopper half a minute. */
export function shopperPages(product: Product): Record<string, () => Promise<string>> {
  const [api, inflow] = [apiOf(product), inflowOf(product)]
  const hosted = async () => (await api.post('/v1/payments', waiting)).json.payment_url
  const ordered = { products, currency: 'EUR', successUrl: 'https://shop.example/', cancelUrl: 'https://shop.example/' }
  const link = { name: 'Tea for two', products, currency: 'EUR' }
  return {
    'payment link': async () => (await inflow.api('POST', '/api/link', link)).json.url,
    'checkout of v1': hosted,
    'checkout of inflow': async () => (await inflow.api('POST', '/api/checkout/payment', ordered)).json.purchaseUrl,
    '3-D Secure': () => challenged(product),
    receipt: async () => paid(product, await hosted()),
  }
}

/** Paid without scripts: the card host sends the browser back with the card's token. */
async function paid({ credentials }: Product, page: string): Promise<string> {
  const ticket = /name="ticket" value="([^"]+)"/.exec(await (await fetch(page)).text())?.[1] ?? ''
  const body = new URLSearchParams({ ticket, number: freshNumber(), expiry: '12/34', cvc: '123' })
  await fetch(`${credentials.vaultUrl}/v1/checkout/card`, { method: 'POST', body })
  return page
}

/** The page with the issuer's own in a frame. */
async function challenged(product: Product): Promise<string> {
  const asked = { three_d_secure: 'required', return_url: 'https://shop.example/' }
  const { json } = await apiOf(product).pay(asked, { number: issuers.asksForCode })
  const told = { script: '1', javaEnabled: '0', colorDepth: '24', language: 'en', timeZoneOffset: '-60' }
  const sizes = { screenWidth: '390', screenHeight: '844', roomWidth: '390', roomHeight: '624' }
  const answer = await fetch(json.redirect_url, { method: 'POST', body: new URLSearchParams({ ...told, ...sizes }) })
  if (!(await answer.text()).includes('challenge-frame')) throw new Error('the issuer does not ask the shopper')
  return json.redirect_url
}
