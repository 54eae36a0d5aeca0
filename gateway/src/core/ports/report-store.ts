import type { ConnectorId } from '../ids.ts'
import type { Scope } from './payment-store.ts'

/** A merchant's account at an acquirer whose report is due to be read. */
export interface DueReport {
  scope: Scope
  connectorId: ConnectorId
  /** Name of the connector, e.g. `sandbox`. */
  connector: string
  /** Sequence number of the last entry that is wholly recorded; 0 for none. */
  position: number
  leaseUntilMs: number
}

/** How far the reports have been read. */
export interface ReportStore {
  /** Begins, at position 0, for each account at one of these connectors that is not known yet. */
  addAccounts(connectors: string[], nowMs: number): Promise<void>
  /** Accounts that are due, leased so that no other worker reads them meanwhile. */
  claim(nowMs: number, leaseMs: number, limit: number): Promise<DueReport[]>
  /** Gives a claimed account back, to be read again then; the position never goes back. */
  release(due: DueReport, next: { position: number; dueAtMs: number }): Promise<void>
}
