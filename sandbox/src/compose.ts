import type { Clock } from '@tessera/lib/clock'
import { startServer, stopServer } from '@tessera/lib/http-server'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import { Acquirer } from './acquirer/acquirer.ts'
import { AuthenticationBook } from './acs/authentication-book.ts'
import { Issuer } from './acs/issuer.ts'
import { CardRanges } from './directory-server/card-ranges.ts'
import { Directory } from './directory-server/directory.ts'
import { createSendResult } from './directory-server/send-result.ts'
import { FaultScript } from './faults/fault-script.ts'
import { type JournalEntry, openJournal } from './ledger/journal.ts'
import { Ledger } from './ledger/ledger.ts'
import { createSandboxServer } from './server/server.ts'
import type { SettlementDelays } from './settlement/due.ts'

export interface Sandbox {
  url: string
  /** Takes no more requests, lets the running ones finish within `graceMs`, and closes the journal. */
  stop(graceMs: number): Promise<void>
}

/** `onJournalFailure`: the ledger can no longer be kept; the process has to end. */
export async function startSandbox(options: {
  host: string
  port: number
  journal: string
  clock: Clock
  timers: Timers
  random: Random
  ids: Ids
  log: Logger
  delays: SettlementDelays
  /** Where browsers reach the sandbox; null: where it listens. */
  publicUrl: string | null
  onJournalFailure: (cause: unknown) => void
}): Promise<Sandbox> {
  const { host, clock, timers, random, ids, log } = options
  const ledger = new Ledger()
  const authentications = new AuthenticationBook()
  const ranges = new CardRanges()
  const journal = await openJournal({
    path: options.journal,
    read: (entry) => readBack(entry, { ledger, authentications, ranges }),
    onFailure: options.onJournalFailure,
  })
  const acquirer = new Acquirer({ ledger, journal, clock, ids, random, delays: options.delays, authentications })
  const faults = new FaultScript(random)
  const stopping = new AbortController()
  let listensAt = ''
  const publicUrl = (): string => options.publicUrl ?? listensAt
  const sendResult = createSendResult({ timers, stopping: stopping.signal })
  const issuer = new Issuer({ book: authentications, journal, clock, ids, timers, sendResult, publicUrl })
  const directory = new Directory({ ranges, issuer, journal, clock, ids, publicUrl })
  const server = createSandboxServer({
    acquirer,
    issuer,
    directory,
    publicUrl,
    ids,
    faults,
    journal,
    timers,
    random,
    log,
    stopping: stopping.signal,
  })
  const port = await startServer(server, { host, port: options.port })
  listensAt = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    url: listensAt,
    async stop(graceMs) {
      stopping.abort()
      await stopServer(server, graceMs)
      await issuer.stop()
      await journal.close()
    },
  }
}

function readBack(
  entry: JournalEntry,
  books: { ledger: Ledger; authentications: AuthenticationBook; ranges: CardRanges },
): void {
  switch (entry.type) {
    case 'authentication':
    case 'challenge_step':
    case 'challenge_result':
    case 'result_report':
      books.authentications.apply(entry)
      return
    case 'card_ranges':
      books.ranges.apply(entry)
      return
    default:
      books.ledger.apply(entry)
      books.authentications.spendOn(entry)
  }
}
