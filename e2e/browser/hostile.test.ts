import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issuers } from './issuer-cards.ts'
import { expectAccessible, picture } from './shopper.ts'
import { confirmWithCode, issuerFrame, type Order, openStage, type Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

const form = (fields: Record<string, string>): RequestInit => ({
  method: 'POST',
  redirect: 'manual',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Still waits for its shopper, and nothing was sent. */
async function expectUntouched(order: Order): Promise<void> {
  expect((await stage.read(order.id)).status).toBe('requires_action')
  expect(await stage.charges(order)).toBe(0)
}

/** Brings a payment to its challenge, as a browser does. */
async function atChallenge(): Promise<Order & { creq: Record<string, string> }> {
  const order = await stage.orderByV1(issuers.asksForCode)
  await fetch(order.page, form({}))
  const page = await (await fetch(order.page)).text()
  const [, creq = ''] = /name="creq" value="([^"]+)"/.exec(page) ?? []
  return { ...order, creq: JSON.parse(Buffer.from(creq, 'base64url').toString()) }
}

describe('an address that is nobody’s', () => {
  it.each([
    ['a session that never was', '/authenticate/01jd0000000000000000000000'],
    ['half a session', '/authenticate/01jd00'],
    ['a path out of it', '/authenticate/..%2f..%2fv1%2fpayments'],
    ['markup', '/authenticate/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
  ])('%s shows a page that a person can read', async (_what, path) => {
    const shopper = await stage.openShopper()
    const answer = await shopper.page.goto(stage.gatewayUrl + path)
    expect(answer?.status()).toBe(404)
    await shopper.page.getByRole('heading', { name: 'This page does not exist' }).waitFor()
    await expectAccessible(shopper.page)
    await picture(shopper.page, 'unknown-session')
    await shopper.leave()
  })

  it('is refused alike whoever posts there, and another payment’s session is not touched', async () => {
    const order = await stage.orderByV1(issuers.asksForCode)
    const foreign = order.page.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    for (const suffix of ['', '/cancel', '/method', '/returned']) {
      const answer = await fetch(foreign + suffix, form({ cres: encode({}), threeDSMethodData: encode({}) }))
      expect([suffix, answer.status]).toEqual([suffix, 404])
    }
    await expectUntouched(order)
  })
})

describe('nobody is sent anywhere but to the shop', () => {
  const elsewhere = 'https://elsewhere.example/'

  it('whatever the address and the form say', async () => {
    const order = await atChallenge()
    const names = ['return_url', 'returnUrl', 'redirect', 'redirect_to', 'url', 'next', 'to']
    const hints = new URLSearchParams(names.map((name): [string, string] => [name, elsewhere]))
    const answers = [
      await fetch(`${order.page}?${hints}`, { redirect: 'manual' }),
      await fetch(
        `${order.page}/returned?${hints}`,
        form({ cres: encode({ redirect: elsewhere }), ...Object.fromEntries(hints) }),
      ),
      await fetch(`${order.page}/elsewhere.example`, { redirect: 'manual' }),
      await fetch(`${stage.gatewayUrl}/authenticate//elsewhere.example`, { redirect: 'manual' }),
      await fetch(`${stage.gatewayUrl}/authenticate/%2f%2felsewhere.example`, { redirect: 'manual' }),
      await fetch(`${stage.gatewayUrl}/authenticate/%5celsewhere.example/cancel`, { redirect: 'manual' }),
      await fetch(`${order.page}?${hints}`, {
        redirect: 'manual',
        headers: { 'x-forwarded-host': 'elsewhere.example' },
      }),
      await fetch(`${order.page}/cancel?${hints}`, form(Object.fromEntries(hints))),
      await fetch(`${order.page}?${hints}`, { redirect: 'manual' }),
    ]
    for (const answer of answers) {
      const location = answer.headers.get('location')
      if (location !== null) expect(new URL(location, stage.gatewayUrl).origin).toBe(stage.gatewayUrl)
      expect(location ?? '').not.toMatch(/^(\/[/\\]|https?:)/)
      expect(await answer.text()).not.toContain('elsewhere')
    }
  })

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '//elsewhere.example/',
    'http://elsewhere.example/',
    'https://shop.example@elsewhere.example/',
    'https://elsewhere.example/#',
  ])('a payment that would return to %s cannot be made', async (return_url) => {
    const answer = await stage.api.pay({ return_url }, { number: issuers.asksForCode })
    expect([answer.status, answer.json.error.param]).toEqual([400, 'return_url'])
  })
})

