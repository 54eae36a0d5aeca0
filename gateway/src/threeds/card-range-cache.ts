import { readMessage } from '@tessera/contracts/three-ds/check-message'
import type { PReq } from '@tessera/contracts/three-ds/messages/preparation'
import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import type { Random } from '@tessera/lib/random'
import { newUuid } from '@tessera/lib/uuid'
import type { Participation } from '../core/ports/three-d-secure-provider.ts'
import { CardRanges, type KnownDigits } from './card-ranges.ts'
import type { DirectoryLink } from './directory-link.ts'
import { serverReferenceNumber } from './own-names.ts'

export interface CardRangeCache {
  /** From memory; waits only for the first list. `unknown` where there is none to be had. */
  find(mode: Mode, digits: KnownDigits): Promise<Participation>
}

/** EMV 3-D Secure asks for an update once a day at least; an hour costs nothing, since only changes are sent. */
const refreshAfterMs = 3_600_000
const retryAfterMs = 10_000

/** Ranges per mode, brought up to date by whoever looks after they have grown old: what is there is used meanwhile. */
export function createCardRangeCache(parts: {
  link: DirectoryLink
  clock: Clock
  random: Random
  log: Logger
}): CardRangeCache {
  const { clock, log } = parts
  const held = new Map<Mode, { ranges: CardRanges | null; dueAtMs: number; loading: Promise<void> | null }>()

  async function load(mode: Mode, known: CardRanges | null): Promise<CardRanges> {
    const serial = known?.serial ?? null
    const asked = await ask(parts, mode, serial)
    if (asked === 'serial_unknown') return load(mode, null)
    const ranges = serial === null ? new CardRanges() : (known as CardRanges)
    ranges.take(asked, serial !== null)
    return ranges
  }

  function refresh(mode: Mode): Promise<void> {
    const entry = held.get(mode) ?? { ranges: null, dueAtMs: 0, loading: null }
    held.set(mode, entry)
    entry.loading ??= load(mode, entry.ranges)
      .then((ranges) => {
        entry.ranges = ranges
        entry.dueAtMs = clock.now() + refreshAfterMs
      })
      .catch((error: unknown) => {
        entry.dueAtMs = clock.now() + retryAfterMs
        log.warn('the card ranges of 3-D Secure are not brought up to date', { mode, error })
      })
      .finally(() => {
        entry.loading = null
      })
    return entry.loading
  }

  return {
    async find(mode, digits) {
      const entry = held.get(mode)
      const isDue = entry === undefined || clock.now() >= entry.dueAtMs
      const refreshing = isDue || entry?.loading ? refresh(mode) : null
      if (!entry?.ranges && refreshing !== null) await refreshing
      return held.get(mode)?.ranges?.find(digits) ?? { kind: 'unknown' }
    },
  }
}

async function ask({ link, random }: { link: DirectoryLink; random: Random }, mode: Mode, serial: string | null) {
  const preq: PReq = {
    messageType: 'PReq',
    messageVersion: '2.2.0',
    threeDSServerTransID: newUuid(random),
    threeDSServerRefNumber: serverReferenceNumber,
    ...(serial === null ? {} : { serialNum: serial }),
  }
  const verdict = readMessage(await link.post(mode, '/card-ranges', preq), { types: ['PRes', 'Erro'] })
  if (!verdict.ok) throw new Error(`no PRes: ${verdict.fault.errorCode} ${verdict.fault.errorDetail}`)
  const { message } = verdict
  if (message.messageType === 'PRes') {
    if (message.threeDSServerTransID.toLowerCase() === preq.threeDSServerTransID) return message
    throw new Error('the PRes is about another request')
  }
  // The serial number is no longer known there: begin anew.
  if (message.errorCode === '307' && serial !== null) return 'serial_unknown'
  throw new Error(`Erro ${message.errorCode} ${message.errorDetail}`)
}
