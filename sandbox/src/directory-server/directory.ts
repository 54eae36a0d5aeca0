import assert from 'node:assert/strict'
import { checkMessage, type Expectation, readMessage } from '@tessera/contracts/three-ds/check-message'
import { type ErrorCode, erroAbout, type MessageFault } from '@tessera/contracts/three-ds/error-codes'
import type { DirectoryFault, IssuerScript } from '@tessera/contracts/three-ds/issuer-scripts'
import type { AReq } from '@tessera/contracts/three-ds/messages/areq'
import type { ARes } from '@tessera/contracts/three-ds/messages/ares'
import type { Erro, MessageType } from '@tessera/contracts/three-ds/messages/erro'
import type { PReq, PRes } from '@tessera/contracts/three-ds/messages/preparation'
import { compareVersions, isSpokenVersion } from '@tessera/contracts/three-ds/versions'
import type { Clock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import { newUuid } from '../acs/identifiers.ts'
import type { Issuer } from '../acs/issuer.ts'
import type { Journal } from '../ledger/journal.ts'
import type { CardRangeChange, CardRanges } from './card-ranges.ts'

export const dsReferenceNumber = 'TESSERA_SANDBOX_DS'

export interface DirectoryParts {
  ranges: CardRanges
  issuer: Issuer
  journal: Journal
  clock: Clock
  ids: Ids
  publicUrl(): string
}

/** `fault`: how the answer is to be spoilt on its way. */
export interface DirectoryAnswer {
  message: PRes | ARes | Erro
  fault: DirectoryFault | null
}

/** The simulated directory server: says which cards take part, and carries an AReq to their issuer. */
export class Directory {
  readonly #parts: DirectoryParts

  constructor(parts: DirectoryParts) {
    this.#parts = parts
  }

  async prepare(bytes: Uint8Array): Promise<DirectoryAnswer> {
    const verdict = readMessage(bytes, { types: ['PReq'] })
    if (!verdict.ok) return this.#erro(verdict.fault)
    const preq = verdict.message
    const { ranges, journal, publicUrl } = this.#parts
    await journal.settled()
    const cardRangeData = ranges.since(preq.serialNum, publicUrl())
    if (cardRangeData === null) return this.#refuse('307', 'serialNum', preq)
    return this.#good({
      messageType: 'PRes',
      messageVersion: preq.messageVersion,
      threeDSServerTransID: preq.threeDSServerTransID,
      dsTransID: newUuid(this.#parts.ids),
      serialNum: ranges.serial(publicUrl()),
      dsStartProtocolVersion: '2.1.0',
      dsEndProtocolVersion: '2.2.0',
      ...(cardRangeData.length === 0 ? {} : { cardRangeData }),
    })
  }

  async authenticate(bytes: Uint8Array): Promise<DirectoryAnswer> {
    const verdict = readMessage(bytes, { types: ['AReq'] })
    if (!verdict.ok) return this.#erro(verdict.fault)
    const areq = verdict.message
    const script = this.#parts.ranges.issuerOf(areq.acctNumber)
    if (script === null) return this.#good(this.#noIssuer(areq), areq)
    const { start, end } = script.versions
    const isSpoken = compareVersions(start, areq.messageVersion) <= 0 && compareVersions(areq.messageVersion, end) <= 0
    if (!isSpoken) return this.#refuse('102', `${start},${end}`, areq)
    return this.#askIssuer(areq, script)
  }

  /** Takes changes of the card ranges into the journal; they hold from the next PReq on. */
  async changeRanges(changes: CardRangeChange[]): Promise<string> {
    const { ranges, journal, clock, publicUrl } = this.#parts
    const entry = { type: 'card_ranges' as const, atMs: clock.now(), changes }
    ranges.apply(entry)
    await journal.append(entry)
    return ranges.serial(publicUrl())
  }

  async #askIssuer(areq: AReq, script: IssuerScript): Promise<DirectoryAnswer> {
    const fault = script.decision.kind === 'directory_fault' ? script.decision.fault : null
    if (fault === 'erro') return this.#refuse('403', 'The issuer is out of order.', areq)
    const dsTransID = newUuid(this.#parts.ids)
    const forwarded = { ...areq, dsTransID, dsReferenceNumber, dsURL: `${this.#parts.publicUrl()}/ds/results` }
    assertGood(forwarded, { types: ['AReq'], leg: 'to_issuer' })
    return { ...this.#good(await this.#parts.issuer.authenticate(forwarded, script), areq), fault }
  }

  /** The directory answers for issuers that take no part. */
  #noIssuer(areq: AReq): ARes {
    return {
      messageType: 'ARes',
      messageVersion: areq.messageVersion,
      threeDSServerTransID: areq.threeDSServerTransID,
      acsTransID: newUuid(this.#parts.ids),
      dsTransID: newUuid(this.#parts.ids),
      acsReferenceNumber: dsReferenceNumber,
      dsReferenceNumber,
      transStatus: 'U',
      transStatusReason: '08',
    }
  }

  #refuse(errorCode: ErrorCode, errorDetail: string, about: AReq | PReq): DirectoryAnswer {
    const { messageType, threeDSServerTransID } = about
    return this.#erro({ errorCode, errorDetail, errorMessageType: messageType, ids: { threeDSServerTransID } }, about)
  }

  #erro(fault: MessageFault, about?: { messageVersion: unknown }): DirectoryAnswer {
    const version = isSpokenVersion(about?.messageVersion) ? about.messageVersion : '2.2.0'
    return this.#good(erroAbout(fault, 'D', version))
  }

  #good(message: DirectoryAnswer['message'], areq?: AReq): DirectoryAnswer {
    const { deviceChannel, messageCategory } = areq ?? {}
    assertGood(message, {
      types: ['PRes', 'ARes', 'Erro'],
      ...(deviceChannel === undefined ? {} : { deviceChannel }),
      ...(messageCategory === undefined ? {} : { messageCategory }),
    })
    return { message, fault: null }
  }
}

/** The simulator never means to send a bad message; the bad ones that scripts ask for are spoilt afterwards. */
function assertGood(message: unknown, expectation: Expectation<MessageType>): void {
  const verdict = checkMessage(message, expectation)
  assert(verdict.ok, verdict.ok ? '' : `${verdict.fault.errorCode} ${verdict.fault.errorDetail}`)
}
