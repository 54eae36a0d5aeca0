import { fileURLToPath } from 'node:url'
import { threeDSecureTestNumber } from '@tessera/contracts/test-cards'
import { challengedTestName } from '@tessera/contracts/token-challenge'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../harness/api.ts'
import { anOrder } from '../harness/inflow.ts'
import { cardFrame, openFields } from './card-page.ts'
import { type CardStage, openCardStage } from './card-stage.ts'
import { picture } from './shopper.ts'
import { confirmWithCode } from './stage.ts'

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

  it('is told what is wrong with a card before anybody is asked', async () => {
    await stage.withShopper(async ({ page }) => {
      await page.goto(stage.site.page('/direct', '<h1>Pay</h1>'))
      const asked: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      for (const [change, param] of [
        [{ number: '4242 4242 4242 4241' }, 'card.number'],
        [{ number: '4242' }, 'card.number'],
        [{ number: undefined }, 'card.number'],
        [{ exp_year: 2020 }, 'card.exp_year'],
        [{ exp_month: 13 }, 'card.exp_month'],
        [{ exp_year: 34 }, 'card.exp_year'],
        [{ cvc: '12' }, 'card.cvc'],
        [{ number: '378282246310005', cvc: '123' }, 'card.cvc'],
      ] as const) {
        const { error } = await stage.createToken(page, { ...good, ...change })
        expect(error).toMatchObject({ isError: true, code: 'validation_error', type: 'invalid_request_error', param })
      }
      expect(asked).toEqual([])
    })
  })

  it('hears in the same way what the vault says no to', async () => {
    const page = await stage.browser.newPage()
    try {
      await page.goto(stage.site.page('/direct', '<h1>Pay</h1>'))
      // Valid, and not on the test list.
      const { error } = await stage.createToken(page, { ...good, number: '4532 0151 1283 0366' })
      expect(error).toMatchObject({ isError: true, code: 'validation_error', param: 'card.number' })
    } finally {
      await page.close()
    }
  })

  it('does the work that suspicion asks for, once, and gets its token', async () => {
    const page = await stage.browser.newPage()
    try {
      const statuses: number[] = []
      page.on('response', (response) => {
        if (response.url().endsWith('/v1/tokens') && response.request().method() === 'POST')
          statuses.push(response.status())
      })
      await page.goto(stage.site.page('/direct', '<h1>Pay</h1>'))
      const made = await stage.createToken(page, { ...good, cardholder_name: challengedTestName })
      expect(made.token).toMatch(/^tok_/)
      await expect.poll(() => statuses).toEqual([429, 201])
      const frame = await openFields(stage, page)
      await frame.locator('#number').fill('4242424242424242')
      await frame.locator('#expiry').fill('1234')
      await frame.locator('#cvc').fill('123')
      const framed = (await page.evaluate(`fields.createToken({ cardholder_name: '${challengedTestName}' })`)) as Json
      expect(framed.token).toMatch(/^tok_/)
      await expect.poll(() => statuses).toEqual([429, 201, 429, 201])
    } finally {
      await page.close()
    }
  })
})

