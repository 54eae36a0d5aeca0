import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDeclinedNumber, freshNumber } from '../harness/cards.ts'
import { issuers } from './issuer-cards.ts'
import { desktop, expectAccessible, picture, telephone } from './shopper.ts'
import { confirmWithCode, issuerFrame, openStage, type Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

const withoutScripts = { javaScriptEnabled: false }

/** A payment that waits for its card, as a v1 merchant makes one. */
async function hosted(body: Record<string, unknown> = {}) {
  const answer = await stage.api.post('/v1/payments', { amount: 17.62, currency: 'USD', product_name: 'Tea', ...body })
  expect(answer.status).toBe(201)
  return { id: answer.json.id as string, page: answer.json.payment_url as string }
}

async function link(body: Record<string, unknown> = {}): Promise<string> {
  const answer = await stage.inflow.api('POST', '/api/link', {
    name: 'Tea for two',
    products: [
      { name: 'Darjeeling, first flush', price: 1_900, quantity: 2 },
      { name: 'Teapot', price: 2_450, quantity: 1 },
    ],
    currency: 'EUR',
    ...body,
  })
  expect(answer.status).toBe(201)
  return answer.json.url as string
}

async function fillDetails(page: Page, email: string, country: string, postalCode = ''): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('First name').fill('Ada')
  await page.getByLabel('Last name').fill('Lovelace')
  await page.getByLabel('Country').selectOption(country)
  await page.getByLabel('Postal code').fill(postalCode)
  await page.getByRole('button', { name: 'Continue to payment' }).click()
}

const cardFrame = (page: Page) => page.frameLocator('#card-fields iframe')

/** In the frame of the card host. */
async function fillCard(page: Page, number: string): Promise<void> {
  await cardFrame(page).locator('#number').fill(number)
  await cardFrame(page).locator('#expiry').fill('12/34')
  await cardFrame(page).locator('#cvc').fill('123')
}

/** As they are without scripts. */
async function fillPlainCard(page: Page, number: string, expiry = '12/34'): Promise<void> {
  await page.getByLabel('Card number').fill(number)
  await page.getByLabel('Expiry date').fill(expiry)
  await page.getByLabel('Security code').fill('123')
}

const pay = (page: Page) => page.getByRole('button', { name: /^Pay / }).click()
const isPaid = (page: Page) => page.getByRole('heading', { name: 'Payment received' }).waitFor()
const read = async (id: string) => (await stage.api.get(`/v1/payments/${id}`)).json
const attempts = async (page: string): Promise<number> => {
  const id = page.split('req_')[1]?.slice(0, 26)
  return (await stage.inflow.read(`pay_${id}`)).depositAttempts.length
}

