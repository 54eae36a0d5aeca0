import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issuers } from './issuer-cards.ts'
import { confirmWithCode, issuerFrame, type Order, openStage, type Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.authenticateAlways()
})
afterAll(() => stage?.close())

const success = { path: '/landing/success', status: undefined }
const failure = { path: '/landing/failure', status: undefined }
/** However an authentication came to nothing, the contract has one word for it. */
const failed = {
  status: 'PAYMENT_FAILED',
  depositStatus: 'failed',
  threeDsSessionUrl: null,
  lastDepositAttempt: { status: 'failed', error: 'authentication_required' },
}

/** What the contract asks of the merchant once the shopper is back from 3-D Secure: nothing is charged before. */
async function confirm(order: Order): Promise<void> {
  expect(await stage.charges(order)).toBe(0)
  expect((await stage.read(order.id)).depositStatus).toBe('requires_confirmation')
  expect((await stage.inflow.confirm(order.id)).json).toMatchObject({
    status: 'CHECKOUT_SUCCESS',
    depositStatus: 'succeeded',
  })
  expect(await stage.charges(order)).toBe(1)
}

describe('a one-call payment', () => {
  it.each([
    ['waits for its shopper, whose issuer asks nothing', issuers.frictionlessAfterHiddenPage, false],
    ['waits for its shopper, who passes the challenge', issuers.asksForCodeAfterHiddenPage, true],
  ])('%s, and then for its merchant', async (_what, number, asksForCode) => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByInflow(number)
      expect((await stage.read(order.id)).status).toBe('CHECKOUT_PENDING')
      await stage.goToPay(page, order)
      if (asksForCode) await confirmWithCode(issuerFrame(page))
      expect(await stage.landed(page, order)).toEqual(success)
      await confirm(order)
    })
  })

  it.each([
    ['fails', issuers.challengeFails],
    ['is not begun, since the issuer does not believe', issuers.notAuthenticated],
  ])('whose challenge %s leads to the address of failure', async (_how, number) => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByInflow(number)
      await stage.goToPay(page, order)
      expect(await stage.landed(page, order)).toEqual(failure)
      expect(await stage.read(order.id)).toMatchObject(failed)
      expect(await stage.charges(order)).toBe(0)
    })
  })

  it('that is canceled, at the bank or on our page, leads to the address of failure', async () => {
    await stage.withShopper(async ({ page }) => {
      const atBank = await stage.orderByInflow(issuers.asksForCode)
      await stage.goToPay(page, atBank)
      await issuerFrame(page).getByRole('button', { name: 'Cancel', exact: true }).click()
      expect(await stage.landed(page, atBank)).toEqual(failure)
      const onOurPage = await stage.orderByInflow(issuers.asksForCode)
      await stage.goToPay(page, onOurPage)
      await page.getByRole('button', { name: /^Cancel and return to/ }).click()
      expect(await stage.landed(page, onOurPage)).toEqual(failure)
      for (const order of [atBank, onOurPage]) {
        expect(await stage.read(order.id)).toMatchObject(failed)
        expect(await stage.charges(order)).toBe(0)
      }
    })
  })

  it('that is abandoned ends when the bank gives up', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByInflow(issuers.abandoned)
      await stage.goToPay(page, order)
      await issuerFrame(page).locator('#code').waitFor()
      await stage.product.advanceClock(5_000)
      expect(await stage.landed(page, order)).toEqual(failure)
      expect(await stage.read(order.id)).toMatchObject(failed)
    })
  })

  it('goes on after a reload, and with scripts off', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByInflow(issuers.asksForCode)
      await stage.goToPay(page, order)
      await issuerFrame(page).locator('#code').waitFor()
      await page.reload()
      await confirmWithCode(issuerFrame(page))
      expect(await stage.landed(page, order)).toEqual(success)
      await confirm(order)
    })
    await stage.withShopper(
      async ({ page }) => {
        const order = await stage.orderByInflow(issuers.asksForCode)
        await stage.goToPay(page, order)
        await page.getByRole('button', { name: 'Continue', exact: true }).click()
        await page.getByRole('button', { name: 'Continue to your bank' }).click()
        await confirmWithCode(page)
        await page.getByRole('button', { name: 'Continue', exact: true }).click()
        expect(await stage.landed(page, order)).toEqual(success)
        await confirm(order)
      },
      { javaScriptEnabled: false },
    )
  })
})