describe('the script', () => {
  it('answers to the other name at the other address', async () => {
    await stage.withShopper(async ({ page }) => {
      const script = `<script src="${stage.product.credentials.vaultUrl}/v1/zafapay.js"></script>`
      await page.goto(stage.site.page('/other-name', '<h1>Pay</h1>', { script }))
      const made = await page.evaluate(
        `Zafapay(${JSON.stringify(stage.publishableKey)}).createToken(${JSON.stringify(good)})`,
      )
      expect(made).toMatchObject({ card: { last4: '4242' } })
    })
  })

  it('can be pinned: address and hash are told, and the parts that it loads later are pinned by it', async () => {
    const { vaultUrl } = stage.product.credentials
    const told = (await (await fetch(`${vaultUrl}/v1/sdk.json`)).json()) as Json
    const served = await fetch(vaultUrl + told.script.path)
    expect(served.headers.get('cache-control')).toContain('immutable')
    await stage.withShopper(async ({ page }) => {
      const script = `<script src="${vaultUrl}${told.script.path}" integrity="${told.script.integrity}" crossorigin="anonymous"></script>`
      await page.goto(stage.site.page('/pinned', '<h1>Pay</h1><div id="card"></div>', { script }))
      const isReady = await page.evaluate(
        `new Promise((resolve) => Tessera(${JSON.stringify(stage.publishableKey)}).fields().mount('#card').on('ready', () => resolve(true)))`,
      )
      expect(isReady).toBe(true)
    })
  })

  it('refuses a key that must not be in a page, and offers its checks', async () => {
    await stage.withShopper(async ({ page }) => {
      await page.goto(stage.site.page('/direct', '<h1>Pay</h1>'))
      const found = await page.evaluate(`(() => {
        const { check } = Tessera(${JSON.stringify(stage.publishableKey)})
        let refused = null
        try { Tessera('tsk_test_x') } catch (error) { refused = error.name }
        return [refused, check.brand('3782'), check.number('4242424242424241'), check.expiry(1, 2020), check.cvc('123', '3782')]
      })()`)
      expect(found).toEqual(['TypeError', 'amex', 'invalid', 'expired', 'incomplete'])
    })
  })
})

describe('a shop in React', () => {
  it('has the card come, pay and go as often as it likes, and nothing of it stays', async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../sdk/react/testing/shop.ts', import.meta.url))],
      bundle: true,
      write: false,
      // Where React makes everything twice in strict mode.
      define: { 'process.env.NODE_ENV': '"development"' },
    })
    const script = stage.site.script('/shop.js', outputFiles[0]?.text ?? '')
    await stage.withShopper(async ({ page }) => {
      page.setDefaultTimeout(20_000)
      const body = `<div id="shop" data-key="${stage.publishableKey}"></div><script src="${script}"></script>`
      await page.goto(stage.site.page('/react', body))
      const heard = page.locator('#heard')
      const payments: string[] = []
      for (const rounds of [1, 2]) {
        await expect.poll(() => heard.textContent()).toMatch(/ready$/)
        expect(await page.locator('iframe').count()).toBe(1)
        expect(await cardFrame(page).locator('#number').inputValue()).toBe('')
        await cardFrame(page).locator('#number').focus()
        await page.keyboard.type('42424242424242421234123')
        await page.keyboard.press('Enter')
        await page.getByRole('button', { name: 'Pay' }).click()
        await expect.poll(() => heard.textContent()).toMatch(/tok_\w+$/)
        const told = (await heard.textContent())?.split(' ') ?? []
        const once = ['ready', 'submit', expect.stringMatching(/^tok_/)]
        expect(told).toEqual(Array.from({ length: rounds }, () => once).flat())
        const paid = await stage.pay(told.at(-1) ?? '')
        payments.push(paid.json.status)
        await page.getByRole('button', { name: 'Close' }).click()
        expect(await page.locator('iframe, .card').count()).toBe(0)
        await page.getByRole('button', { name: 'Open' }).click()
      }
      expect(payments).toEqual(['completed', 'completed'])
    })
  })

  it('is not told of fields that did not come, once it took them away', async () => {
    await stage.withShopper(async ({ page }) => {
      await page.clock.install()
      await page.route('**/v1/fields/card*', (route) => route.fulfill({ contentType: 'text/html', body: '' }))
      await page.goto(stage.site.page('/direct', '<h1>Pay</h1><div id="card"></div>'))
      const open = `new Promise((resolve) => {
        window.missed = []
        window.fields = Tessera(${JSON.stringify(stage.publishableKey)}).fields()
        fields.on('error', ({ code }) => missed.push(code))
        fields.mount('#card')
        new MutationObserver(() => document.querySelector('iframe')?.addEventListener('load', resolve))
          .observe(document.querySelector('#card'), { childList: true })
      })`
      await page.evaluate(`${open}.then(() => fields.unmount())`)
      await page.clock.fastForward(10_000)
      expect(await page.evaluate('missed')).toEqual([])
      await page.evaluate(`${open}.then(() => 0)`)
      await page.clock.fastForward(10_000)
      expect(await page.evaluate('missed')).toEqual(['frame_unavailable'])
    })
  })
})