describe('a payment link', () => {
  it('leads to a receipt, with the tax of the buyer’s country, and without scripts', async () => {
    const url = await link()
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await picture(page, 'checkout-link')
      await fillDetails(page, 'ada@example.com', 'FR')
      await page.getByText('VAT 20%').waitFor()
      await picture(page, 'checkout-card')
      await fillPlainCard(page, freshNumber())
      await page.getByRole('button', { name: 'Pay €75.00' }).click()
      await isPaid(page)
      await page.getByText('A receipt goes to ada@example.com.').waitFor()
      await picture(page, 'checkout-receipt')
    }, withoutScripts)
  })

  it('makes a payment for each form that is filled in, and none for looking', async () => {
    const url = await link()
    const before = await stage.inflow.count()
    await stage.withShopper(async ({ page, newTab }) => {
      await page.goto(url)
      await page.reload()
      expect(await stage.inflow.count()).toBe(before)
      const other = await newTab()
      await other.goto(url)
      await fillDetails(page, 'ada@example.com', 'FR')
      await fillDetails(other, 'bob@example.com', 'DE')
      expect(page.url()).not.toBe(other.url())
      expect(await stage.inflow.count()).toBe(before + 2)
      await page.goBack()
      expect(await stage.inflow.count()).toBe(before + 2)
    })
  })

  it('says what is missing beside the fields, and keeps what was typed', async () => {
    const url = await link()
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await page.evaluate('document.querySelector("form").noValidate = true')
      await fillDetails(page, 'nobody', '')
      await page.getByText('Enter a valid e-mail address.').waitFor()
      await page.getByText('Choose your country.').waitFor()
      expect(await page.getByLabel('First name').inputValue()).toBe('Ada')
      await expectAccessible(page)
      await picture(page, 'checkout-details-faults')
      await fillDetails(page, 'ada@example.com', 'US')
      await page.getByText('Enter a valid postal code.').waitFor()
      await fillDetails(page, 'ada@example.com', 'US', '94103')
      await cardFrame(page).locator('#number').waitFor()
    })
  }, 60_000)

  it('makes one payment for a form that is sent twice', async () => {
    const url = await link()
    const before = await stage.inflow.count()
    const formToken = /name="form_token" value="([^"]+)"/.exec(await (await fetch(url)).text())?.[1] ?? ''
    const body = new URLSearchParams({ form_token: formToken, email: 'ada@example.com', country: 'FR' })
    const send = async () => (await fetch(url, { method: 'POST', body, redirect: 'manual' })).headers.get('location')
    const [first, ...others] = await Promise.all([send(), send(), send()])
    expect(first).toMatch(/^\/pay\/req_/)
    expect(others).toEqual([first, first])
    expect(await stage.inflow.count()).toBe(before + 1)
  })

  it('that is archived sells nothing', async () => {
    const url = await link()
    await stage.inflow.api('DELETE', `/api/link/${url.split('/').at(-1)}`)
    const answer = await fetch(url)
    expect(answer.status).toBe(410)
    expect(await answer.text()).toContain('This link is no longer active')
  })
})

describe('a card', () => {
  it('whose issuer wants the shopper is paid for after the challenge', async () => {
    const { id, page: url } = await hosted({ three_d_secure: 'required', return_url: stage.shop.landingUrl('hosted') })
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillCard(page, issuers.asksForCode)
      await pay(page)
      await confirmWithCode(issuerFrame(page))
      await isPaid(page)
      await page.waitForURL(`${stage.shop.origin}/landing**`)
      const [landing] = stage.shop.landingsOf('hosted')
      expect(landing?.query).toMatchObject({ status: 'succeeded', payment_id: id.replace('req_', 'tx_') })
      expect((await read(id)).status).toBe('completed')
    })
  })

  it('that is authenticated without a question is charged at once', async () => {
    const { id, page: url } = await hosted({ three_d_secure: 'required' })
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillCard(page, issuers.frictionless)
      await pay(page)
      await isPaid(page)
      expect(await read(id)).toMatchObject({ status: 'completed', three_d_secure: { flow: 'frictionless' } })
    })
  })

  it('that is declined, or not authenticated, leaves the payment open for another one', async () => {
    const { id, page: url } = await hosted()
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillCard(page, freshDeclinedNumber())
      await pay(page)
      await page.getByText('Your card was declined and nothing was charged.').waitFor()
      await expectAccessible(page)
      await picture(page, 'checkout-declined')
      expect((await read(id)).status).toBe('pending')
      await fillCard(page, freshNumber())
      await pay(page)
      await isPaid(page)
      expect(await attempts(url)).toBe(2)
    })
  })

  it('whose holder gives up the challenge can be tried again', async () => {
    const { id, page: url } = await hosted({ three_d_secure: 'required' })
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillCard(page, issuers.asksForCode)
      await pay(page)
      await page.getByRole('button', { name: /^Cancel/ }).click()
      await page.getByText('The confirmation with your bank was not completed.').waitFor()
      await fillCard(page, issuers.frictionless)
      await pay(page)
      await isPaid(page)
      expect((await read(id)).status).toBe('completed')
    })
  })

  it('that is mistyped is told beside its field, and never comes back to the page', async () => {
    const { page: url } = await hosted()
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillPlainCard(page, '4242 4242 4242 4241', '13/34')
      await pay(page)
      await page.getByText('Check the card number.').waitFor()
      await page.getByText('Check the expiry date.').waitFor()
      expect(await page.getByLabel('Card number').inputValue()).toBe('')
      expect(await page.content()).not.toContain('4242')
      await picture(page, 'checkout-card-faults')
    }, withoutScripts)
  })

  it('goes into a frame of the card host, which tells what is wrong with it', async () => {
    const { page: url } = await hosted()
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillCard(page, '4242 4242 4242 4241')
      await pay(page)
      await cardFrame(page).locator('#number[aria-invalid="true"]').waitFor()
      await cardFrame(page).getByText('Check the card number.').waitFor()
      await expectAccessible(page)
      await picture(page, 'checkout-frame-fault')
      expect(page.url()).toBe(url)
      expect(await attempts(url)).toBe(0)
    })
  })
})