describe('another site’s page', () => {
  it('cannot cancel or send the shopper’s forms for them, and they find the way back', async () => {
    const order = await stage.orderByV1(issuers.asksForCode)
    const shopper = await stage.openShopper()
    for (const suffix of ['', '/cancel']) {
      await shopper.page.goto(`${stage.shop.origin}/basket`)
      await shopper.page.evaluate(
        `document.body.innerHTML = '<form method="post" action="${order.page}${suffix}"></form>'; document.forms[0].submit()`,
      )
      await shopper.page.getByRole('heading', { name: 'This did not work' }).waitFor()
      await expectAccessible(shopper.page)
      await expectUntouched(order)
    }
    await picture(shopper.page, 'forged-form')
    const back = shopper.page.getByRole('link', { name: /^Return to/ })
    expect(await back.getAttribute('href')).toBe(stage.shop.landingUrl(order.order))
    await shopper.page.getByRole('link', { name: 'Back to your payment' }).click()
    await confirmWithCode(issuerFrame(shopper.page))
    expect((await stage.landed(shopper.page, order)).status).toBe('succeeded')
    await shopper.leave()
  })

  it('cannot show the shopper’s page inside its own', async () => {
    const order = await stage.orderByV1(issuers.asksForCode)
    const shopper = await stage.openShopper()
    // In test mode pages of the developer's own machine may, by the two names that it usually has; this is another one.
    const stranger = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><iframe src="${order.page}"></iframe>`)
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.2', resolve))
    await shopper.page.goto(`http://127.0.0.2:${(stranger.address() as AddressInfo).port}`)
    await stage.until(
      async () => (await shopper.complaints()).some((complaint) => complaint.includes('frame-ancestors')),
      'the browser to refuse the frame',
    )
    await shopper.leave()
    stranger.closeAllConnections()
    await new Promise((resolve) => stranger.close(resolve))
    await expectUntouched(order)
  })
})

describe('what an issuer would say, said by somebody else', () => {
  it('a forged success in the browser’s hands charges nothing, and the issuer’s own word still counts', async () => {
    await stage.withShopper(async ({ page }) => {
      const order = await stage.orderByV1(issuers.asksForCode)
      await stage.goToPay(page, order)
      const creq = await page.locator('#challenge input[name="creq"]').inputValue()
      await issuerFrame(page).locator('#code').waitFor()
      await page.getByRole('button', { name: 'Show your bank’s page in the whole window' }).click()
      const asked = JSON.parse(Buffer.from(creq, 'base64url').toString())
      const forged = { ...asked, messageType: 'CRes', challengeWindowSize: undefined, transStatus: 'Y' }
      const before = await (await fetch(`${order.page}/state`)).text()
      for (const cres of [encode({ ...forged, acsTransID: asked.threeDSServerTransID }), 'Y', '', creq]) {
        const answer = await fetch(`${order.page}/returned`, form({ cres }))
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
        expect(await (await fetch(`${order.page}/state`)).text()).toBe(before)
      }
      await fetch(`${order.page}/returned`, form({ cres: encode(forged) }))
      await expectUntouched(order)
      await confirmWithCode(page)
      expect((await stage.landed(page, order)).status).toBe('succeeded')
      expect(await stage.charges(order)).toBe(1)
    })
  })

  it('a success of another payment does not count for this one', async () => {
    const [passed, other] = [await atChallenge(), await atChallenge()]
    const { creq } = passed
    const cres = encode({ ...creq, messageType: 'CRes', challengeWindowSize: undefined, transStatus: 'Y' })
    await fetch(`${other.page}/returned`, form({ cres }))
    await expectUntouched(other)
    await expectUntouched(passed)
  })

  it('the hidden page’s call for another transaction changes nothing', async () => {
    const order = await stage.orderByV1(issuers.hiddenPageNeverCallsBack)
    const before = await (await fetch(`${order.page}/state`)).text()
    for (const threeDSMethodData of [
      encode({ threeDSServerTransID: '8a880dc0-d2d2-4067-bcb1-b08d1690b26e' }),
      '!',
      '',
    ]) {
      const answer = await fetch(`${order.page}/method`, form({ threeDSMethodData }))
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain(stage.shop.landingUrl(order.order).replaceAll('&', '&amp;'))
    }
    expect(await (await fetch(`${order.page}/state`)).text()).toBe(before)
  })

  it('a results request of nobody’s transaction is an error, and charges nothing', async () => {
    const order = await atChallenge()
    const answer = await fetch(`${stage.gatewayUrl}/3ds/results`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({
        messageType: 'RReq',
        messageVersion: '2.2.0',
        messageCategory: '01',
        threeDSServerTransID: order.creq.threeDSServerTransID,
        acsTransID: '8a880dc0-d2d2-4067-bcb1-b08d1690b26e',
        dsTransID: '8a880dc0-d2d2-4067-bcb1-b08d1690b26e',
        authenticationType: '02',
        interactionCounter: '01',
        transStatus: 'Y',
        eci: '05',
        authenticationValue: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      }),
    })
    expect(await answer.json()).toMatchObject({ messageType: 'Erro', errorCode: '301' })
    await expectUntouched(order)
  })
})

describe('what does not belong into a form', () => {
  it.each([
    ['a card number', { note: '4242 4242 4242 4242' }, 400],
    ['more than a form holds', { note: 'x'.repeat(100_000) }, 413],
  ])('%s gets a page with the way back to the payment', async (_what, fields, status) => {
    const order = await stage.orderByV1(issuers.asksForCode)
    const answer = await fetch(order.page, form(fields))
    expect(answer.status).toBe(status)
    expect(await answer.text()).toContain(`href="${new URL(order.page).pathname}"`)
    await expectUntouched(order)
  })

  it('bytes that are no text, and types that are no form, are read as an empty one', async () => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain', 'nonsense']) {
      const order = await stage.orderByV1(issuers.asksForCode)
      const body = Buffer.from([0xff, 0xfe, 0x00, 0x26, 0x3d])
      const answer = await fetch(order.page, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': type },
        body,
      })
      expect([type, answer.status]).toEqual([type, 303])
      await expectUntouched(order)
    }
  })
})
