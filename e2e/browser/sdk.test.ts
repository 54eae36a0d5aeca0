import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CardStage, openCardStage } from './card-stage.ts'

let stage: CardStage

beforeAll(async () => {
  stage = await openCardStage()
})
afterAll(() => stage?.close())

const good = { number: '4242 4242 4242 4242', exp_month: 12, exp_year: 2034, cvc: '123', cardholder_name: 'Ada' }

describe('a page that reads the card itself', () => {
  it('gets a token of it, and the shop’s server pays with that', async () => {
    await stage.withShopper(async ({ page }) => {
      await page.goto(stage.site.page('/direct', '<h1>Pay</h1>'))
      const made = await stage.createToken(page, good)
      expect(made).toMatchObject({
        card: { brand: 'visa', last4: '4242', bin: '424242', exp_month: 12, exp_year: 2034 },
      })
      const paid = await stage.pay(made.token)
      expect([paid.status, paid.json.status]).toEqual([201, 'completed'])
    })
  })
})
