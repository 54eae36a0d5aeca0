import { codes, currency, digits, emailAddress, from, moment, object, text } from '../formats.ts'
import { optional, required, type Table } from '../rules.ts'

/** The objects inside an AReq: what the shop knows of its customer and of the order. */

export interface PhoneNumber {
  cc: string
  subscriber: string
}

export interface AccountInfo {
  chAccAgeInd?: string
  chAccChange?: string
  chAccChangeInd?: string
  chAccDate?: string
  chAccPwChange?: string
  chAccPwChangeInd?: string
  nbPurchaseAccount?: string
  provisionAttemptsDay?: string
  txnActivityDay?: string
  txnActivityYear?: string
  paymentAccAge?: string
  paymentAccInd?: string
  shipAddressUsage?: string
  shipAddressUsageInd?: string
  shipNameIndicator?: string
  suspiciousAccActivity?: string
}

export interface MerchantRiskIndicator {
  deliveryEmailAddress?: string
  deliveryTimeframe?: string
  giftCardAmount?: string
  giftCardCount?: string
  giftCardCurr?: string
  preOrderDate?: string
  preOrderPurchaseInd?: string
  reorderItemsInd?: string
  shipIndicator?: string
}

/** How the shop itself made sure who its customer is. */
export interface RequestorAuthentication {
  threeDSReqAuthData?: string
  threeDSReqAuthMethod?: string
  /** `YYYYMMDDHHMM`, UTC. */
  threeDSReqAuthTimestamp?: string
}

export interface PriorAuthentication {
  threeDSReqPriorAuthData?: string
  threeDSReqPriorAuthMethod?: string
  threeDSReqPriorAuthTimestamp?: string
  threeDSReqPriorRef?: string
}

const phoneTable: Table<PhoneNumber> = {
  cc: required(digits(1, 3)),
  subscriber: required(digits(1, 15)),
}

const accountInfoTable: Table<AccountInfo> = {
  chAccAgeInd: optional(codes('01..05')),
  chAccChange: optional(moment(8)),
  chAccChangeInd: optional(codes('01..04')),
  chAccDate: optional(moment(8)),
  chAccPwChange: optional(moment(8)),
  chAccPwChangeInd: optional(codes('01..05')),
  nbPurchaseAccount: optional(digits(1, 4)),
  provisionAttemptsDay: optional(digits(1, 3)),
  txnActivityDay: optional(digits(1, 3)),
  txnActivityYear: optional(digits(1, 3)),
  paymentAccAge: optional(moment(8)),
  paymentAccInd: optional(codes('01..05')),
  shipAddressUsage: optional(moment(8)),
  shipAddressUsageInd: optional(codes('01..04')),
  shipNameIndicator: optional(codes('01', '02')),
  suspiciousAccActivity: optional(codes('01', '02')),
}

const riskIndicatorTable: Table<MerchantRiskIndicator> = {
  deliveryEmailAddress: optional(emailAddress),
  deliveryTimeframe: optional(codes('01..04')),
  giftCardAmount: optional(digits(1, 15)),
  giftCardCount: optional(digits(2)),
  giftCardCurr: optional(currency),
  preOrderDate: optional(moment(8)),
  preOrderPurchaseInd: optional(codes('01', '02')),
  reorderItemsInd: optional(codes('01', '02')),
  shipIndicator: optional(codes('01..07')),
}

const requestorAuthenticationTable: Table<RequestorAuthentication> = {
  threeDSReqAuthData: optional(text(1, 2048)),
  threeDSReqAuthMethod: optional(from('2.2.0', codes('01..09', '80..99'), codes('01..06', '80..99'))),
  threeDSReqAuthTimestamp: optional(moment(12)),
}

const priorAuthenticationTable: Table<PriorAuthentication> = {
  threeDSReqPriorAuthData: optional(text(1, 2048)),
  threeDSReqPriorAuthMethod: optional(codes('01..04', '80..99')),
  threeDSReqPriorAuthTimestamp: optional(moment(12)),
  threeDSReqPriorRef: optional(text(1, 36)),
}

export const phoneNumber = object(phoneTable)
export const accountInfo = object(accountInfoTable)
export const riskIndicator = object(riskIndicatorTable)
export const requestorAuthentication = object(requestorAuthenticationTable)
export const priorAuthentication = object(priorAuthenticationTable)

/** ISO 3166-2: what follows the country and the hyphen. */
export const subdivision = text(1, 3)
export const addressLine = text(1, 50)
export const postalCode = text(1, 16)