describe('one charge', () => {
  it('for a button that is pressed twice', async () => {
    const { page: url } = await hosted()
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillPlainCard(page, freshNumber())
      await page.getByRole('button', { name: /^Pay / }).dblclick()
      await isPaid(page)
      expect(await attempts(url)).toBe(1)
    }, withoutScripts)
  })

  it('for going back and reloading, which find it paid', async () => {
    const { page: url } = await hosted()
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillCard(page, freshNumber())
      await pay(page)
      await isPaid(page)
      await page.reload()
      await isPaid(page)
      await page.goBack()
      await page.goto(url)
      await isPaid(page)
      expect(await attempts(url)).toBe(1)
    })
  })

  it('for two tabs: the second one learns that it was paid', async () => {
    const { page: url } = await hosted()
    await stage.withShopper(async ({ page, newTab }) => {
      const other = await newTab()
      for (const tab of [page, other]) {
        await tab.goto(url)
        await fillCard(tab, freshNumber())
      }
      await pay(page)
      await isPaid(page)
      await pay(other)
      await other.getByText('This payment had been made already.').waitFor()
      expect(await attempts(url)).toBe(1)
    })
  })
})

describe('a receipt', () => {
  it('goes to the shopper once the payment is made, and says what the page says', async () => {
    const url = await link()
    await stage.withShopper(async ({ page }) => {
      await page.goto(url)
      await fillDetails(page, 'ada@example.com', 'FR')
      await fillCard(page, freshDeclinedNumber())
      await pay(page)
      await page.getByText('Your card was declined').waitFor()
      await fillCard(page, freshNumber())
      await pay(page)
      await isPaid(page)
      const id = page.url().split('req_')[1]?.slice(0, 26) ?? ''
      const path = join(stage.product.dataDirectory, 'mail', `receipt-${id}.txt`)
      await stage.until(async () => existsSync(path), 'the receipt to be sent')
      const mail = readFileSync(path, 'utf8')
      expect(mail).toMatch(/^From: .+\nTo: ada@example.com\nSubject: Reçu de Test merchant\n/)
      expect(mail.replaceAll('\u00a0', ' ')).toContain('Total: 75,00 €')
      expect(mail).toContain(`tx_${id}`)
      await page.goto(/https?:\S+/.exec(mail)?.[0] ?? '')
      await isPaid(page)
    })
  })
})

describe('the page', () => {
  it('has at most 12 KB of script in all, compressed, and asks nobody but us', async () => {
    const { page: url } = await hosted()
    await stage.withShopper(async ({ page }) => {
      const scripts: Promise<Buffer>[] = []
      page.on('response', (response) => {
        if (response.request().resourceType() === 'script') scripts.push(response.body())
      })
      await page.goto(url)
      await cardFrame(page).locator('#number').waitFor()
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
        await page.screenshot({ path: `artifacts/browser/checkout-theme-${name}.png`, fullPage: true })
        await page.locator('#email').fill('ada@example.com')
        await page.locator('#country').selectOption('DE')
        await page.locator('form button').click()
        await cardFrame(page).locator('#number').waitFor()
        await expectAccessible(page)
        await page.screenshot({ path: `artifacts/browser/checkout-theme-${name}-card.png`, fullPage: true })
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
