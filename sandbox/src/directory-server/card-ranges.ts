import { createHash } from 'node:crypto'
import type { IssuerScript } from '@tessera/contracts/three-ds/issuer-scripts'
import type { CardRange } from '@tessera/contracts/three-ds/messages/preparation'
import { enrolledRanges, plainIssuer } from '@tessera/contracts/three-ds/test-issuers'

/** A change that somebody asked for: kept in the journal, so that serial numbers never go back. */
export interface CardRangeChange {
  action: 'A' | 'M' | 'D'
  start: string
  end: string
  versions: IssuerScript['versions']
  method: IssuerScript['method']
}

export interface CardRangeEntry {
  type: 'card_ranges'
  atMs: number
  changes: CardRangeChange[]
}

interface HeldRange {
  start: string
  end: string
  issuer: IssuerScript
}

const keyOf = ({ start, end }: { start: string; end: string }): string => `${start}-${end}`

/** Which card numbers take part, and how that changed. The serial number counts the changes. */
export class CardRanges {
  readonly #ranges = new Map<string, HeldRange>(enrolledRanges.map((range) => [keyOf(range), range]))
  readonly #changes: CardRangeChange[][] = []

  apply(entry: CardRangeEntry): void {
    for (const change of entry.changes) this.#change(change)
    this.#changes.push(entry.changes)
  }

  /** A number that is a range of its own goes before a wider range that holds it. Null: takes no part. */
  issuerOf(number: string): IssuerScript | null {
    const own = this.#ranges.get(`${number}-${number}`)
    if (own !== undefined) return own.issuer
    for (const { start, end, issuer } of this.#ranges.values()) {
      if (start.length === number.length && start <= number && number <= end) return issuer
    }
    return null
  }

  serial(publicUrl: string): string {
    return `${this.#changes.length + 1}.${tagOf(publicUrl)}`
  }

  /**
   * All ranges, or those that changed since `serial`. Null: that serial number was not given out here (or under another
   * address, whose method URLs would be stale): Erro 307, and the asker begins anew.
   */
  since(serial: string | undefined, publicUrl: string): CardRange[] | null {
    if (serial === undefined) return [...this.#ranges.values()].map((range) => this.#shown('A', range, publicUrl))
    const [count, tag] = serial.split('.')
    const known = /^[1-9]\d{0,8}$/.test(count ?? '') ? Number(count) - 1 : -1
    if (tag !== tagOf(publicUrl) || known < 0 || known > this.#changes.length) return null
    return this.#changesAfter(known).map(({ action, start, end }) => {
      const held = this.#ranges.get(keyOf({ start, end })) ?? { start, end, issuer: plainIssuer }
      return this.#shown(action, held, publicUrl)
    })
  }

  /** One change a range, the last: what was added and then modified is still to be added. */
  #changesAfter(known: number): CardRangeChange[] {
    const last = new Map<string, CardRangeChange>()
    for (const change of this.#changes.slice(known).flat()) {
      const before = last.get(keyOf(change))
      const isStillNew = before?.action === 'A' && change.action === 'M'
      last.set(keyOf(change), isStillNew ? { ...change, action: 'A' } : change)
    }
    return [...last.values()]
  }

  #change({ action, start, end, versions, method }: CardRangeChange): void {
    const key = keyOf({ start, end })
    const held = this.#ranges.get(key)
    if (action === 'D') this.#ranges.delete(key)
    else this.#ranges.set(key, { start, end, issuer: { ...(held?.issuer ?? plainIssuer), versions, method } })
  }

  #shown(actionInd: 'A' | 'M' | 'D', { start, end, issuer }: HeldRange, publicUrl: string): CardRange {
    const { versions, method } = issuer
    return {
      startRange: start,
      endRange: end,
      actionInd,
      acsStartProtocolVersion: versions.start,
      acsEndProtocolVersion: versions.end,
      dsStartProtocolVersion: '2.1.0',
      dsEndProtocolVersion: '2.2.0',
      ...(method === null
        ? {}
        : { threeDSMethodURL: `${publicUrl}/acs/method${method === 'calls_back' ? '' : '/silent'}` }),
    }
  }
}

/** Changes with the address and with the ranges that the directory begins with. */
function tagOf(publicUrl: string): string {
  return createHash('sha256').update(publicUrl).update(rangesDigest).digest('hex').slice(0, 8)
}

const rangesDigest = createHash('sha256').update(JSON.stringify(enrolledRanges)).digest()
