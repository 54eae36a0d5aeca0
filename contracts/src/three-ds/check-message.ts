import { parseStrictJson } from '@tessera/lib/strict-json'
import type { DeviceChannel, MessageCategory } from './codes.ts'
import type { ErrorCode, MessageFault, TransactionIds } from './error-codes.ts'
import { uuid } from './formats.ts'
import type { AReq } from './messages/areq.ts'
import { areqTable } from './messages/areq-table.ts'
import { type ARes, aresTable } from './messages/ares.ts'
import { type CReq, type CRes, creqTable, cresTable } from './messages/challenge.ts'
import { type Erro, erroTable, type MessageType, messageTypes } from './messages/erro.ts'
import { type PReq, type PRes, preqTable, presTable } from './messages/preparation.ts'
import { type RReq, type RRes, rreqTable, rresTable } from './messages/results.ts'
import { type Complaint, complaintsAbout, type Facts, type Leg, type Table } from './rules.ts'
import { isSpokenVersion, type SpokenVersion, spokenVersions } from './versions.ts'

export interface Messages {
  PReq: PReq
  PRes: PRes
  AReq: AReq
  ARes: ARes
  CReq: CReq
  CRes: CRes
  RReq: RReq
  RRes: RRes
  Erro: Erro
}

const tables: { readonly [Type in MessageType]: Table<Messages[Type]> } = {
  PReq: preqTable,
  PRes: presTable,
  AReq: areqTable,
  ARes: aresTable,
  CReq: creqTable,
  CRes: cresTable,
  RReq: rreqTable,
  RRes: rresTable,
  Erro: erroTable,
}

/** What the receiver can take, and what it knows of the transaction that the message itself does not say. */
export interface Expectation<Type extends MessageType> {
  types: readonly Type[]
  /** All that we speak, unless told otherwise: the answer to a message has its version. An Erro may have any. */
  versions?: readonly SpokenVersion[]
  deviceChannel?: DeviceChannel
  messageCategory?: MessageCategory
  leg?: Leg
  /** Ids of critical extensions that are understood. */
  extensions?: readonly string[]
  /** Unchecked: any three digits pass for a country or a currency. */
  isoCodes?: 'checked' | 'unchecked'
}

export type Verdict<Type extends MessageType> =
  | { ok: true; message: Messages[Type] }
  | { ok: false; fault: MessageFault }

type JsonObject = Readonly<Record<string, unknown>>

/** Reads a message from the bytes that came. Never throws. */
export function readMessage<Type extends MessageType>(
  bytes: Uint8Array,
  expectation: Expectation<Type>,
): Verdict<Type> {
  const parsed = parseStrictJson(bytes, { maxNodes: 10_000_000 })
  if (parsed.ok) return checkMessage(parsed.value, expectation)
  const { kind, path } = parsed.fault
  const isDuplicate = kind === 'duplicate_key'
  return refuse(isDuplicate ? '204' : '101', isDuplicate ? path : `The message is not JSON: ${kind}.`, {})
}

/** Checks type, version, presence, extensions, formats and codes, in this order: one fault is told, with all its elements. */
export function checkMessage<Type extends MessageType>(value: unknown, expectation: Expectation<Type>): Verdict<Type> {
  if (!isObject(value)) return refuse('101', 'The message is not a JSON object.', {})
  const type = value.messageType
  if (!isOneOf(expectation.types, type)) return refuse('101', 'messageType', value)
  const version = value.messageVersion
  if (version === undefined) return refuse('201', 'messageVersion', value)
  const versions = expectation.versions ?? spokenVersions
  const isExpected = isSpokenVersion(version) && versions.includes(version)
  if (!isExpected && type !== 'Erro') return refuse('102', versions.join(','), value)

  const facts: Facts = {
    message: value,
    version: isSpokenVersion(version) ? version : '2.1.0',
    deviceChannel: (value.deviceChannel as DeviceChannel | undefined) ?? expectation.deviceChannel ?? null,
    messageCategory: (value.messageCategory as MessageCategory | undefined) ?? expectation.messageCategory ?? null,
    leg: expectation.leg ?? 'to_directory',
    isoCodes: expectation.isoCodes ?? 'checked',
  }
  const fault = faultOf(value, complaintsIn(type, value, facts), expectation.extensions ?? [])
  return fault ?? { ok: true, message: value as unknown as Messages[Type] }
}

function complaintsIn(type: MessageType, value: JsonObject, facts: Facts): Complaint[] {
  const complaints = complaintsAbout(value, tables[type] as Table<JsonObject>, facts)
  // EMV 3-D Secure 2.1.0 knows the requestor alone (3RI) for non-payments only.
  const isTooNew = type === 'AReq' && facts.version === '2.1.0' && facts.deviceChannel === '03'
  if (isTooNew && facts.messageCategory === '01') complaints.push({ kind: 'format', element: 'messageCategory' })
  return complaints
}

function faultOf(value: JsonObject, complaints: readonly Complaint[], known: readonly string[]) {
  const named = (kind: Complaint['kind']): string =>
    complaints.flatMap((complaint) => (complaint.kind === kind ? [complaint.element] : [])).join(',')
  const missing = named('missing')
  if (missing !== '') return refuse('201', missing, value)
  const critical = criticalExtensions(value).filter((id) => !known.includes(id))
  if (critical.length > 0) return refuse('202', critical.join(','), value)
  const format = named('format')
  if (format !== '') return refuse('203', format, value)
  const isoCodes = named('iso_code')
  return isoCodes === '' ? null : refuse('304', isoCodes, value)
}

function criticalExtensions({ messageExtension }: JsonObject): string[] {
  if (!Array.isArray(messageExtension)) return []
  return messageExtension.flatMap((each) =>
    isObject(each) && each.criticalityIndicator === true ? [`${each.id}`] : [],
  )
}

function refuse(errorCode: ErrorCode, errorDetail: string, about: JsonObject): { ok: false; fault: MessageFault } {
  const type = about.messageType
  const errorMessageType = isOneOf(messageTypes, type) ? { errorMessageType: type } : {}
  return { ok: false, fault: { errorCode, errorDetail, ...errorMessageType, ids: readableIds(about) } }
}

const idNames = ['threeDSServerTransID', 'acsTransID', 'dsTransID', 'sdkTransID'] as const

/** The ids that have their form: an Erro may repeat nothing else. */
function readableIds(about: JsonObject): TransactionIds {
  const readable = idNames.filter((name) => uuid(about[name], name, {} as Facts).length === 0)
  return Object.fromEntries(readable.map((name) => [name, about[name]]))
}

function isOneOf<Value>(values: readonly Value[], value: unknown): value is Value {
  return values.includes(value as Value)
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
