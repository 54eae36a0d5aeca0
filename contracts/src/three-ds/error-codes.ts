import type { Erro, ErrorComponent, MessageType } from './messages/erro.ts'
import type { SpokenVersion } from './versions.ts'

/** Codes of Erro messages, with what we say about each. */
export const errorDescriptions = {
  '101': 'The message is not one that can be received here.',
  '102': 'The message version is not supported.',
  '103': 'Too many messages were sent for this transaction.',
  '201': 'A required element is missing.',
  '202': 'A critical message extension is not known.',
  '203': 'An element has the wrong format or value.',
  '204': 'An element occurs twice.',
  '301': 'A transaction id is not known.',
  '302': 'The data could not be decrypted.',
  '303': 'Access denied: the endpoint or the sender is not known.',
  '304': 'A country or currency is not an ISO code.',
  '305': 'The transaction data is not valid.',
  '306': 'The merchant category code is not valid.',
  '307': 'The serial number is not valid.',
  '402': 'The transaction timed out.',
  '403': 'The system failed for the moment.',
  '404': 'The system failed for good.',
  '405': 'The system could not be connected to.',
} as const
export type ErrorCode = keyof typeof errorDescriptions

/** The ids that a message bears, as far as they could be read. */
export interface TransactionIds {
  threeDSServerTransID?: string
  acsTransID?: string
  dsTransID?: string
  sdkTransID?: string
}

/** What is wrong with a message that was received. */
export interface MessageFault {
  errorCode: ErrorCode
  /** Names of the elements concerned, or what else tells more. */
  errorDetail: string
  errorMessageType?: MessageType
  ids: TransactionIds
}

const detailMax = 2048

export function erroAbout(fault: MessageFault, component: ErrorComponent, version: SpokenVersion): Erro {
  const { errorCode, errorDetail, errorMessageType, ids } = fault
  return {
    messageType: 'Erro',
    messageVersion: version,
    ...ids,
    errorCode,
    errorComponent: component,
    errorDescription: errorDescriptions[errorCode],
    errorDetail: errorDetail.slice(0, detailMax) || errorDescriptions[errorCode],
    ...(errorMessageType === undefined ? {} : { errorMessageType }),
  }
}
