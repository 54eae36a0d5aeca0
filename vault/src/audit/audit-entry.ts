import type { KeyObject } from 'node:crypto'
import type { Mode } from '@tessera/contracts/vault-protocol'
import { hmacSha256 } from '../crypto/derivation.ts'

export type AuditAction =
  /** The vault came up and opened its keys. */
  | 'vault_started'
  | 'vault_stopped'
  /** All of this log was read, to check it. */
  | 'audit_log_read'
  /** All keys are being wrapped anew, under the newest root key. */
  | 'keys_rewrapped'
  /** Number and, once, CVC were sent to an acquirer. */
  | 'card_sent'
  /** The same, and the card was written down to be kept. */
  | 'card_sent_and_saved'
  /** The number was opened for its keyed fingerprint. */
  | 'card_fingerprinted'
  | 'card_activated'
  | 'card_erased'

/** PCI DSS 10.2.2: what, on which card, for whom, when, where to. */
export interface AuditEntry {
  merchantId: string
  mode: Mode | ''
  action: AuditAction
  /** Attempt or saved card. */
  subjectId: string
  stepId: string | null
  /** Connector and operation. */
  destination: string | null
  atMs: number
}

/** Where a row stands: rows of one committed batch share chain and sequence. */
export interface AuditPlace {
  chainId: string
  sequence: number
  position: number
  previous: Buffer
}

/** Authenticates content and place; JSON of an array is unambiguous. */
export function entryMac(key: KeyObject, entry: AuditEntry, place: AuditPlace): Buffer {
  const { merchantId, mode, action, subjectId, stepId, destination, atMs } = entry
  const content = [place.chainId, place.sequence, place.position, merchantId, mode, action, subjectId, stepId]
  return hmacSha256(key, place.previous, Buffer.from(JSON.stringify([...content, destination, atMs])))
}

export const chainStart = Buffer.alloc(32)

/** What the next batch names as its `previous`. */
export function batchMac(key: KeyObject, previous: Buffer, macs: readonly Buffer[]): Buffer {
  return hmacSha256(key, previous, ...macs)
}
