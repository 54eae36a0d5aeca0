import {
  anyObject,
  ascii,
  codes,
  country,
  currency,
  digits,
  emailAddress,
  flag,
  from,
  ipAddress,
  moment,
  numberBetween,
  text,
  timeZoneOffset,
  trueAlone,
  url,
  uuid,
  versionNumber,
  yearAndMonth,
} from '../formats.ts'
import {
  app,
  both,
  browser,
  type Condition,
  either,
  holds,
  isPresent,
  onWayToIssuer,
  optional,
  payment,
  requestorAlone,
  required,
  requiredWhen,
  since,
  type Table,
  withCardholder,
} from '../rules.ts'
import type { SpokenVersion } from '../versions.ts'
import type { AReq, AReqApp, AReqBrowser, AReqCardholder, AReqDirectory, AReqHead, AReqPurchase } from './areq.ts'
import {
  accountInfo,
  addressLine,
  phoneNumber,
  postalCode,
  priorAuthentication,
  requestorAuthentication,
  riskIndicator,
  subdivision,
} from './areq-cardholder.ts'
import { messageExtensions } from './extension.ts'

/** A 2.1.0 browser always has JavaScript; from 2.2.0 on it says so. */
const scripted: Condition = (facts, holder) =>
  browser(facts, holder) && (facts.version === '2.1.0' || holder.browserJavascriptEnabled === true)

const repeated = either(
  both(withCardholder, holds('threeDSRequestorAuthenticationInd', '02', '03')),
  both(requestorAlone, holds('threeRIInd', '01', '02')),
)
const inInstalments = either(
  both(withCardholder, holds('threeDSRequestorAuthenticationInd', '03')),
  both(requestorAlone, holds('threeRIInd', '02')),
)
/** A payment, or the first of a series that is verified without one. */
const priced = either(payment, repeated)

const head: Table<AReqHead<SpokenVersion>> = {
  messageType: required(codes('AReq')),
  messageVersion: required(versionNumber),
  messageExtension: optional(messageExtensions),
  deviceChannel: required(codes('01..03')),
  messageCategory: required(codes('01', '02', '80')),
  threeDSServerTransID: required(uuid),
  threeDSServerRefNumber: required(text(1, 32)),
  threeDSServerOperatorID: optional(text(1, 32)),
  threeDSServerURL: required(url(2048)),
  threeDSRequestorID: required(text(1, 35)),
  threeDSRequestorName: required(text(1, 40)),
  threeDSRequestorURL: required(url(2048)),
  threeDSRequestorAuthenticationInd: requiredWhen(withCardholder, codes('01..06', '80..99')),
  threeDSRequestorAuthenticationInfo: optional(requestorAuthentication),
  threeDSRequestorPriorAuthenticationInfo: optional(priorAuthentication),
  threeDSRequestorChallengeInd: optional(from('2.2.0', codes('01..09', '80..99'), codes('01..04', '80..99'))),
  threeDSRequestorDecMaxTime: since('2.2.0', optional(numberBetween(5, 1, 10_080))),
  threeDSRequestorDecReqInd: since('2.2.0', optional(codes('Y', 'N'))),
  threeRIInd: requiredWhen(requestorAlone, from('2.2.0', codes('01..11', '80..99'), codes('01..05', '80..99'))),
}

const inBrowser: Table<AReqBrowser> = {
  threeDSCompInd: requiredWhen(browser, codes('Y', 'N', 'U')),
  notificationURL: requiredWhen(browser, url(256)),
  browserAcceptHeader: requiredWhen(browser, text(1, 2048)),
  browserIP: optional(ipAddress),
  browserJavascriptEnabled: since('2.2.0', requiredWhen(browser, flag)),
  browserJavaEnabled: requiredWhen(scripted, flag),
  browserLanguage: requiredWhen(browser, text(1, 8)),
  browserColorDepth: requiredWhen(scripted, codes('1', '4', '8', '15', '16', '24', '32', '48')),
  browserScreenHeight: requiredWhen(scripted, digits(1, 6)),
  browserScreenWidth: requiredWhen(scripted, digits(1, 6)),
  browserTZ: requiredWhen(scripted, timeZoneOffset),
  browserUserAgent: requiredWhen(browser, text(1, 2048)),
}

