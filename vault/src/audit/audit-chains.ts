import type { KeyObject } from 'node:crypto'
import type { Ids } from '@tessera/lib/ids'
import { type AuditEntry, batchMac, chainStart, entryMac } from './audit-entry.ts'

/** Where a batch goes; its rows have a `position` each, from 0, and a `mac`. */
export interface AuditLink {
  chainId: string
  sequence: number
  previous: Buffer
}

interface Chain {
  id: string
  sequence: number
  previous: Buffer
}

export interface AuditChains {
  /**
   * Writes a batch into a chain. `write` gets one MAC per entry and answers which positions were committed: only they
   * count. One batch per chain at a time; a chain whose commit failed or is in doubt is not continued.
   */
  append<T>(
    entries: readonly AuditEntry[],
    write: (link: AuditLink, macs: readonly Buffer[]) => Promise<{ committed: readonly number[]; result: T }>,
  ): Promise<T>
}

/**
 * Tamper evidence (PCI DSS 10.3): each batch authenticates the one before it under a key that the database never sees.
 * As many chains as batches run at once, all of them new with each start of the process.
 */
export function createAuditChains(key: KeyObject, ids: Ids): AuditChains {
  const idle: Chain[] = []
  return {
    async append(entries, write) {
      const chain = idle.pop() ?? { id: ids.timeOrdered(), sequence: 0, previous: chainStart }
      const link = { chainId: chain.id, sequence: chain.sequence, previous: chain.previous }
      const macs = entries.map((entry, position) => entryMac(key, entry, { ...link, position }))
      const { committed, result } = await write(link, macs)
      if (committed.length > 0) {
        const written = [...committed].sort((left, right) => left - right).map((position) => macs[position] as Buffer)
        chain.previous = batchMac(key, chain.previous, written)
        chain.sequence += 1
      }
      idle.push(chain)
      return result
    },
  }
}
