import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDeclinedNumber, freshNumber } from '../harness/cards.ts'
import { cardFrameIsReady, checkoutOf, fillPlainCard, isPaid, pay } from './checkout-shopper.ts'
import { desktop, expectAccessible, picture, telephone } from './shopper.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
const { hosted, link, attempts } = checkoutOf(() => stage)

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

describe('the page', () => {
  it('has at most 12 KB of script in all, compressed, and asks nobody but us', async () => {
    const { page: url } = await hosted()
    await stage.withShopper(async ({ page }) => {
      const scripts: Promise<Buffer>[] = []
      page.on('response', (response) => {
        if (response.request().resourceType() === 'script') scripts.push(response.body())
      })
      await page.goto(url)
      await cardFrameIsReady(page)
      const inline = await page.locator('script:not([src])').allTextContents()
      const all = [...(await Promise.all(scripts)), ...inline.map((text) => Buffer.from(text))]
      const bytes = all.reduce((sum, script) => sum + gzipSync(script).length, 0)
      expect(all.length).toBeGreaterThan(2)
      expect(bytes).toBeLessThanOrEqual(12 * 1024)
    })
  })

  it('falls back on its plain form where the card host’s script does not come', async () => {
    const { page: url } = await hosted()
    const shopper = await stage.openShopper()
    const { page } = shopper
    await page.route('**/v1/tessera.js', (route) => route.abort())
    await page.goto(url)
    await fillPlainCard(page, freshNumber())
    await pay(page)
    await isPaid(page)
    await shopper.leave()
  })

  it('takes a card for an inflow payment from the merchant’s own page, and confirms by itself', async () => {
    const order = { currency: 'EUR', customerEmail: 'a@example.com', billingCountry: 'FR', purchasingAsBusiness: false }
    const made = await stage.inflow.api('POST', '/api/server/payment', {
      ...order,
      products: [{ name: 'Tea', price: 4_999, quantity: 1 }],
    })
    const complete = async (id: string, token: unknown, key = stage.product.credentials.inflowPublicKey) => {
      const answer = await fetch(`${stage.gatewayUrl}/checkout/payments/${id}/card`, {
        method: 'POST',
        headers: { 'x-inflow-public-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      })
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      return { status: answer.status, json: await answer.json() }
    }
    const { id } = made.json
    const token = await stage.api.token({ number: freshDeclinedNumber() })
    expect((await complete(id, token, 'inflow_pub_test_x')).status).toBe(401)
    expect((await complete(id, 'tok_1')).status).toBe(400)
    expect((await complete(`pay_${'0'.repeat(26)}`, token)).status).toBe(404)
    const none = { next: { redirectUrl: null } }
    expect((await complete(id, token)).json).toEqual({ ...none, status: 'failed', mayRetry: true })
    const asked = await complete(id, await stage.api.token({ number: freshNumber() }))
    expect(asked.json).toEqual({ ...none, status: 'succeeded', mayRetry: false })
    expect(await stage.inflow.read(id)).toMatchObject({ status: 'CHECKOUT_SUCCESS', depositStatus: 'succeeded' })
    expect((await complete(id, await stage.api.token())).status).toBe(400)
    const { page: own } = await hosted()
    expect((await complete(own.split('/').at(-1) ?? '', await stage.api.token())).status).toBe(400)
  })

  it('refuses a card that is posted to the gateway', async () => {
    const { page: url } = await hosted()
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ number: freshNumber() }) })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('This did not work')
  })

  it('believes no answer and no form but its own', async () => {
    const [{ page: url }, { page: otherUrl }] = [await hosted(), await hosted()]
    const token = await stage.api.token()
    for (const path of [`/card/${token}`, `/card/${token}.${'A'.repeat(43)}`]) {
      expect((await fetch(url + path)).status).toBe(400)
    }
    const ticket = /name="ticket" value="([^"]+)"/.exec(await (await fetch(otherUrl)).text())?.[1] ?? ''
    const body = new URLSearchParams({ form_token: ticket, email: 'eve@example.com', country: 'FR' })
    expect((await fetch(`${url}/details`, { method: 'POST', body })).status).toBe(400)
    const card = new URLSearchParams({ ticket: `x${ticket}`, number: freshNumber(), expiry: '12/34', cvc: '123' })
    const answer = await fetch(`${stage.product.credentials.vaultUrl}/v1/checkout/card`, {
      method: 'POST',
      body: card,
      redirect: 'manual',
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${stage.gatewayUrl}/pay/unknown`])
    // What another payment's page made a token for is of no use here.
    const own = await fetch(`${stage.product.credentials.vaultUrl}/v1/checkout/card`, {
      method: 'POST',
      body: new URLSearchParams({ ticket, number: freshNumber(), expiry: '12/34', cvc: '123' }),
      redirect: 'manual',
    })
    const answered = own.headers.get('location')?.split('/card/')[1]
    expect((await fetch(`${url}/card/${answered}`)).status).toBe(400)
    expect(await attempts(url)).toBe(0)
  })

  it('shows the merchant’s colours where they can be read, and is accessible in all of them', async () => {
    const themes = [
      { name: 'plain', options: { viewport: telephone } },
      { name: 'dark', options: { viewport: telephone, colorScheme: 'dark' as const } },
      { name: 'wide', options: { viewport: desktop } },
      { name: 'german', options: { viewport: telephone, locale: 'de-DE' } },
      { name: 'japanese', options: { viewport: telephone, locale: 'ja-JP' } },
    ]
    const url = await link({
      sessionCustomization: { bgColor: '#ffd000', fontColor: '#ffffff', merchantName: 'Tea House' },
    })
    for (const { name, options } of themes) {
      await stage.withShopper(async ({ page }) => {
        await page.goto(url)
        await page.getByText('Tea House').first().waitFor()
        await expectAccessible(page)
        await picture(page, `checkout-theme-${name}`)
        await page.locator('#email').fill('ada@example.com')
        await page.locator('#country').selectOption('DE')
        await page.locator('form button').click()
        await cardFrameIsReady(page)
        await expectAccessible(page)
        await picture(page, `checkout-theme-${name}-card`)
      }, options)
    }
  })

  it('of a payment that was canceled, or not paid in time, says so', async () => {
    const [{ id, page: canceled }, { page: expired }] = [await hosted(), await hosted()]
    await stage.api.post(`/v1/payments/${id}/void`)
    await stage.withShopper(async ({ page }) => {
      await page.goto(canceled)
      await page.getByRole('heading', { name: 'This payment was canceled' }).waitFor()
      await stage.product.advanceClock(24 * 3_600_000 + 60_000)
      const shows = async () => (await fetch(expired)).text().then((text) => text.includes('This payment has expired'))
      await stage.until(shows, 'the payment to expire')
      await page.goto(expired)
      await expectAccessible(page)
      await picture(page, 'checkout-expired')
    })
  })
})
