import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issuers } from './issuer-cards.ts'
import { desktop, expectAccessible, picture, smallTelephone, telephone } from './shopper.ts'
import { confirmWithCode, issuerFrame, openStage, type Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

const succeeded = { path: '/landing', status: 'succeeded' }

describe('the issuer’s window', () => {
  it.each([
    ['telephone', telephone, '02', { width: 390, height: 400 }],
    ['small-telephone', smallTelephone, '01', { width: 250, height: 400 }],
    ['laptop', desktop, '04', { width: 600, height: 400 }],
    ['large-screen', { width: 1600, height: 1000 }, '03', { width: 500, height: 600 }],
  ])('on a %s has the size that the issuer was told', async (name, viewport, size, window) => {
    await stage.withShopper(
      async ({ page }) => {
        const order = await stage.orderByV1(issuers.asksForCode)
        await stage.goToPay(page, order)
        await issuerFrame(page).locator('#code').waitFor()
        const frame = page.locator('iframe[name="challenge-frame"]')
        expect(await frame.boundingBox()).toMatchObject(window)
        const creq = await page.locator('#challenge input[name="creq"]').inputValue()
        expect(JSON.parse(Buffer.from(creq, 'base64url').toString()).challengeWindowSize).toBe(size)
        await picture(page, `challenge-${name}`)
        await expectAccessible(page)
        await confirmWithCode(issuerFrame(page))
        expect(await stage.landed(page, order)).toEqual(succeeded)
      },
      { viewport },
    )
  })

  it('is the whole one where no size fits, as on a telephone that lies on its side', async () => {
    await stage.withShopper(
      async ({ page }) => {
        const order = await stage.orderByV1(issuers.asksForCode)
        await stage.goToPay(page, order)
        const button = page.getByRole('button', { name: 'Continue to your bank' })
        await button.waitFor()
        await picture(page, 'whole-window')
        await expectAccessible(page)
        await button.click()
        await confirmWithCode(page)
        expect(await stage.landed(page, order)).toEqual(succeeded)
        expect(await stage.charges(order)).toBe(1)
      },
      { viewport: { width: 568, height: 320 } },
    )
  })

  it('is the whole one for whoever asks for it', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      await stage.goToPay(page, order)
      await issuerFrame(page).locator('#code').waitFor()
      await page.getByRole('button', { name: 'Show your bank’s page in the whole window' }).click()
      await confirmWithCode(page)
      expect(await stage.landed(page, order)).toEqual(succeeded)
    })
  })
})

describe('without scripts', () => {
  it.each([
    ['a known shopper presses one button', issuers.frictionlessAfterHiddenPage, false],
    ['a shopper who is asked presses one per page', issuers.asksForCode, true],
  ])('%s', async (_what, number, asksForCode) => {
    await stage.withShopper(
      async ({ page }) => {
        const order = await stage.orderByV1(number)
        await stage.goToPay(page, order)
        const onward = page.getByRole('button', { name: 'Continue', exact: true })
        await onward.waitFor()
        await picture(page, 'without-scripts')
        await onward.click()
        if (asksForCode) {
          const toBank = page.getByRole('button', { name: 'Continue to your bank' })
          await toBank.waitFor()
          await picture(page, 'without-scripts-challenge')
          await toBank.click()
          await confirmWithCode(page)
          await page.getByRole('button', { name: 'Continue', exact: true }).click()
        }
        expect(await stage.landed(page, order)).toEqual(succeeded)
        expect(await stage.charges(order)).toBe(1)
      },
      { javaScriptEnabled: false, viewport: telephone },
    )
  })
})

describe('cookies', () => {
  it('of the bank’s site are not needed: blocked in its frame, the challenge passes all the same', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      const controls = await page.context().newCDPSession(page)
      await controls.send('Network.enable')
      await controls.send('Network.setCookieControls', { enableThirdPartyCookieRestriction: true })
      stage.bank.cookiesSeen.length = 0
      await stage.goToPay(page, order)
      await confirmWithCode(issuerFrame(page), '000000')
      await issuerFrame(page).locator('#problem').waitFor()
      await confirmWithCode(issuerFrame(page))
      expect(await stage.landed(page, order)).toEqual(succeeded)
      expect(stage.bank.cookiesSeen).toEqual([])
    })
  })

  it('of that site would have come back from a browser that lets them', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      stage.bank.cookiesSeen.length = 0
      await stage.goToPay(page, order)
      await confirmWithCode(issuerFrame(page), '000000')
      await issuerFrame(page).locator('#problem').waitFor()
      expect(stage.bank.cookiesSeen).toContain('bank=1')
    })
  })
})

describe('pages that are left at once', () => {
  it.each([
    ['where the issuer hands the browser back', '/returned', 'Continue'],
    ['that leads back to the shop', '', 'Return to Test merchant'],
  ])('the one %s can be read and used, should it stay', async (_what, path, onward) => {
    const order = await stage.orderByV1(issuers.frictionless)
    await fetch(order.page, { method: 'POST' })
    await stage.until(async () => (await stage.read(order.id)).status === 'completed', 'the payment to complete')
    const answer = await fetch(
      order.page + path,
      path === '' ? {} : { method: 'POST', body: new URLSearchParams({ cres: 'x' }) },
    )
    const text = (await answer.text()).replace(/<script>[\s\S]*?<\/script>|<noscript>[\s\S]*?<\/noscript>/g, '')
    await stage.withShopper(async ({ page }) => {
      await page.setContent(text)
      await page.getByRole('link', { name: onward, exact: true }).waitFor()
      await expectAccessible(page)
      await picture(page, path === '' ? 'back-to-the-shop' : 'handed-back')
    })
  })
})

describe('languages', () => {
  it.each([
    ['en-US', 'en', 'Confirm your payment', '$'],
    ['fr-FR', 'fr', 'Confirmez votre paiement', '$US'],
    ['de-DE', 'de', 'Bestätigen Sie Ihre Zahlung', '$'],
    ['es-ES', 'es', 'Confirme su pago', 'US$'],
    ['ja-JP', 'ja', 'お支払いの確認', '$'],
    ['pl-PL', 'en', 'Confirm your payment', '$'],
  ])('a browser in %s gets a page in %s', async (locale, language, heading, currency) => {
    await stage.withShopper(
      async ({ page }) => {
        const order = await stage.orderByV1(issuers.asksForCode)
        await stage.goToPay(page, order)
        await issuerFrame(page).locator('#code').waitFor()
        expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(heading)
        expect(await page.evaluate('document.documentElement.lang')).toBe(language)
        expect(await page.locator('header dd').first().textContent()).toContain(currency)
        await picture(page, `language-${locale}`)
        await expectAccessible(page)
      },
      { locale, viewport: telephone, colorScheme: language === 'de' ? 'dark' : 'light' },
    )
  })
})
