import type { KeyObject } from 'node:crypto'
import { type AuditEntry, type AuditPlace, batchMac, chainStart, entryMac } from './audit-entry.ts'

export type AuditLogRow = AuditEntry & AuditPlace & { mac: Buffer }

export type AuditProblem = {
  chainId: string
  sequence: number
  problem: 'altered' | 'missing_before' | 'out_of_order'
}

/**
 * Checks a log, sorted by chain, sequence and position. Finds rows that were altered, added, moved or removed. What it
 * cannot see is the loss of a chain's last batches: compare with the copies of the log that leave the machine.
 */
export function verifyAuditLog(key: KeyObject, log: Iterable<AuditLogRow>): AuditProblem[] {
  const problems: AuditProblem[] = []
  let chainId = ''
  let sequence = -1
  let expected: Buffer = chainStart
  let previous: Buffer = chainStart
  let macs: Buffer[] = []
  for (const row of log) {
    if (row.chainId !== chainId) {
      chainId = row.chainId
      sequence = -1
      expected = chainStart
      macs = []
    }
    if (row.sequence !== sequence) {
      if (macs.length > 0) expected = batchMac(key, previous, macs)
      if (row.sequence !== sequence + 1) problems.push({ chainId, sequence: row.sequence, problem: 'out_of_order' })
      if (!row.previous.equals(expected)) problems.push({ chainId, sequence: row.sequence, problem: 'missing_before' })
      sequence = row.sequence
      previous = row.previous
      macs = []
    }
    const mac = entryMac(key, row, row)
    if (!mac.equals(row.mac) || !row.previous.equals(previous)) {
      problems.push({ chainId, sequence, problem: 'altered' })
    }
    macs.push(row.mac)
  }
  return problems
}