const inApp: Table<AReqApp> = {
  deviceInfo: requiredWhen(both(app, onWayToIssuer), text(1, 64_000)),
  deviceRenderOptions: requiredWhen(app, anyObject),
  sdkAppID: requiredWhen(app, uuid),
  sdkEncData: optional(text(1, 64_000)),
  sdkEphemPubKey: requiredWhen(app, anyObject),
  sdkMaxTimeout: requiredWhen(app, numberBetween(2, 5, 99)),
  sdkReferenceNumber: requiredWhen(app, text(1, 32)),
  sdkTransID: requiredWhen(app, uuid),
}

const purchase: Table<AReqPurchase> = {
  acquirerBIN: requiredWhen(payment, text(1, 11)),
  acquirerMerchantID: requiredWhen(payment, text(1, 35)),
  mcc: requiredWhen(payment, digits(4)),
  merchantCountryCode: requiredWhen(payment, country),
  merchantName: requiredWhen(payment, text(1, 40)),
  merchantRiskIndicator: optional(riskIndicator),
  purchaseAmount: requiredWhen(priced, digits(1, 48)),
  purchaseCurrency: requiredWhen(priced, currency),
  purchaseExponent: requiredWhen(priced, digits(1)),
  purchaseDate: requiredWhen(priced, moment(14)),
  purchaseInstalData: requiredWhen(inInstalments, digits(1, 3)),
  recurringExpiry: requiredWhen(repeated, moment(8)),
  recurringFrequency: requiredWhen(repeated, digits(1, 4)),
  transType: optional(codes('01', '03', '10', '11', '28')),
}

const cardholder: Table<AReqCardholder<SpokenVersion>> = {
  acctNumber: required(digits(13, 19)),
  acctID: optional(text(1, 64)),
  acctInfo: optional(accountInfo),
  acctType: optional(codes('01..03', '80..99')),
  cardExpiryDate: optional(yearAndMonth),
  cardholderName: optional(ascii(2, 45)),
  payTokenInd: optional(trueAlone),
  payTokenSource: since('2.2.0', requiredWhen(holds('payTokenInd', true), codes('01', '02'))),
  addrMatch: optional(codes('Y', 'N')),
  billAddrCity: optional(addressLine),
  billAddrCountry: requiredWhen(isPresent('billAddrState'), country),
  billAddrLine1: optional(addressLine),
  billAddrLine2: optional(addressLine),
  billAddrLine3: optional(addressLine),
  billAddrPostCode: optional(postalCode),
  billAddrState: optional(subdivision),
  shipAddrCity: optional(addressLine),
  shipAddrCountry: requiredWhen(isPresent('shipAddrState'), country),
  shipAddrLine1: optional(addressLine),
  shipAddrLine2: optional(addressLine),
  shipAddrLine3: optional(addressLine),
  shipAddrPostCode: optional(postalCode),
  shipAddrState: optional(subdivision),
  email: optional(emailAddress),
  homePhone: optional(phoneNumber),
  mobilePhone: optional(phoneNumber),
  workPhone: optional(phoneNumber),
  whiteListStatus: since('2.2.0', optional(codes('Y', 'N', 'E', 'P', 'R', 'U'))),
  whiteListStatusSource: since('2.2.0', requiredWhen(isPresent('whiteListStatus'), codes('01..03', '80..99'))),
  acceptLanguage: optional(() => []),
}

const directory: Table<AReqDirectory> = {
  dsReferenceNumber: requiredWhen(onWayToIssuer, text(1, 32)),
  dsTransID: requiredWhen(onWayToIssuer, uuid),
  dsURL: requiredWhen(onWayToIssuer, url(2048)),
}

export const areqTable: Table<AReq> = { ...head, ...inBrowser, ...inApp, ...purchase, ...cardholder, ...directory }
