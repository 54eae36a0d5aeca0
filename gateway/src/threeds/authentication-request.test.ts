import { checkMessage } from '@tessera/contracts/three-ds/check-message'
import { currencyNumbers } from '@tessera/contracts/three-ds/iso-numbers'
import { spokenVersions } from '@tessera/contracts/three-ds/versions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BrowserData } from '../core/authentication/authentications.ts'
import { defaultThreeDSecureSettings } from '../core/authentication/settings.ts'
import { trustedId } from '../core/ids.ts'
import { allCurrencies } from '../core/money/currencies.ts'
import type { AskIssuer } from '../core/ports/three-d-secure-provider.ts'
import { anOrder } from '../core/testing/orders.ts'
import { aPayment } from '../core/testing/payments.ts'
import { authenticationRequest, knownDepth, windowSizeFor } from './authentication-request.ts'

const own = { resultsUrl: 'https://pay.example/3ds/results', publicUrl: 'https://pay.example' }
const noon = Date.UTC(2030, 0, 15, 12)

const aBrowser: BrowserData = {
  acceptHeader: 'text/html',
  userAgent: 'Mozilla/5.0',
  ip: '192.0.2.1',
  language: 'de-CH',
  script: {
    javaEnabled: false,
    colorDepth: 30,
    screenWidth: 1920,
    screenHeight: 1080,
    timeZoneOffset: -60,
    room: { width: 800, height: 700 },
  },
}

const asked = (change: Partial<AskIssuer> = {}): AskIssuer => ({
  payment: aPayment('requires_action'),
  authentication: {
    authenticationId: trustedId('5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01'),
    challengeMandated: false,
  } as AskIssuer['authentication'],
  version: '2.2.0',
  methodCompletion: 'Y',
  browser: aBrowser,
  merchant: { name: 'Corner Shop', country: 'FR', settings: defaultThreeDSecureSettings },
  holdId: trustedId('att_1'),
  returnUrl: 'https://pay.example/authenticate/abc/returned',
  decoupledMinutes: 55,
  ...change,
})

const request = (change: Partial<AskIssuer> = {}) => authenticationRequest(asked(change), own, noon)
/** As the vault sends it, and a directory server looks at it. */
function faultOf(areq: object): string | null {
  const verdict = checkMessage({ ...areq, acctNumber: '4000000000003220', cardExpiryDate: '3012' }, { types: ['AReq'] })
  return verdict.ok ? null : `${verdict.fault.errorCode} ${verdict.fault.errorDetail}`
}

describe('the request about a payment', () => {
  it('says what is paid, to whom, and by what browser', () => {
    expect(request()).toMatchObject({
      deviceChannel: '02',
      messageCategory: '01',
      threeDSServerURL: own.resultsUrl,
      notificationURL: 'https://pay.example/authenticate/abc/returned',
      threeDSCompInd: 'Y',
      purchaseAmount: '10000',
      purchaseCurrency: '840',
      purchaseExponent: '2',
      purchaseDate: '20300115120000',
      merchantCountryCode: '250',
      merchantName: 'Corner Shop',
      browserIP: '192.0.2.1',
      browserColorDepth: '24',
      browserTZ: '-60',
      browserJavascriptEnabled: true,
      threeDSRequestorChallengeInd: '01',
      threeDSRequestorDecReqInd: 'Y',
      threeDSRequestorDecMaxTime: '00055',
    })
  })

  it('leaves the card to the vault: no digit of it is here', () => {
    const areq = request()
    expect(areq.acctNumber).toEqual({ $card: 'number' })
    expect(areq.cardExpiryDate).toEqual({ $card: 'exp_yymm' })
    expect(JSON.stringify(areq)).not.toContain('4242')
  })

  it('mandates a challenge where an authorization was declined for want of one', () => {
    const authentication = { ...asked().authentication, challengeMandated: true }
    expect(request({ authentication }).threeDSRequestorChallengeInd).toBe('04')
  })

  it('has what the merchant was registered with, where that is set', () => {
    const settings = {
      ...defaultThreeDSecureSettings,
      acquirerBin: '400551',
      acquirerMerchantId: 'M-1',
      categoryCode: '5734',
      website: 'https://shop.example',
    }
    expect(request({ merchant: { name: 'Shop', country: 'DE', settings } })).toMatchObject({
      acquirerBIN: '400551',
      acquirerMerchantID: 'M-1',
      mcc: '5734',
      threeDSRequestorURL: 'https://shop.example',
      merchantCountryCode: '276',
    })
  })

  it('tells the address that the merchant’s server saw, where the page saw none', () => {
    const shopper = { ip: '198.51.100.7', userAgent: null, acceptLanguage: null }
    const payment = aPayment('requires_action', { authenticationWish: { threeDSecure: 'automatic', shopper } })
    expect(request({ payment, browser: { ...aBrowser, ip: null } }).browserIP).toBe('198.51.100.7')
    expect(request({ browser: { ...aBrowser, ip: null } })).not.toHaveProperty('browserIP')
  })

  it('tells no name that the message cannot hold', () => {
    const named = (cardholderName: string | null, name: string | null = null) =>
      request({
        payment: aPayment('requires_action', { name, card: { ...aPayment('created').card, cardholderName } as never }),
      })
    expect(named('Ann O Hara').cardholderName).toBe('Ann O Hara')
    expect(named(null, 'Ann').cardholderName).toBe('Ann')
    for (const name of ['Zoë', 'A', 'x'.repeat(46)]) expect(named(name)).not.toHaveProperty('cardholderName')
  })
})

