import type { DeviceChannel, MessageCategory, MethodCompletion } from '../codes.ts'
import type { ProtocolVersion, SpokenVersion } from '../versions.ts'
import type {
  AccountInfo,
  MerchantRiskIndicator,
  PhoneNumber,
  PriorAuthentication,
  RequestorAuthentication,
} from './areq-cardholder.ts'
import type { MessageExtension } from './extension.ts'

/**
 * Authentication request: 3DS server to directory server, which adds its own elements and hands it on to the issuer.
 * `areq-table.ts` says which elements belong to which channel, category and version.
 */
export interface AReq<Version extends ProtocolVersion = SpokenVersion>
  extends AReqHead<Version>,
    AReqBrowser,
    AReqApp,
    AReqPurchase,
    AReqCardholder<Version>,
    AReqDirectory {}

export interface AReqHead<Version extends ProtocolVersion> {
  messageType: 'AReq'
  messageVersion: Version
  messageExtension?: MessageExtension[]
  deviceChannel: DeviceChannel
  messageCategory: MessageCategory
  threeDSServerTransID: string
  threeDSServerRefNumber: string
  threeDSServerOperatorID?: string
  /** Where the RReq is to be sent. */
  threeDSServerURL: string
  threeDSRequestorID: string
  threeDSRequestorName: string
  threeDSRequestorURL: string
  /** `01` payment, `02` recurring, `03` instalment, `04` add card, `05` maintain card, `06` verify the cardholder for a token. */
  threeDSRequestorAuthenticationInd?: string
  threeDSRequestorAuthenticationInfo?: RequestorAuthentication
  threeDSRequestorPriorAuthenticationInfo?: PriorAuthentication
  /**
   * `01` no preference, `02` no challenge, `03` challenge preferred, `04` challenge mandated; from 2.2.0 `05` risk analysis
   * done, `06` data share only, `07` strong authentication done, `08` trusted, `09` challenge, ask to trust.
   */
  threeDSRequestorChallengeInd?: Version extends '2.3.1' ? string[] : string
  /** Since 2.2.0. Minutes, five digits. */
  threeDSRequestorDecMaxTime?: string
  /** Since 2.2.0. */
  threeDSRequestorDecReqInd?: 'Y' | 'N'
  /** `01` recurring, `02` instalment, `03` add card, `04` maintain card, `05` verify account; from 2.2.0 up to `11`. */
  threeRIInd?: string
}

export interface AReqBrowser {
  threeDSCompInd?: MethodCompletion
  notificationURL?: string
  browserAcceptHeader?: string
  browserIP?: string
  /** Since 2.2.0. In 2.1.0 the elements that need JavaScript are always required. */
  browserJavascriptEnabled?: boolean
  browserJavaEnabled?: boolean
  browserLanguage?: string
  browserColorDepth?: string
  browserScreenHeight?: string
  browserScreenWidth?: string
  /** Minutes behind UTC, as getTimezoneOffset gives them. */
  browserTZ?: string
  browserUserAgent?: string
}

export interface AReqApp {
  deviceInfo?: string
  deviceRenderOptions?: Record<string, unknown>
  sdkAppID?: string
  sdkEncData?: string
  sdkEphemPubKey?: Record<string, unknown>
  /** Minutes, at least 05. */
  sdkMaxTimeout?: string
  sdkReferenceNumber?: string
  sdkTransID?: string
}

export interface AReqPurchase {
  acquirerBIN?: string
  acquirerMerchantID?: string
  mcc?: string
  merchantCountryCode?: string
  merchantName?: string
  merchantRiskIndicator?: MerchantRiskIndicator
  /** Minor units. */
  purchaseAmount?: string
  purchaseCurrency?: string
  purchaseExponent?: string
  /** `YYYYMMDDHHMMSS`, UTC. */
  purchaseDate?: string
  purchaseInstalData?: string
  recurringExpiry?: string
  /** Days at least between two payments. */
  recurringFrequency?: string
  transType?: string
}

export interface AReqCardholder<Version extends ProtocolVersion> {
  acctNumber: string
  acctID?: string
  acctInfo?: AccountInfo
  acctType?: string
  /** `YYMM`. */
  cardExpiryDate?: string
  cardholderName?: string
  payTokenInd?: true
  payTokenSource?: string
  addrMatch?: 'Y' | 'N'
  billAddrCity?: string
  billAddrCountry?: string
  billAddrLine1?: string
  billAddrLine2?: string
  billAddrLine3?: string
  billAddrPostCode?: string
  billAddrState?: string
  shipAddrCity?: string
  shipAddrCountry?: string
  shipAddrLine1?: string
  shipAddrLine2?: string
  shipAddrLine3?: string
  shipAddrPostCode?: string
  shipAddrState?: string
  email?: string
  homePhone?: PhoneNumber
  mobilePhone?: PhoneNumber
  workPhone?: PhoneNumber
  /** Since 2.2.0; 2.3.1 calls it trustListStatus. */
  whiteListStatus?: Version extends '2.3.1' ? never : string
  whiteListStatusSource?: Version extends '2.3.1' ? never : string
  /** 2.3.1 only. */
  acceptLanguage?: Version extends '2.3.1' ? string[] : never
}

/** What the directory server adds on the way to the issuer. */
export interface AReqDirectory {
  dsReferenceNumber?: string
  dsTransID?: string
  dsURL?: string
}