describe('a payment that waits for its shopper', () => {
  const order = async (number: string, body: Json = {}) => {
    const { json } = await stage.api.pay({ three_d_secure: 'required', ...body }, { number })
    expect(json.status).toBe('requires_action')
    return json
  }
  const issuer = threeDSecureTestNumber('0172')
  const act = (payment: Json) => `window.result = null
    void Tessera(${JSON.stringify(stage.publishableKey)}).handleAction(${JSON.stringify(payment)}, { mode: 'dialog' })
      .then((result) => { window.result = result })`

  it('is confirmed in a dialog, and the page stays', async () => {
    await stage.withShopper(async ({ page }) => {
      page.setDefaultTimeout(20_000)
      const payment = await order(issuer, { return_url: `${stage.site.origin}/return` })
      await page.goto(stage.site.page('/dialog', '<main><h1>Pay</h1></main>'))
      await page.evaluate(act(payment))
      const bank = page.frameLocator('dialog iframe').frameLocator('iframe[name="challenge-frame"]')
      await bank.locator('#code').waitFor()
      await picture(page, 'sdk-dialog')
      await confirmWithCode(bank)
      await expect.poll(() => page.evaluate('result?.status'), { timeout: 20_000 }).toBe('succeeded')
      expect(await page.evaluate('result')).toMatchObject({
        paymentId: payment.transaction_id,
        signature: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
      expect(await page.locator('dialog').count()).toBe(0)
      expect(new URL(page.url()).pathname).toBe('/dialog')
      expect((await stage.api.get(`/v1/payments/${payment.transaction_id}`)).json.status).toBe('completed')
    })
  })

  it('is given up when the shopper closes the dialog, and then still waits', async () => {
    await stage.withShopper(async ({ page }) => {
      page.setDefaultTimeout(20_000)
      const payment = await order(issuer)
      await page.goto(stage.site.page('/dialog', '<main><h1>Pay</h1></main>'))
      await page.evaluate(act(payment))
      await page.frameLocator('dialog iframe').locator('h1').waitFor()
      await page.getByRole('button', { name: 'Close', exact: true }).click()
      await expect.poll(() => page.evaluate('result?.status')).toBe('canceled')
    })
  })
})

describe('an inflow payment that was created without a card', () => {
  const open = async () => {
    const answer = await stage.inflow.api('POST', '/api/server/payment', anOrder)
    expect(answer.status).toBe(201)
    return answer.json.id as string
  }
  const complete = (id: string, card: string) => `window.ended = null
    void Tessera(${JSON.stringify(stage.product.credentials.inflowPublicKey)}).completePayment(${JSON.stringify(id)}, ${card})
      .then((result) => { window.ended = result.status }, (error) => { window.ended = error })`

  it('is paid by what the fields hold, and confirms by itself', async () => {
    await stage.withShopper(async ({ page }) => {
      const id = await open()
      const frame = await openFields(stage, page, { key: stage.product.credentials.inflowPublicKey })
      await frame.locator('#number').focus()
      await page.keyboard.type('42424242424242421234123')
      await page.evaluate(complete(id, 'fields'))
      await expect.poll(() => page.evaluate('ended'), { timeout: 20_000 }).toBe('succeeded')
      expect(await stage.inflow.read(id)).toMatchObject({ status: 'CHECKOUT_SUCCESS', depositStatus: 'succeeded' })
    })
  })

  it('has its shopper authenticate in a dialog', async () => {
    await stage.withShopper(async ({ page }) => {
      page.setDefaultTimeout(20_000)
      const id = await open()
      await page.goto(stage.site.page('/dialog', '<main><h1>Pay</h1></main>'))
      await page.evaluate(complete(id, JSON.stringify({ ...good, number: '4000000000003220' })))
      await confirmWithCode(page.frameLocator('dialog iframe').frameLocator('iframe[name="challenge-frame"]'))
      await expect.poll(() => page.evaluate('ended'), { timeout: 20_000 }).toBe('succeeded')
      expect(await stage.inflow.read(id)).toMatchObject({ status: 'CHECKOUT_SUCCESS', depositStatus: 'succeeded' })
    })
  })
})
