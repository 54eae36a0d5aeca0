import type { KeyObject } from 'node:crypto'
import { type AuditEntry, type AuditPlace, batchMac, chainStart, entryMac } from './audit-entry.ts'

export type AuditLogRow = AuditEntry & AuditPlace & { mac: Buffer }

/**
 * How far a chain went when it was looked at. Kept where nobody of the database can reach it, it shows later that what was there
 * then is still there.
 */
export interface ChainEnd {
  chainId: string
  sequence: number
  /** Of the chain up to here, in base64. */
  mac: string
}

export interface AuditProblem {
  chainId: string
  sequence: number
  problem:
    | 'altered'
    | 'missing_before'
    | 'out_of_order'
    /** Found differently at an earlier check, whose end is given. */
    | 'not_as_before'
    /** An earlier check ended here, and now the chain does not come so far. */
    | 'cut_off'
}

export interface AuditFindings {
  entries: number
  /** The first of them; all were counted. */
  problems: AuditProblem[]
  problemCount: number
  ends: ChainEnd[]
}

const problemsMax = 1_000

/**
 * Checks a log, sorted by chain, sequence and position. Finds rows that were altered, added, moved or removed. The loss of a
 * chain's last rows, or of a whole chain, shows only against the ends of an earlier check.
 */
export async function verifyAuditLog(
  key: KeyObject,
  log: AsyncIterable<AuditLogRow>,
  earlier: readonly ChainEnd[] = [],
): Promise<AuditFindings> {
  const findings: AuditFindings = { entries: 0, problems: [], problemCount: 0, ends: [] }
  const found: Found = ({ chainId, sequence }, problem) => {
    findings.problemCount += 1
    if (findings.problems.length < problemsMax) findings.problems.push({ chainId, sequence, problem })
  }
  const expectedEnds = new Map(earlier.map((end) => [end.chainId, end]))
  let last: Link | null = null
  for await (const batch of batchesOf(log)) {
    const isNewChain: boolean = last?.chainId !== batch[0].chainId
    if (last !== null && isNewChain) findings.ends.push(endAt(last))
    last = checkBatch(key, batch, isNewChain ? null : last, found)
    findings.entries += batch.length
    const expected = expectedEnds.get(last.chainId)
    if (expected?.sequence !== last.sequence) continue
    expectedEnds.delete(last.chainId)
    if (expected.mac !== endAt(last).mac) found(last, 'not_as_before')
  }
  if (last !== null) findings.ends.push(endAt(last))
  for (const end of expectedEnds.values()) found(end, 'cut_off')
  return findings
}

type Batch = [AuditLogRow, ...AuditLogRow[]]
type Found = (at: { chainId: string; sequence: number }, problem: AuditProblem['problem']) => void
interface Link {
  chainId: string
  sequence: number
  mac: Buffer
}

/** `before` is null at the beginning of a chain. */
function checkBatch(key: KeyObject, batch: Batch, before: Link | null, found: Found): Link {
  const [{ chainId, sequence, previous }] = batch
  if (sequence !== (before?.sequence ?? -1) + 1) found(batch[0], 'out_of_order')
  if (!previous.equals(before?.mac ?? chainStart)) found(batch[0], 'missing_before')
  for (const row of batch) {
    if (!entryMac(key, row, row).equals(row.mac) || !row.previous.equals(previous)) found(row, 'altered')
  }
  const macs = batch.map((row) => row.mac)
  return { chainId, sequence, mac: batchMac(key, previous, macs) }
}

const endAt = ({ mac, ...place }: Link): ChainEnd => ({ ...place, mac: mac.toString('base64') })

/** The rows that were committed together. */
async function* batchesOf(log: AsyncIterable<AuditLogRow>): AsyncGenerator<Batch> {
  let batch: Batch | null = null
  for await (const row of log) {
    if (batch !== null && batch[0].chainId === row.chainId && batch[0].sequence === row.sequence) {
      batch.push(row)
      continue
    }
    if (batch !== null) yield batch
    batch = [row]
  }
  if (batch !== null) yield batch
}
