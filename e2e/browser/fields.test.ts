import { testCards } from '@tessera/contracts/test-cards'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operate } from '../harness/operator.ts'
import { until } from '../harness/until.ts'
import { expectFrameAccessible, frameNamed, lastChange, makeToken, openFields } from './card-page.ts'
import { type CardStage, openCardStage } from './card-stage.ts'
import { picture, telephone } from './shopper.ts'

let stage: CardStage

beforeAll(async () => {
  stage = await openCardStage()
})
afterAll(() => stage?.close())

describe('card fields', () => {
  it('take a card by the keyboard alone, make a token, and the shop is paid', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      await frame.locator('#number').focus()
      await page.keyboard.type('42424242424242421234123')
      expect(await frame.locator('#number').inputValue()).toBe('4242 4242 4242 4242')
      expect(await frame.locator('#expiry').inputValue()).toBe('12 / 34')
      expect(await frame.locator('#cvc').inputValue()).toBe('123')
      await expect.poll(() => lastChange(page)).toEqual({ complete: true, empty: false, brand: 'visa', faults: {} })
      await picture(page, 'fields-filled')
      await expectFrameAccessible(frameNamed(page, 'card'))
      await page.keyboard.press('Enter')
      await expect.poll(() => page.evaluate(`told.at(-1)[0]`)).toBe('submit')
      const made = await makeToken(page)
      expect(made.card).toMatchObject({ brand: 'visa', last4: '4242' })
      const paid = await stage.pay(made.token)
      expect([paid.status, paid.json.status]).toEqual([201, 'completed'])
    })
  })

  it('keep the caret where the shopper corrects something', async () => {
    await stage.withShopper(async ({ page }) => {
      const number = (await openFields(stage, page)).locator('#number')
      const caret = () => number.evaluate((input: { selectionStart: number }) => input.selectionStart)
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      await number.focus()
      await page.keyboard.type('4242424')
      await press('ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'Backspace')
      // The caret stood behind the gap: the digit before it is gone.
      expect([await number.inputValue(), await caret()]).toEqual(['4244 24', 3])
      await page.keyboard.type('9')
      expect([await number.inputValue(), await caret()]).toEqual(['4249 424', 4])
      await press('Delete')
      expect([await number.inputValue(), await caret()]).toEqual(['4249 24', 4])
      await press('Control+a', 'Backspace')
      expect(await number.inputValue()).toBe('')
    })
  })

  it('take what is pasted or dictated with gaps, dashes and digits of other scripts', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      const paste = async (field: string, text: string) => {
        await frame.locator(field).focus()
        await page.keyboard.insertText(text)
        return frame.locator(field).inputValue()
      }
      expect(await paste('#number', ' 5555-5555-5555-4444 ')).toBe('5555 5555 5555 4444')
      expect(await paste('#expiry', '١٢/٢٠٣٤')).toBe('12 / 34')
      expect(await paste('#cvc', '7 3 7')).toBe('737')
      expect((await makeToken(page)).card.brand).toBe('mastercard')
    })
  })

  it('are what browsers fill in: one form, with the names and tokens that they look for', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      const tokens = await frame
        .locator('form input')
        .evaluateAll((inputs: { autocomplete: string }[]) => inputs.map((input) => input.autocomplete))
      expect(tokens).toEqual(['cc-number', 'cc-exp', 'cc-csc'])
      // As a browser does it: values from outside, an event for each, the focus where it was.
      await frameNamed(page, 'card').evaluate(`{
        const form = document.forms[0]
        for (const [id, value] of [['number', '378282246310005'], ['expiry', '12/2034'], ['cvc', '7373']]) {
          form.querySelector('#' + id).value = value
          form.querySelector('#' + id).dispatchEvent(new Event('input', { bubbles: true }))
        }
      }`)
      expect(await frame.locator('#number').inputValue()).toBe('3782 822463 10005')
      await expect.poll(() => lastChange(page)).toMatchObject({ complete: true, brand: 'amex' })
      expect((await makeToken(page)).card).toMatchObject({ brand: 'amex', last4: '0005' })
    })
  })

  it('know every brand, and how long its security code is', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      for (const { number, brand } of testCards.slice(0, 19)) {
        await frame.locator('#number').fill(number)
        await frame.locator('#cvc').fill('12345')
        await expect.poll(() => frame.locator('#brand').textContent()).toBe(brand)
        expect((await frame.locator('#cvc').inputValue()).length).toBe(brand === 'amex' ? 4 : 3)
        await frame.locator('#expiry').fill('12 / 34')
        await expect.poll(() => lastChange(page)).toEqual({ complete: true, empty: false, brand, faults: {} })
        await page.evaluate('fields.clear()')
        await expect.poll(() => frame.locator('#number').inputValue()).toBe('')
      }
    })
  })
})

