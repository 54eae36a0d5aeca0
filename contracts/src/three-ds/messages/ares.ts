import type { PlannedTransStatus, TransStatus } from '../codes.ts'
import { anyObject, authenticationValue, codes, from, text, url, uuid, versionNumber } from '../formats.ts'
import {
  app,
  both,
  type Condition,
  either,
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

/** Authentication response: the issuer's answer, through the directory server. */
export interface ARes<Version extends ProtocolVersion = SpokenVersion> {
  messageType: 'ARes'
  messageVersion: Version
  messageExtension?: MessageExtension[]
  threeDSServerTransID: string
  acsTransID: string
  dsTransID: string
  sdkTransID?: string
  acsReferenceNumber: string
  dsReferenceNumber: string
  acsOperatorID?: string
  transStatus?: Version extends '2.3.1' ? PlannedTransStatus : TransStatus
  transStatusReason?: string
  /** With Y and A: twenty bytes in base64, the proof that goes into the authorization. */
  authenticationValue?: string
  eci?: string
  acsChallengeMandated?: 'Y' | 'N'
  /** Since 2.2.0: the challenge will be decoupled. */
  acsDecConInd?: 'Y' | 'N'
  acsRenderingType?: Record<string, unknown>
  acsSignedContent?: string
  /** Where the browser sends its CReq. */
  acsURL?: string
  /** `01` static, `02` dynamic, `03` out of band, `04` decoupled; schemes define more. */
  authenticationType?: string
  broadInfo?: Record<string, unknown>
  /** A text of the issuer for the cardholder. */
  cardholderInfo?: Version extends '2.3.1' ? { text: string; image?: Record<string, string> } : string
  /** Since 2.2.0; 2.3.1 calls it trustListStatus. */
  whiteListStatus?: string
  whiteListStatusSource?: string
}

const challenge = holds('transStatus', 'C')
const decoupled = holds('transStatus', 'D')
/** What a non-payment is answered with, schemes decide. */
const nonPayment: Condition = ({ messageCategory }) => messageCategory !== null && messageCategory !== '01'

export const aresTable: Table<ARes> = {
  messageType: required(codes('ARes')),
  messageVersion: required(versionNumber),
  messageExtension: optional(messageExtensions),
  threeDSServerTransID: required(uuid),
  acsTransID: required(uuid),
  dsTransID: required(uuid),
  sdkTransID: requiredWhen(app, uuid),
  acsReferenceNumber: required(text(1, 32)),
  dsReferenceNumber: required(text(1, 32)),
  acsOperatorID: optional(text(1, 32)),
  transStatus: requiredWhen(
    not(nonPayment),
    from('2.2.0', codes('Y', 'N', 'U', 'A', 'C', 'R', 'D', 'I'), codes('Y', 'N', 'U', 'A', 'C', 'R')),
  ),
  transStatusReason: requiredWhen(
    both(not(nonPayment), holds('transStatus', 'N', 'U', 'R')),
    from('2.2.0', codes('01..26', '80..99'), codes('01..22', '80..99')),
  ),
  authenticationValue: requiredWhen(both(payment, holds('transStatus', 'Y', 'A')), authenticationValue),
  eci: optional(text(2, 2)),
  acsChallengeMandated: requiredWhen(challenge, codes('Y', 'N')),
  acsDecConInd: since('2.2.0', requiredWhen(decoupled, codes('Y', 'N'))),
  acsRenderingType: requiredWhen(both(app, challenge), anyObject),
  acsSignedContent: requiredWhen(both(app, challenge), text(1, 64_000)),
  acsURL: requiredWhen(both(not(app), challenge), url(2048)),
  authenticationType: requiredWhen(
    either(challenge, decoupled),
    from('2.2.0', codes('01..04', '80..99'), codes('01..03', '80..99')),
  ),
  broadInfo: optional(anyObject),
  cardholderInfo: requiredWhen(both(decoupled, holds('acsDecConInd', 'Y')), text(1, 128)),
  whiteListStatus: since('2.2.0', optional(codes('Y', 'N', 'E', 'P', 'R', 'U'))),
  whiteListStatusSource: since('2.2.0', requiredWhen(isPresent('whiteListStatus'), codes('01..03', '80..99'))),
}