describe('every request is one that a directory server takes', () => {
  const scripts = [aBrowser.script, null]
  const cases = spokenVersions.flatMap((version) =>
    scripts.flatMap((script) => ([55, null] as const).map((minutes) => [version, script, minutes] as const)),
  )
  it.each(cases)('of %s, with script %o and %s minutes to answer elsewhere', (version, script, decoupledMinutes) => {
    const areq = request({ version, browser: { ...aBrowser, script }, decoupledMinutes })
    expect(faultOf(areq)).toBeNull()
    expect('browserJavascriptEnabled' in areq).toBe(version === '2.2.0')
    expect('threeDSRequestorDecReqInd' in areq).toBe(version === '2.2.0')
  })

  it('in every currency', () => {
    for (const currency of allCurrencies.filter((code) => currencyNumbers.has(code))) {
      expect(faultOf(request({ payment: aPayment('requires_action', { currency }) }))).toBeNull()
    }
  })

  it('whatever the browser and the merchant call themselves', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 3_000 })
    const screens = fc.integer({ min: 0, max: 999_999 })
    fc.assert(
      fc.property(
        fc.record({
          acceptHeader: texts,
          userAgent: texts,
          language: texts,
          name: texts.filter((text) => text.length > 0),
          width: screens,
          height: screens,
          depth: fc.integer({ min: 0, max: 64 }),
          offset: fc.integer({ min: -840, max: 840 }),
          postalCode: texts,
          email: texts,
          holder: texts,
        }),
        (odd) => {
          const { name, width, height, depth, offset, postalCode, email, holder, ...rest } = odd
          const order = anOrder()
          const buyer = order.buyer && { ...order.buyer, postalCode }
          const areq = request({
            browser: {
              ...aBrowser,
              ...rest,
              script: {
                javaEnabled: true,
                colorDepth: depth,
                screenWidth: width,
                screenHeight: height,
                timeZoneOffset: offset,
                room: { width, height },
              },
            },
            merchant: { ...asked().merchant, name },
            payment: aPayment('requires_action', { email, name: holder, order: { ...order, buyer } }),
          })
          expect(faultOf(areq)).toBeNull()
        },
      ),
      { numRuns: 300 },
    )
  })
})

it('a colour depth that the list does not have is told as the next one below', () => {
  expect([0, 1, 2, 10, 24, 30, 32, 48, 64].map(knownDepth)).toEqual([1, 1, 1, 8, 24, 24, 32, 48, 48])
})

it('the issuer is offered the largest window that fits, and the whole screen where there is no script', () => {
  expect(windowSizeFor(aBrowser)).toBe('03')
  expect(windowSizeFor({ ...aBrowser, script: null })).toBe('05')
})