describe('a shopper who mistypes', () => {
  it.each([
    ['a number with a wrong digit', '4242 4242 4242 4241', '12/34', '123', 'card.number', 'Check the card number.'],
    ['a number that ends too soon', '4242 4242', '12/34', '123', 'card.number', 'The card number is not complete.'],
    ['a card that has expired', '4242 4242 4242 4242', '12/20', '123', 'card.exp_month', 'This card has expired.'],
    [
      'a month that there is not',
      '4242 4242 4242 4242',
      '1/',
      '123',
      'card.exp_month',
      'The expiry date is not complete.',
    ],
    ['a short security code', '4242 4242 4242 4242', '12/34', '12', 'card.cvc', 'The security code is not complete.'],
    ['nothing', '', '', '', 'card.number', 'Enter the card number.'],
  ])('of %s is told so beside the field, and by screen readers', async (_what, number, expiry, cvc, param, message) => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      for (const [field, value] of [
        ['#number', number],
        ['#expiry', expiry],
        ['#cvc', cvc],
      ] as const) {
        await frame.locator(field).fill(value)
      }
      expect((await makeToken(page)).error).toEqual({ code: 'validation_error', param, message })
      const faulty = param === 'card.number' ? '#number' : param === 'card.cvc' ? '#cvc' : '#expiry'
      expect(await frame.getByRole('alert').textContent()).toBe(message)
      expect(await frame.locator(faulty).getAttribute('aria-invalid')).toBe('true')
      expect(await frame.locator(faulty).getAttribute('aria-describedby')).toBe('fault')
      expect(await frame.locator(':focus').getAttribute('id')).toBe(faulty.slice(1))
      await expectFrameAccessible(frameNamed(page, 'card'))
      if (number.endsWith('41')) await picture(page, 'fields-wrong-number')
    })
  })

  it('is not told that something is wrong while it still can become right', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      await frame.locator('#number').focus()
      for (const digit of '424242424242424') {
        await page.keyboard.type(digit)
        expect(await frame.locator('#fault').textContent()).toBe('')
      }
      await page.keyboard.type('1')
      expect(await frame.locator('#fault').textContent()).toBe('Check the card number.')
      await page.keyboard.press('Backspace')
      await page.keyboard.type('2')
      expect(await frame.locator('#fault').textContent()).toBe('')
      expect(await frame.locator(':focus').getAttribute('id')).toBe('expiry')
    })
  })
})

