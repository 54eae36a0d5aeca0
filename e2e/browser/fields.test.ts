import type { Frame, FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CardStage, openCardStage } from './card-stage.ts'
import { expectAccessible, picture, telephone } from './shopper.ts'

let stage: CardStage

beforeAll(async () => {
  stage = await openCardStage()
})
afterAll(() => stage?.close())

const cardFrame = (page: Page): FrameLocator => page.frameLocator('iframe[name$="-card"]')
function frameNamed(page: Page, ending: string): Frame {
  const found = page.frames().find((frame) => frame.name().endsWith(ending))
  if (found === undefined) throw new Error(`no frame ${ending}`)
  return found
}

/** A shop's page with the fields; what they tell is kept in `window.told`. */
async function openFields(page: Page, options: object = {}, o: { lang?: string } = {}): Promise<FrameLocator> {
  const body = '<h1>Pay</h1><main><div id="card"></div><button id="pay">Pay</button></main>'
  await page.goto(stage.site.page('/fields', body, o))
  await page.evaluate(
    `new Promise((resolve, reject) => {
      window.told = []
      window.fields = Tessera(${JSON.stringify(stage.publishableKey)}).fields(${JSON.stringify(options)}).mount('#card')
      for (const name of ['change', 'focus', 'blur', 'submit']) fields.on(name, (event) => told.push([name, event]))
      fields.on('ready', resolve)
      fields.on('error', reject)
    })`,
  )
  return cardFrame(page)
}

const makeToken = (page: Page) =>
  page.evaluate(
    `fields.createToken({ cardholder_name: 'Ada' }).catch(({ code, param, message }) => ({ error: { code, param, message } }))`,
  ) as Promise<{
    token: string
    card: { brand: string; last4: string }
    error?: { code: string; param: string; message: string }
  }>

const lastChange = (page: Page) => page.evaluate(`told.findLast(([name]) => name === 'change')?.[1]`)

describe('card fields', () => {
  it('take a card by the keyboard alone, make a token, and the shop is paid', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(page)
      await frame.locator('#number').focus()
      await page.keyboard.type('4242424242424242')
      await page.keyboard.type('1234')
      await page.keyboard.type('123')
      expect(await frame.locator('#number').inputValue()).toBe('4242 4242 4242 4242')
      expect(await frame.locator('#expiry').inputValue()).toBe('12 / 34')
      expect(await frame.locator('#cvc').inputValue()).toBe('123')
      expect(await lastChange(page)).toEqual({ complete: true, empty: false, brand: 'visa', faults: {} })
      await picture(page, 'fields-filled')
      const made = await makeToken(page)
      expect(made.card).toMatchObject({ brand: 'visa', last4: '4242' })
      const paid = await stage.pay(made.token)
      expect([paid.status, paid.json.status]).toEqual([201, 'completed'])
    })
  })
})
