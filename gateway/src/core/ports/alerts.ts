import type { CardTestingAlert } from '@tessera/contracts/vault-protocol'
import type { AlertEvent } from '../events.ts'

/** Where alerts of card testing come from: the vault, whose processes each have their own. */
export interface AlertSource {
  /** Those that are outstanding at the process that is asked, oldest first. Throws VaultUnavailable. */
  cardTestingAlerts(acknowledged: readonly string[]): Promise<CardTestingAlert[]>
  /** How long an alert may be told, and how many a call may acknowledge. */
  alertBounds: { keptForMs: number; acknowledgedMax: number }
}

export interface AlertStore {
  /**
   * Writes each event with its deliveries and its place in the feed to come, in one commit. One whose alert has its event already is
   * passed over; returns how many were not.
   */
  record(events: readonly AlertEvent[]): Promise<number>
}