describe('a frame for each field', () => {
  it('makes one form of the three: on to the next by itself, and a code as long as the brand’s', async () => {
    await stage.withShopper(
      async ({ page }) => {
        const places = "{ number: '#number', expiry: '#expiry', cvc: '#cvc' }"
        await openFields(stage, page, { options: { layout: 'split' }, places })
        const inputOf = (field: string, state = '') =>
          page.frameLocator(`iframe[name$="-${field}"]`).locator(`input${state}`)
        await inputOf('number').focus()
        for (const [field, typed, shown] of [
          ['number', '378282246310005', '3782 822463 10005'],
          ['expiry', '1234', '12 / 34'],
          ['cvc', '7373', '7373'],
        ] as const) {
          // The browser takes a moment to give the keys to another frame, as no typist is too fast for.
          await inputOf(field, ':focus').waitFor()
          await page.keyboard.type(typed)
          await expect.poll(() => inputOf(field).inputValue()).toBe(shown)
        }
        await expect.poll(() => lastChange(page)).toEqual({ complete: true, empty: false, brand: 'amex', faults: {} })
        await picture(page, 'fields-split')
        for (const field of ['number', 'expiry', 'cvc']) await expectFrameAccessible(frameNamed(page, field))
        expect((await makeToken(page)).card).toMatchObject({ brand: 'amex', last4: '0005' })
      },
      { viewport: telephone },
    )
  })
})

describe('languages', () => {
  it.each(['en', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'pl', 'ja', 'ar'])('the fields speak %s', async (lang) => {
    await stage.withShopper(
      async ({ page }) => {
        const frame = await openFields(stage, page, { lang, options: { appearance: { theme: 'light' } } })
        expect(await frame.locator('html').getAttribute('lang')).toBe(lang)
        expect(await frame.locator('html').getAttribute('dir')).toBe(lang === 'ar' ? 'rtl' : 'ltr')
        await frame.locator('#number').fill('4242 4242 4242 4241')
        await frame.locator('#expiry').focus()
        expect(await frame.getByRole('alert').textContent()).not.toBe('')
        await picture(page, `fields-${lang}`)
        await expectFrameAccessible(frameNamed(page, 'card'))
      },
      { viewport: telephone },
    )
  })

  it('change under what was typed', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      await frame.locator('#number').fill('4242 4242')
      await page.evaluate(`fields.update({ locale: 'ar', appearance: { theme: 'dark' } })`)
      await frame.locator('html[dir=rtl]').waitFor()
      expect(await frame.locator('label[for=number]').textContent()).toBe('رقم البطاقة')
      expect(await frame.locator('#number').inputValue()).toBe('4242 4242')
      // The frame is transparent, so that it takes the colour of the page around it, which axe cannot see from inside.
      const darken = `Object.assign(document.documentElement.style, { color: '#f3f4f6', background: '#111318' })`
      await page.evaluate(darken)
      await picture(page, 'fields-dark')
      await frameNamed(page, 'card').evaluate(darken)
      await expectFrameAccessible(frameNamed(page, 'card'))
    })
  })
})

describe('looks', () => {
  it('are what the page chose, as far as that loads nothing', async () => {
    await stage.withShopper(async ({ page }) => {
      const variables = {
        colorText: 'rgb(0, 0, 128)',
        borderRadius: '0px',
        colorBackground: 'url(https://evil.example/x)',
      }
      const frame = await openFields(stage, page, { options: { appearance: { variables }, labels: false } })
      const styled = (property: string) => frameNamed(page, 'card').evaluate(`getComputedStyle(number).${property}`)
      await expect.poll(() => styled('color')).toBe('rgb(0, 0, 128)')
      const box = await frameNamed(page, 'card').evaluate('getComputedStyle(number.parentElement).backgroundColor')
      expect(box).toBe('rgb(255, 255, 255)')
      // Out of sight, and still said.
      expect(await frame.getByLabel('Card number').getAttribute('id')).toBe('number')
      await picture(page, 'fields-without-labels')
    })
  })

  it('are as high as what is in the frame', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      const height = async () => (await page.locator('iframe').boundingBox())?.height ?? 0
      await expect.poll(height).toBeGreaterThan(100)
      const before = await height()
      await frame.locator('#number').fill('4242 4242 4242 4241')
      await expect.poll(height).toBeGreaterThan(before)
    })
  })
})

