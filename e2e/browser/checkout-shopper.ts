import type { FrameLocator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Json } from '../harness/api.ts'
import type { Stage } from './stage.ts'

/** What shoppers do on our own pages, and what their merchants make for them. */
export function checkoutOf(stage: () => Stage) {
  return {
    /** A payment that waits for its card, as a v1 merchant makes one. */
    async hosted(body: Record<string, unknown> = {}): Promise<{ id: string; page: string }> {
      const asked = { amount: 17.62, currency: 'USD', product_name: 'Tea', ...body }
      const answer = await stage().api.post('/v1/payments', asked)
      expect(answer.status).toBe(201)
      return { id: answer.json.id, page: answer.json.payment_url }
    },

    async link(body: Record<string, unknown> = {}): Promise<string> {
      const answer = await stage().inflow.api('POST', '/api/link', {
        name: 'Tea for two',
        products: [
          { name: 'Darjeeling, first flush', price: 1_900, quantity: 2 },
          { name: 'Teapot', price: 2_450, quantity: 1 },
        ],
        currency: 'EUR',
        ...body,
      })
      expect(answer.status).toBe(201)
      return answer.json.url
    },

    read: async (id: string): Promise<Json> => (await stage().api.get(`/v1/payments/${id}`)).json,

    /** How often the acquirer was asked for it. */
    async attempts(page: string): Promise<number> {
      const id = page.split('req_')[1]?.slice(0, 26)
      return (await stage().inflow.read(`pay_${id}`)).depositAttempts.length
    },
  }
}

export async function fillDetails(page: Page, email: string, country: string, postalCode = ''): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('First name').fill('Ada')
  await page.getByLabel('Last name').fill('Lovelace')
  await page.getByLabel('Country').selectOption(country)
  await page.getByLabel('Postal code').fill(postalCode)
  await page.getByRole('button', { name: 'Continue to payment' }).click()
}

export const cardFrame = (page: Page): FrameLocator => page.frameLocator('#card-fields iframe')

/** The frame is there, and says what it is. */
export const cardFrameIsReady = (page: Page): Promise<void> => page.locator('#card-fields iframe[title]').waitFor()

/** In the frame of the card host. */
export async function fillCard(page: Page, number: string): Promise<void> {
  await cardFrame(page).locator('#number').fill(number)
  await cardFrame(page).locator('#expiry').fill('12/34')
  await cardFrame(page).locator('#cvc').fill('123')
}

/** As the fields are without scripts. */
export async function fillPlainCard(page: Page, number: string, expiry = '12/34'): Promise<void> {
  await page.getByLabel('Card number').fill(number)
  await page.getByLabel('Expiry date').fill(expiry)
  await page.getByLabel('Security code').fill('123')
}

export const pay = (page: Page): Promise<void> => page.getByRole('button', { name: /^Pay / }).click()
export const isPaid = (page: Page): Promise<void> => page.getByRole('heading', { name: 'Payment received' }).waitFor()
export const withoutScripts = { javaScriptEnabled: false }
