import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDeclinedNumber, freshNumber } from '../harness/cards.ts'
import {
  cardFrame,
  cardFrameIsReady,
  checkoutOf,
  fillCard,
  fillDetails,
  fillPlainCard,
  isPaid,
  pay,
  withoutScripts,
} from './checkout-shopper.ts'
import { issuers } from './issuer-cards.ts'
import { expectAccessible, picture } from './shopper.ts'
import { confirmWithCode, issuerFrame, openStage, type Stage } from './stage.ts'

let stage: Stage
const { hosted, link, read, attempts } = checkoutOf(() => stage)

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

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
      for (const tab of [page, other]) await tab.waitForURL(/\/pay\/req_/)
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
  })

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
      await cardFrameIsReady(page)
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
      // More of it than a port or an id may happen to hold.
      expect(await page.content()).not.toMatch(/4242 ?4242/)
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

describe('many at once', () => {
  /** Sends the card's form as a browser without scripts does, and returns where the card host sends it. */
  async function sendForm(url: string, number: string, more: Record<string, string> = {}): Promise<string> {
    const ticket = /name="ticket" value="([^"]+)"/.exec(await (await fetch(url)).text())?.[1] ?? ''
    const answer = await fetch(`${stage.product.credentials.vaultUrl}/v1/checkout/card`, {
      method: 'POST',
      body: new URLSearchParams({ ticket, number, expiry: '12/34', cvc: '123', ...more }),
      redirect: 'manual',
    })
    return answer.headers.get('location') ?? ''
  }

  it('of different cards on one payment charge one of them, once', async () => {
    const { page: url } = await hosted()
    const places = await Promise.all(Array.from({ length: 6 }, () => sendForm(url, freshNumber())))
    const ends = await Promise.all([...places, ...places].map(async (place) => (await fetch(place)).text()))
    expect(ends.every((text) => /Payment received|One moment/.test(text))).toBe(true)
    expect(await attempts(url)).toBe(1)
  })

  it('of cards that are declined end with the tenth', async () => {
    const { page: url } = await hosted()
    for (let tries = 0; tries < 10; tries += 1) await fetch(await sendForm(url, freshDeclinedNumber()))
    expect(await attempts(url)).toBe(10)
    expect(await (await fetch(url)).text()).toContain('Too many cards were tried')
  })

  it('a card is kept where the shopper agrees, and not otherwise', async () => {
    const asked = { save_card: true, customer_id: 'customer-1' }
    const [{ id: kept, page: keptUrl }, { id: other, page: otherUrl }] = [await hosted(asked), await hosted(asked)]
    await fetch(await sendForm(keptUrl, freshNumber(), { save_card: '1' }))
    await fetch(await sendForm(otherUrl, freshNumber()))
    expect(await read(kept)).toMatchObject({ status: 'completed', payment_method_id: expect.stringMatching(/^pmi_/) })
    expect(await read(other)).toMatchObject({ status: 'completed', payment_method_id: null })
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
