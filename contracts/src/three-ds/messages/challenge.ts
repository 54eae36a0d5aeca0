import type { FinalTransStatus } from '../codes.ts'
import { codes, uuid, versionNumber } from '../formats.ts'
import { optional, required, type Table } from '../rules.ts'
import type { ProtocolVersion, SpokenVersion } from '../versions.ts'
import { type MessageExtension, messageExtensions } from './extension.ts'

/**
 * Challenge request and response as the browser carries them, in form fields. The app's are encrypted between app and issuer:
 * neither 3DS server nor directory server ever reads one.
 */
export interface CReq<Version extends ProtocolVersion = SpokenVersion> {
  messageType: 'CReq'
  messageVersion: Version
  messageExtension?: MessageExtension[]
  threeDSServerTransID: string
  acsTransID: string
  challengeWindowSize: '01' | '02' | '03' | '04' | '05'
}

/** What it says is never trusted: the result is in the RReq alone. */
export interface CRes<Version extends ProtocolVersion = SpokenVersion> {
  messageType: 'CRes'
  messageVersion: Version
  messageExtension?: MessageExtension[]
  threeDSServerTransID: string
  acsTransID: string
  transStatus: Extract<FinalTransStatus, 'Y' | 'N'>
}

export const creqTable: Table<CReq> = {
  messageType: required(codes('CReq')),
  messageVersion: required(versionNumber),
  messageExtension: optional(messageExtensions),
  threeDSServerTransID: required(uuid),
  acsTransID: required(uuid),
  challengeWindowSize: required(codes('01..05')),
}

export const cresTable: Table<CRes> = {
  messageType: required(codes('CRes')),
  messageVersion: required(versionNumber),
  messageExtension: optional(messageExtensions),
  threeDSServerTransID: required(uuid),
  acsTransID: required(uuid),
  transStatus: required(codes('Y', 'N')),
}
