import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { encodeJson, readMethodData } from '@tessera/contracts/three-ds/encoding'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningSandbox, runSandbox, send } from '../testing/running-sandbox.ts'
import {
  beginChallenge,
  creqFor,
  formOf,
  type Requestor,
  sendForm,
  startRequestor,
} from '../testing/three-ds-requestor.ts'

let sandbox: RunningSandbox
let requestor: Requestor
beforeEach(async () => {
  sandbox = await runSandbox()
  requestor = await startRequestor(sandbox)
})
afterEach(async () => {
  await requestor.stop()
  await sandbox.stop()
})

const threeDSServerTransID = '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01'
const methodData = (more: object = {}) =>
  encodeJson({ threeDSServerTransID, threeDSMethodNotificationURL: `${requestor.url}/method-done`, ...more })

/** The policy that a POST of this form is answered with. */
function policyOf(url: string, fields: Record<string, string>): Promise<Record<string, string>> {
  const body = new URLSearchParams(fields).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers }, (response) => {
      response.resume()
      const policy = String(response.headers['content-security-policy'])
      resolve(
        Object.fromEntries(policy.split('; ').map((part) => [part.split(' ')[0], part])) as Record<string, string>,
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

const hashOf = (text: string | undefined): string =>
  `'sha256-${createHash('sha256')
    .update(text ?? '')
    .digest('base64')}'`

describe('the 3DS Method', () => {
  test('calls back with the id of the transaction', async () => {
    const page = await sendForm(`${sandbox.url}/acs/method`, { threeDSMethodData: methodData() })
    const { action, fields } = formOf(page)
    expect(action).toBe(`${requestor.url}/method-done`)
    expect(readMethodData(fields.threeDSMethodData ?? '')).toEqual({ threeDSServerTransID })
    expect(page.body).toContain('<script>document.forms[0].submit()</script>')
  })

  test('takes padded data too', async () => {
    const padded = `${methodData({ more: 1 })}`
    const page = await sendForm(`${sandbox.url}/acs/method`, {
      threeDSMethodData: padded.padEnd(Math.ceil(padded.length / 4) * 4, '='),
    })
    expect(page.status).toBe(200)
  })

  test('that never calls back has neither form nor script', async () => {
    const page = await sendForm(`${sandbox.url}/acs/method/silent`, { threeDSMethodData: methodData() })
    expect(page.status).toBe(200)
    expect(page.body).not.toMatch(/<form|<script/)
  })

  test.each([
    ['nothing', ''],
    ['garbage', '%%%'],
    ['no URL', encodeJson({ threeDSServerTransID })],
    ['a script for a URL', encodeJson({ threeDSServerTransID, threeDSMethodNotificationURL: 'javascript:alert(1)' })],
  ])('with %s for data is refused', async (_, data) => {
    expect((await sendForm(`${sandbox.url}/acs/method`, { threeDSMethodData: data })).status).toBe(400)
  })
})

describe('the pages', () => {
  test('escape what the shop says of itself', async () => {
    const page = await beginChallenge(await requestor.authenticate('0172'))
    expect(page.body).toContain('<dd>Corner &lt;Shop&gt;</dd>')
    expect(page.body).not.toContain('<Shop>')
  })

  test.each([
    ['1762', '840', '2', 'USD 17.62'],
    ['5', '978', '2', 'EUR 0.05'],
    ['1000', '392', '0', 'JPY 1000'],
    ['1234', '414', '3', 'KWD 1.234'],
  ])('show %s of %s as an amount', async (purchaseAmount, purchaseCurrency, purchaseExponent, shown) => {
    const amount = { purchaseAmount, purchaseCurrency, purchaseExponent }
    const page = await beginChallenge(await requestor.authenticate('0172', amount))
    expect(page.body).toContain(`<dd>${shown}</dd>`)
  })

  test('allow no script but the one line that submits, and no style but their own', async () => {
    const ask = await requestor.authenticate('0172')
    const page = await beginChallenge(ask)
    const policy = await policyOf(ask.acsURL ?? '', { creq: creqFor(ask) })
    expect(policy['default-src']).toBe("default-src 'none'")
    expect(policy['base-uri']).toBe("base-uri 'none'")
    expect(policy['script-src']).toBeUndefined()
    expect(policy['style-src']).toBe(`style-src ${hashOf(/<style>(.*?)<\/style>/s.exec(page.body)?.[1])}`)
    expect(policy['form-action']).toBe(`form-action ${sandbox.url} https:`)

    const pass = await requestor.authenticate('0170')
    const done = await beginChallenge(pass)
    const donePolicy = await policyOf(pass.acsURL ?? '', { creq: creqFor(pass) })
    expect(donePolicy['script-src']).toBe(`script-src ${hashOf(/<script>(.*?)<\/script>/s.exec(done.body)?.[1])}`)
    expect(donePolicy['form-action']).toBe(`form-action ${requestor.url} https:`)
  })

  test('return session data as it came, and drop what is none', async () => {
    const ares = await requestor.authenticate('0172')
    const with_ = async (threeDSSessionData: string) => {
      const page = await beginChallenge(ares, { threeDSSessionData })
      return formOf(page).fields.threeDSSessionData
    }
    expect(await with_('YWJj')).toBe('YWJj')
    expect(await with_('YWI=')).toBe('YWI=')
    expect(await with_('"><script>')).toBeUndefined()
    expect(await with_('x'.repeat(1025))).toBeUndefined()
  })

  test.each([
    ['garbage', () => 'garbage'],
    ['another server’s id', (creq: (more: object) => string) => creq({ threeDSServerTransID })],
    ['an unknown id', (creq: (more: object) => string) => creq({ acsTransID: threeDSServerTransID })],
    ['another version', (creq: (more: object) => string) => creq({ messageVersion: '2.1.0' })],
  ])('say so when the CReq holds %s', async (_, spoil) => {
    const ares = await requestor.authenticate('0172')
    const creq = spoil((more) => creqFor(ares, more as Record<string, unknown>))
    const page = await sendForm(ares.acsURL ?? '', { creq })
    expect(page.status).toBe(400)
    expect(page.body).toContain('does not know this payment')
  })

  test('answer a GET and an unknown path with a page as well', async () => {
    const get = (path: string) => send(undefined, `${sandbox.url}${path}`, 'GET', undefined, {})
    expect(await get('/acs/challenge')).toMatchObject({ status: 405, contentType: 'text/html; charset=utf-8' })
    expect(await get('/acs/nowhere')).toMatchObject({ status: 404, contentType: 'text/html; charset=utf-8' })
  })

  test('take no code before the browser has brought its CReq', async () => {
    const ares = await requestor.authenticate('0172')
    const page = await sendForm(`${sandbox.url}/acs/challenge/${ares.acsTransID}`, { code: '000000' })
    expect(page.status).toBe(400)
  })
})
