import { codes, digits, list, object, text, url, uuid, versionNumber } from '../formats.ts'
import { type Complaint, type Facts, optional, required, since, type Table } from '../rules.ts'
import type { ProtocolVersion, SpokenVersion } from '../versions.ts'
import { type MessageExtension, messageExtensions } from './extension.ts'

/** Preparation request: which card ranges take part. With the serial number of the last answer: only what changed since. */
export interface PReq<Version extends ProtocolVersion = SpokenVersion> {
  messageType: 'PReq'
  messageVersion: Version
  messageExtension?: MessageExtension[]
  threeDSServerTransID: string
  threeDSServerRefNumber: string
  threeDSServerOperatorID?: string
  serialNum?: string
}

export interface PRes<Version extends ProtocolVersion = SpokenVersion> {
  messageType: 'PRes'
  messageVersion: Version
  messageExtension?: MessageExtension[]
  threeDSServerTransID: string
  dsTransID: string
  /** Opaque: to be sent back with the next PReq. */
  serialNum?: string
  dsStartProtocolVersion: string
  dsEndProtocolVersion: string
  /** Absent: nothing changed. */
  cardRangeData?: CardRange[]
}

export interface CardRange {
  startRange: string
  endRange: string
  /** Add (the default), delete, modify. A range is known by its two ends. */
  actionInd?: 'A' | 'D' | 'M'
  acsStartProtocolVersion: string
  acsEndProtocolVersion: string
  dsStartProtocolVersion?: string
  dsEndProtocolVersion?: string
  threeDSMethodURL?: string
  /** Since 2.2.0. `01` authentication, `02` attempts, `03` decoupled, `04` whitelisting. */
  acsInfoInd?: string[]
}

export const preqTable: Table<PReq> = {
  messageType: required(codes('PReq')),
  messageVersion: required(versionNumber),
  messageExtension: optional(messageExtensions),
  threeDSServerTransID: required(uuid),
  threeDSServerRefNumber: required(text(1, 32)),
  threeDSServerOperatorID: optional(text(1, 32)),
  serialNum: optional(text(1, 20)),
}

const cardRangeTable: Table<CardRange> = {
  startRange: required(digits(13, 19)),
  endRange: required(digits(13, 19)),
  actionInd: optional(codes('A', 'D', 'M')),
  acsStartProtocolVersion: required(versionNumber),
  acsEndProtocolVersion: required(versionNumber),
  dsStartProtocolVersion: optional(versionNumber),
  dsEndProtocolVersion: optional(versionNumber),
  threeDSMethodURL: optional(url(256)),
  acsInfoInd: since('2.2.0', optional(list(1, 99, codes('01..04', '80..99')))),
}

const cardRangeElements = object(cardRangeTable)

/** A range ends where it starts or later; ends of different lengths have no numbers between them. */
function cardRange(value: unknown, element: string, facts: Facts): Complaint[] {
  const complaints = cardRangeElements(value, element, facts)
  if (complaints.length > 0) return complaints
  const { startRange, endRange } = value as CardRange
  const isOrdered = startRange.length === endRange.length && startRange <= endRange
  return isOrdered ? [] : [{ kind: 'format', element: `${element}.endRange` }]
}

export const presTable: Table<PRes> = {
  messageType: required(codes('PRes')),
  messageVersion: required(versionNumber),
  messageExtension: optional(messageExtensions),
  threeDSServerTransID: required(uuid),
  dsTransID: required(uuid),
  serialNum: optional(text(1, 20)),
  dsStartProtocolVersion: required(versionNumber),
  dsEndProtocolVersion: required(versionNumber),
  cardRangeData: optional(list(0, 1_000_000, cardRange)),
}
