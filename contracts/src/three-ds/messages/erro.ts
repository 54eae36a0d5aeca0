import { codes, digits, text, uuid, versionNumber } from '../formats.ts'
import { optional, required, type Table } from '../rules.ts'
import type { ProtocolVersion } from '../versions.ts'

export const messageTypes = ['PReq', 'PRes', 'AReq', 'ARes', 'CReq', 'CRes', 'RReq', 'RRes', 'Erro'] as const
export type MessageType = (typeof messageTypes)[number]

/** Who found the error: the app's SDK, the 3DS server, the directory server, the issuer. */
export type ErrorComponent = 'C' | 'S' | 'D' | 'A'

/** Instead of an answer, or about one. Its version may be one that we do not speak. */
export interface Erro {
  messageType: 'Erro'
  messageVersion: ProtocolVersion | (string & {})
  threeDSServerTransID?: string
  acsTransID?: string
  dsTransID?: string
  sdkTransID?: string
  errorCode: string
  errorComponent: ErrorComponent
  errorDescription: string
  errorDetail: string
  /** Type of the message that was in error, where that could be read. */
  errorMessageType?: MessageType
}

export const erroTable: Table<Erro> = {
  messageType: required(codes('Erro')),
  messageVersion: required(versionNumber),
  threeDSServerTransID: optional(uuid),
  acsTransID: optional(uuid),
  dsTransID: optional(uuid),
  sdkTransID: optional(uuid),
  errorCode: required(digits(3)),
  errorComponent: required(codes('C', 'S', 'D', 'A')),
  errorDescription: required(text(1, 2048)),
  errorDetail: required(text(1, 2048)),
  errorMessageType: optional(codes(...messageTypes)),
}
