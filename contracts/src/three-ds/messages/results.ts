import type { ChallengeCancel, FinalTransStatus, MessageCategory } from '../codes.ts'
import { anyObject, authenticationValue, codes, digits, from, text, uuid, versionNumber } from '../formats.ts'
import {
  app,
  both,
  holds,
  isPresent,
  not,
  optional,
  payment,
  required,
  requiredWhen,
  since,
  type Table,
} from '../rules.ts'
import type { ProtocolVersion, SpokenVersion } from '../versions.ts'
import { type MessageExtension, messageExtensions } from './extension.ts'

/** Results request: what a challenge ended with, from the issuer through the directory server. The only result that counts. */
export interface RReq<Version extends ProtocolVersion = SpokenVersion> {
  messageType: 'RReq'
  messageVersion: Version
  messageExtension?: MessageExtension[]
  messageCategory: MessageCategory
  threeDSServerTransID: string
  acsTransID: string
  dsTransID: string
  sdkTransID?: string
  transStatus: FinalTransStatus
  transStatusReason?: string
  authenticationValue?: string
  eci?: string
  /** `01` static, `02` dynamic, `03` out of band, `04` decoupled; schemes define more. */
  authenticationType?: string
  /** For the directory server; it does not hand it on. */
  authenticationMethod?: string
  acsRenderingType?: Record<string, unknown>
  challengeCancel?: ChallengeCancel
  /** How often the cardholder was asked, two digits. */
  interactionCounter?: string
  whiteListStatus?: string
  whiteListStatusSource?: string
}

/** Results response. `01` received, `02` the challenge request was not sent on, `03` its data was not delivered. */
export interface RRes<Version extends ProtocolVersion = SpokenVersion> {
  messageType: 'RRes'
  messageVersion: Version
  messageExtension?: MessageExtension[]
  threeDSServerTransID: string
  acsTransID: string
  dsTransID: string
  sdkTransID?: string
  resultsStatus: '01' | '02' | '03'
}

export const rreqTable: Table<RReq> = {
  messageType: required(codes('RReq')),
  messageVersion: required(versionNumber),
  messageExtension: optional(messageExtensions),
  messageCategory: required(codes('01', '02', '80')),
  threeDSServerTransID: required(uuid),
  acsTransID: required(uuid),
  dsTransID: required(uuid),
  sdkTransID: requiredWhen(app, uuid),
  transStatus: required(codes('Y', 'N', 'U', 'A', 'R')),
  transStatusReason: requiredWhen(
    both(payment, holds('transStatus', 'N', 'U', 'R')),
    from('2.2.0', codes('01..26', '80..99'), codes('01..22', '80..99')),
  ),
  authenticationValue: requiredWhen(both(payment, holds('transStatus', 'Y', 'A')), authenticationValue),
  eci: optional(text(2, 2)),
  authenticationType: requiredWhen(
    holds('transStatus', 'Y', 'N'),
    from('2.2.0', codes('01..04', '80..99'), codes('01..03', '80..99')),
  ),
  authenticationMethod: optional(codes('01..10', '80..99')),
  acsRenderingType: requiredWhen(app, anyObject),
  challengeCancel: optional(codes('01', '03..08')),
  interactionCounter: requiredWhen(not(holds('authenticationType', '04')), digits(2)),
  whiteListStatus: since('2.2.0', optional(codes('Y', 'N', 'E', 'P', 'R', 'U'))),
  whiteListStatusSource: since('2.2.0', requiredWhen(isPresent('whiteListStatus'), codes('01..03', '80..99'))),
}

export const rresTable: Table<RRes> = {
  messageType: required(codes('RRes')),
  messageVersion: required(versionNumber),
  messageExtension: optional(messageExtensions),
  threeDSServerTransID: required(uuid),
  acsTransID: required(uuid),
  dsTransID: required(uuid),
  sdkTransID: requiredWhen(app, uuid),
  resultsStatus: required(codes('01..03')),
}
