import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issuers } from './issuer-cards.ts'
import { picture } from './shopper.ts'
import { confirmWithCode, holdNews, issuerFrame, openStage, type Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

const succeeded = { path: '/landing', status: 'succeeded' }

describe('reloading', () => {
  it('while the hidden page is silent waits for it anew, and goes on without it after ten seconds', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.hiddenPageNeverCallsBack)
      // Only the test moves the page's clock, however long it takes to look.
      await page.clock.install({ time: 0 })
      await page.clock.pauseAt(60_000)
      await stage.goToPay(page, order)
      await page.getByText('Contacting your bank').waitFor()
      await picture(page, 'hidden-page')
      await page.reload()
      await page.getByText('Contacting your bank').waitFor()
      await page.clock.fastForward(9_000)
      expect(page.url()).toBe(order.page)
      await page.clock.fastForward(1_000)
      await page.clock.resume()
      expect(await stage.landed(page, order)).toEqual(succeeded)
      expect(await stage.charges(order)).toBe(1)
    })
  })

  it('during the challenge shows it again', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      await stage.goToPay(page, order)
      await issuerFrame(page).locator('#code').fill('12')
      await page.reload()
      await confirmWithCode(issuerFrame(page))
      expect(await stage.landed(page, order)).toEqual(succeeded)
      expect(await stage.charges(order)).toBe(1)
    })
  })
})

describe('going back', () => {
  it('from the challenge to the shop, and paying by the same link again', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      await stage.goToPay(page, order)
      await issuerFrame(page).locator('#code').waitFor()
      await page.goBack()
      await page.waitForURL(`${stage.shop.origin}/basket**`)
      await page.click('#pay')
      await confirmWithCode(issuerFrame(page))
      expect(await stage.landed(page, order)).toEqual(succeeded)
      expect(await stage.charges(order)).toBe(1)
    })
  })

  it('from where it ended does not lead into the payment again', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      await stage.goToPay(page, order)
      await confirmWithCode(issuerFrame(page))
      expect(await stage.landed(page, order)).toEqual(succeeded)
      await page.goBack()
      await page.waitForURL(new RegExp(`^${stage.shop.origin}/(basket|landing)`))
      await page.goto(order.page)
      await page.waitForURL(`${stage.shop.origin}/landing**`)
      expect(stage.shop.landingsOf(order.order).every((landing) => landing.query.status === 'succeeded')).toBe(true)
      expect(await stage.charges(order)).toBe(1)
    })
  })
})

describe('twice', () => {
  it('a button that is pressed twice sends once', async () => {
    await stage.withShopper(
      async ({ page }) => {
        const order = await stage.orderByV1(issuers.frictionless)
        await stage.goToPay(page, order)
        await page.getByRole('button', { name: 'Continue', exact: true }).dblclick()
        expect(await stage.landed(page, order)).toEqual(succeeded)
        expect(await stage.charges(order)).toBe(1)
      },
      { javaScriptEnabled: false },
    )
  })

  it('the same form from many tabs at once asks the issuer once', async () => {
    for (const number of [issuers.frictionless, issuers.asksForCode]) {
      const order = await stage.orderByV1(number)
      const send = () => fetch(order.page, { method: 'POST', redirect: 'manual' })
      const answers = await Promise.all(Array.from({ length: 8 }, send))
      expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(303))
      const isOn = (page: string) => page.includes(number === issuers.asksForCode ? 'name="creq"' : 'id="onward"')
      await stage.until(async () => isOn(await (await fetch(order.page)).text()), 'the page to go on')
      expect(await stage.charges(order)).toBe(number === issuers.asksForCode ? 0 : 1)
    }
  })

  it('a challenge that two tabs finish charges once, and both are led back', async () => {
    await stage.withShopper(async ({ page, newTab }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      const other = await newTab()
      await Promise.all([page, other].map((tab) => tab.goto(order.page)))
      for (const tab of [page, other]) {
        await issuerFrame(tab)
          .locator('#code')
          .fill((await issuerFrame(tab).locator('#one-time-code').textContent()) ?? '')
      }
      // Else the tab that is first may lead the other one away before it has pressed anything.
      const tellNews = await holdNews(page)
      await Promise.all([page, other].map((tab) => issuerFrame(tab).getByRole('button', { name: 'Confirm' }).click()))
      tellNews()
      for (const tab of [page, other]) await tab.waitForURL(`${stage.shop.origin}/landing**`)
      expect(stage.shop.landingsOf(order.order).map((landing) => landing.query.status)).toEqual([
        'succeeded',
        'succeeded',
      ])
      expect(await stage.charges(order)).toBe(1)
    })
  })

  it('a tab that only looks on notices that another has finished', async () => {
    await stage.withShopper(async ({ page, newTab }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      const other = await newTab()
      await other.goto(order.page)
      await issuerFrame(other).locator('#code').waitFor()
      await page.goto(order.page)
      await confirmWithCode(issuerFrame(page))
      await other.waitForURL(`${stage.shop.origin}/landing**`)
      expect(await stage.charges(order)).toBe(1)
    })
  })
})
