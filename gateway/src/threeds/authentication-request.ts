import { windowThatFits } from '@tessera/contracts/three-ds/challenge-windows'
import { countryNumbers, currencyNumbers } from '@tessera/contracts/three-ds/iso-numbers'
import type {
  AReq,
  AReqBrowser,
  AReqCardholder,
  AReqHead,
  AReqPurchase,
} from '@tessera/contracts/three-ds/messages/areq'
import type { SpokenVersion } from '@tessera/contracts/three-ds/versions'
import type { PlaceholderName } from '@tessera/contracts/vault-protocol'
import type { BrowserData } from '../core/authentication/authentications.ts'
import { exponentOf } from '../core/money/currencies.ts'
import type { Payment } from '../core/payments/payment.ts'
import type { AskIssuer } from '../core/ports/three-d-secure-provider.ts'
import { sandboxAcquirerBin, serverReferenceNumber } from './own-names.ts'

/** The vault puts the card's own values there; nothing else of this message is the vault's. */
type FilledByVault = 'acctNumber' | 'cardExpiryDate'
export type AReqTemplate = Omit<AReq, FilledByVault> & Record<FilledByVault, { $card: PlaceholderName }>

/** The request about a payment in a browser, elements in the order of the messages' table. */
export function authenticationRequest(
  asked: AskIssuer,
  own: { resultsUrl: string; publicUrl: string },
  nowMs: number,
): AReqTemplate {
  return {
    ...head(asked, own),
    ...inBrowser(asked),
    ...purchase(asked, nowMs),
    ...cardholder(asked.payment),
    acctNumber: { $card: 'number' },
    cardExpiryDate: { $card: 'exp_yymm' },
  }
}

/** EMV 3-D Secure: a challenge that is mandated, or no preference. */
const challengeMandated = '04'
const noPreference = '01'

function head(
  { authentication, version, merchant, decoupledMinutes, payment }: AskIssuer,
  own: { resultsUrl: string; publicUrl: string },
): AReqHead<SpokenVersion> {
  const { settings, name } = merchant
  return {
    messageType: 'AReq',
    messageVersion: version,
    deviceChannel: '02',
    messageCategory: '01',
    threeDSServerTransID: authentication.authenticationId,
    threeDSServerRefNumber: serverReferenceNumber,
    threeDSServerURL: own.resultsUrl,
    threeDSRequestorID: payment.merchantId,
    threeDSRequestorName: shortened(name, 40),
    threeDSRequestorURL: settings.website ?? own.publicUrl,
    threeDSRequestorAuthenticationInd: '01',
    threeDSRequestorChallengeInd: authentication.challengeMandated ? challengeMandated : noPreference,
    ...(version === '2.1.0' ? {} : decoupled(decoupledMinutes)),
  }
}

function decoupled(minutes: number | null) {
  if (minutes === null) return { threeDSRequestorDecReqInd: 'N' as const }
  return {
    threeDSRequestorDecReqInd: 'Y' as const,
    threeDSRequestorDecMaxTime: String(minutes).padStart(5, '0'),
  }
}

function inBrowser({ browser, version, methodCompletion, returnUrl, payment }: AskIssuer): AReqBrowser {
  const ip = browser.ip ?? payment.authenticationWish?.shopper?.ip ?? null
  return {
    threeDSCompInd: methodCompletion,
    notificationURL: returnUrl,
    browserAcceptHeader: shortened(browser.acceptHeader || '*/*', 2048),
    ...(ip === null ? {} : { browserIP: ip }),
    browserLanguage: shortened(browser.language || 'en', 8),
    browserUserAgent: shortened(browser.userAgent || 'unknown', 2048),
    ...(version === '2.1.0' ? {} : { browserJavascriptEnabled: browser.script !== null }),
    ...scripted(browser, version),
  }
}

/** 2.1.0 has no word for a browser without scripts: then it is told of a small and plain one. */
const plainScreen = { javaEnabled: false, colorDepth: 24, screenWidth: 390, screenHeight: 400, timeZoneOffset: 0 }

function scripted({ script }: BrowserData, version: SpokenVersion): AReqBrowser {
  if (script === null && version !== '2.1.0') return {}
  const { javaEnabled, colorDepth, screenWidth, screenHeight, timeZoneOffset } = script ?? plainScreen
  return {
    browserJavaEnabled: javaEnabled,
    browserColorDepth: String(knownDepth(colorDepth)),
    browserScreenWidth: String(screenWidth),
    browserScreenHeight: String(screenHeight),
    browserTZ: String(timeZoneOffset),
  }
}

const depths = [1, 4, 8, 15, 16, 24, 32, 48] as const

/** Real screens report depths that the list does not have, such as 30: the next one below is told. */
export function knownDepth(depth: number): number {
  return depths.findLast((known) => known <= depth) ?? 1
}

function purchase({ payment, merchant }: AskIssuer, nowMs: number): AReqPurchase {
  const { settings, name, country } = merchant
  const { currency, amountMinor } = payment
  return {
    acquirerBIN: settings.acquirerBin ?? sandboxAcquirerBin,
    acquirerMerchantID: settings.acquirerMerchantId ?? payment.merchantId,
    mcc: settings.categoryCode,
    merchantCountryCode: numberOf(countryNumbers, country),
    merchantName: shortened(name, 40),
    purchaseAmount: String(amountMinor),
    purchaseCurrency: numberOf(currencyNumbers, currency),
    purchaseExponent: String(exponentOf(currency)),
    purchaseDate: new Date(nowMs).toISOString().slice(0, 19).replace(/\D/g, ''),
    transType: '01',
  }
}

function numberOf(numbers: ReadonlyMap<string, string>, code: string): string {
  const number = numbers.get(code)
  if (number === undefined) throw new Error(`${code} has no ISO number`)
  return number
}

/** What the merchant told of the cardholder, where the message can hold it. */
function cardholder({ card, name, email, order }: Payment): Omit<AReqCardholder<SpokenVersion>, FilledByVault> {
  const holder = card?.cardholderName ?? name
  const buyer = order?.buyer ?? null
  const country = buyer === null ? undefined : countryNumbers.get(buyer.country)
  const postalCode = buyer?.postalCode ?? null
  return {
    ...(holder !== null && /^[\x20-\x7e]{2,45}$/.test(holder) ? { cardholderName: holder } : {}),
    ...(email !== null && /^[\x21-\x7e]+@[\x21-\x7e]+\.[A-Za-z]+$/.test(email) ? { email } : {}),
    ...(country === undefined ? {} : { billAddrCountry: country }),
    ...(country !== undefined && postalCode !== null && postalCode !== ''
      ? { billAddrPostCode: shortened(postalCode, 16) }
      : {}),
  }
}

/** Counted in characters, as the tables do; half a surrogate pair is none. */
function shortened(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '')
}

/** The largest of the protocol's windows that fits where the issuer's page will be shown. */
export function windowSizeFor({ script }: BrowserData) {
  return script === null ? '05' : windowThatFits(script.room.width, script.room.height)
}
