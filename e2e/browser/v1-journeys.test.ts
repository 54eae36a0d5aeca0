import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issuers } from './issuer-cards.ts'
import { expectAccessible, picture } from './shopper.ts'
import { confirmWithCode, frameOf, holdNews, issuerFrame, openStage, type Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

const succeeded = { path: '/landing', status: 'succeeded' }
const failed = { path: '/landing', status: 'failed' }

describe('a shopper whom the issuer', () => {
  it.each([
    ['knows by the request alone', issuers.frictionless],
    ['looks at by its hidden page', issuers.frictionlessAfterHiddenPage],
    ['could not ask, by a proof of the attempt', issuers.attempted],
  ])('%s is back at the shop without doing anything', async (_how, number) => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(number)
      await stage.goToPay(page, order)
      expect(await stage.landed(page, order)).toEqual(succeeded)
      expect((await stage.read(order.id)).status).toBe('completed')
      expect(await stage.charges(order)).toBe(1)
    })
  })

  it('asks for a code in a frame types it, the second time right, and is charged once', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCodeAfterHiddenPage)
      await stage.goToPay(page, order)
      await issuerFrame(page).locator('#code').waitFor()
      await picture(page, 'challenge-desktop')
      await expectAccessible(page)
      await expectAccessible(frameOf(page))
      await confirmWithCode(issuerFrame(page), '000000')
      await issuerFrame(page).locator('#problem').waitFor()
      await expectAccessible(frameOf(page))
      await confirmWithCode(issuerFrame(page))
      expect(await stage.landed(page, order)).toEqual(succeeded)
      expect(await stage.charges(order)).toBe(1)
      const paid = await stage.read(order.id)
      expect(paid.three_d_secure).toMatchObject({ version: '2.2.0', eci: '05', flow: 'challenge' })
    })
  })

  it('asks elsewhere keeps the page open, which goes on by itself', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.answeredElsewhere)
      const tellNews = await holdNews(page)
      await stage.goToPay(page, order)
      await page.getByText('Please confirm this payment with your bank').waitFor()
      await expectAccessible(page)
      await picture(page, 'answered-elsewhere')
      tellNews()
      await stage.product.advanceClock(5_000)
      expect(await stage.landed(page, order)).toEqual(succeeded)
      expect(await stage.charges(order)).toBe(1)
    })
  })

  it('reports on later than the browser comes back waits a moment, and is charged once', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.reportsAfterwards)
      await stage.goToPay(page, order)
      expect(await stage.landed(page, order)).toEqual(succeeded)
      expect(await stage.charges(order)).toBe(1)
    })
  })

  it.each([
    ['does not believe', issuers.notAuthenticated],
    ['fails in the challenge', issuers.challengeFails],
    ['contradicts, passed by way of the browser and failed by its own', issuers.contradicts],
  ])('%s is sent back as failed, and not charged', async (_how, number) => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(number)
      await stage.goToPay(page, order)
      expect(await stage.landed(page, order)).toEqual(failed)
      expect((await stage.read(order.id)).status).toBe('failed')
      expect(await stage.charges(order)).toBe(0)
    })
  })
})

describe('a shopper who', () => {
  it('does not know the code is sent back as failed after three tries', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      await stage.goToPay(page, order)
      for (const left of ['2', '1']) {
        await confirmWithCode(issuerFrame(page), '000000')
        await issuerFrame(page).getByText(`Tries left: ${left}`).waitFor()
      }
      await confirmWithCode(issuerFrame(page), '000000')
      expect(await stage.landed(page, order)).toEqual(failed)
      expect(await stage.charges(order)).toBe(0)
    })
  })

  it('cancels at the bank is sent back as failed', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      await stage.goToPay(page, order)
      await issuerFrame(page).getByRole('button', { name: 'Cancel', exact: true }).click()
      expect(await stage.landed(page, order)).toEqual(failed)
      expect(await stage.charges(order)).toBe(0)
    })
  })

  it('cancels on our page is sent back as failed, and the bank’s page is of no use any more', async () => {
    await stage.withShopper(async ({ page, newTab }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      const tellNews = await holdNews(page)
      const other = await newTab()
      await other.goto(order.page)
      await issuerFrame(other).locator('#code').waitFor()
      await stage.goToPay(page, order)
      await page.getByRole('button', { name: /^Cancel and return to/ }).click()
      expect(await stage.landed(page, order)).toEqual(failed)
      tellNews()
      await other.waitForURL(`${stage.shop.origin}/landing**`)
      expect((await stage.read(order.id)).status).toBe('failed')
      expect(await stage.charges(order)).toBe(0)
    })
  })

  it('leaves the bank’s page alone is sent back as failed when the bank gives up', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.abandoned)
      await stage.goToPay(page, order)
      await issuerFrame(page).locator('#code').waitFor()
      await stage.product.advanceClock(5_000)
      expect(await stage.landed(page, order)).toEqual(failed)
      expect(await stage.charges(order)).toBe(0)
    })
  })

  it('comes from a shop without a return address reads how it ended', async () => {
    await stage.withShopper(async ({ page }) => {
      const good = await stage.orderByV1(issuers.frictionless, { return_url: undefined })
      await stage.goToPay(page, good)
      await page.getByRole('heading', { name: 'Payment confirmed' }).waitFor()
      await expectAccessible(page)
      await picture(page, 'succeeded-without-return')
      const bad = await stage.orderByV1(issuers.notAuthenticated, { return_url: undefined })
      await stage.goToPay(page, bad)
      await page.getByRole('heading', { name: 'Payment not completed' }).waitFor()
      await expectAccessible(page)
      await picture(page, 'failed-without-return')
    })
  })
})

describe('a payment that its merchant voids during the challenge', () => {
  it('is not charged, although the shopper passes it', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      await holdNews(page)
      await stage.goToPay(page, order)
      await issuerFrame(page).locator('#code').waitFor()
      expect((await stage.api.post(`/v1/payments/${order.id}/void`)).json.status).toBe('canceled')
      await confirmWithCode(issuerFrame(page))
      expect(await stage.landed(page, order)).toEqual(failed)
      expect((await stage.read(order.id)).status).toBe('canceled')
      expect(await stage.charges(order)).toBe(0)
    })
  })
})