describe('the merchant’s page', () => {
  it('cannot reach what is typed, however it tries', async () => {
    await stage.withShopper(async ({ page }) => {
      const frame = await openFields(stage, page)
      await frame.locator('#number').fill('4242 4242 4242 4242')
      await frame.locator('#expiry').fill('12 / 34')
      await frame.locator('#cvc').fill('917')
      const found = (await page.evaluate(`(async () => {
        const frame = document.querySelector('iframe')
        const tries = {
          contentDocument: () => frame.contentDocument,
          document: () => frame.contentWindow.document.body.innerHTML,
          frames: () => frames[0].document.body.innerHTML,
          input: () => frame.contentWindow.number.value,
          name: () => frame.contentWindow.location.href,
        }
        const reached = Object.entries(tries).map(([name, attempt]) => {
          try { return [name, attempt()] } catch (error) { return [name, error.name] }
        })
        // A second port, and every order that the frame knows.
        const { port1, port2 } = new MessageChannel()
        const answers = []
        port1.onmessage = ({ data }) => answers.push(data)
        frame.contentWindow.postMessage('tessera: connect', '*', [port2])
        for (const order of [{ do: 'token', id: 1 }, { do: 'read' }, { do: 'update', locale: 'fr' }]) port1.postMessage(order)
        await fields.createToken()
        await new Promise((resolve) => setTimeout(resolve, 300))
        const said = JSON.stringify([told, heard, document.documentElement.outerHTML])
        // All that a page could learn, on its way to the shop's server: the shopper's browser complains of a card number in it.
        await fetch(location.href, { method: 'POST', body: said })
        return { reached, answers, said }
      })()`)) as { reached: [string, unknown][]; answers: unknown[]; said: string }
      expect(Object.fromEntries(found.reached)).toEqual({
        contentDocument: null,
        document: 'SecurityError',
        frames: 'SecurityError',
        input: 'SecurityError',
        name: 'SecurityError',
      })
      expect(found.answers).toEqual([])
      for (const secret of ['4242424242424242', '4242 4242 4242 4242', '12 / 34']) {
        expect(found.said).not.toContain(secret)
      }
      // As a word: a port or a key may happen to hold three digits.
      expect(found.said).not.toMatch(/\b917\b/)
    })
  })

  it('cannot load the frame’s script into itself to any avail, nor hold the frame in a page of another site', async () => {
    const { vaultUrl } = stage.product.credentials
    const page = await fetch(`${vaultUrl}/v1/fields/card?key=${stage.publishableKey}`)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/frame-ancestors http:\/\/127\.0\.0\.1:\d+ http:\/\/localhost:\* /)
    const unknown = await fetch(`${vaultUrl}/v1/fields/card?key=pk_test_unknown`)
    expect(unknown.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })
})

describe('a merchant who registered sites', () => {
  const register = async (origin: string) => {
    const { merchantId, vaultUrl } = stage.product.credentials
    await operate(stage.product, 'merchants', 'set', merchantId, '--origin', origin)
    const isKnown = async () => {
      const page = await fetch(`${vaultUrl}/v1/fields/card?key=${stage.publishableKey}`)
      return page.headers.get('content-security-policy')?.endsWith(` ${origin}`) ?? false
    }
    await until(isKnown, { withinMs: 20_000, what: 'the vault to know the site', everyMs: 200 })
  }

  it('has the fields on those alone; elsewhere the page is told why they do not come', async () => {
    await register('https://shop.example')
    const page = await stage.browser.newPage()
    await openFields(stage, page)
    expect(await page.evaluate('told')).toEqual([['error', 'frame_unavailable']])
    await page.close()
    await register(stage.site.origin)
    await stage.withShopper(async ({ page: own }) => {
      const frame = await openFields(stage, own)
      await frame.locator('#number').focus()
      await own.keyboard.type('42424242424242421234123')
      expect((await makeToken(own)).card.last4).toBe('4242')
    })
  })
})
