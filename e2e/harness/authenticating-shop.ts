import { acquirerOf } from './acquirer.ts'
import { apiOf, type Json } from './api.ts'
import { inflowOf } from './inflow.ts'
import { walk } from './page-walker.ts'
import { startProduct } from './product.ts'
import { until } from './until.ts'

/** Where shoppers are to land; nobody listens there. */
export const shop = 'http://127.0.0.1:9/thanks?order=7'
export const challengeCard = { number: '4000000000003220' }

/** A product whose shoppers authenticate; each payment has an amount of its own, by which the acquirer is asked about it. */
export async function openAuthenticatingShop() {
  const product = await startProduct()
  const acquirer = await acquirerOf(product)
  const api = apiOf(product)
  let amountMinor = 5_000
  const read = async (id: string): Promise<Json> => (await api.get(`/v1/payments/${id}`)).json
  const authentications = async (): Promise<Json[]> =>
    (await fetch(`${acquirer.url}/sandbox/authentications`)).json() as Promise<Json[]>
  return {
    product,
    api,
    inflow: inflowOf(product),
    acquirer,
    read,
    anAmount(): { amount: number; minor: number } {
      amountMinor += 1
      return { amount: amountMinor / 100, minor: amountMinor }
    },
    comesTo: (id: string, status: string): Promise<Json> =>
      until(async () => [await read(id)].find((each) => each.status === status), {
        withinMs: 20_000,
        everyMs: 100,
        what: `${id} to be ${status}`,
      }),
    charges: async (minor: number): Promise<Json[]> =>
      (await acquirer.ledger()).filter((entry) => entry.amount_minor === minor && entry.status === 'approved'),
    /** What the issuer knows of the authentication for this amount. */
    authenticationOf: async (minor: number): Promise<Json> =>
      (await authentications()).find(({ purchase }) => purchase.amount === String(minor)),
    /** Where the shopper sees the issuer's page. */
    atTheIssuer: (url: string) => walk(url, { code: 'never' }),
  }
}
