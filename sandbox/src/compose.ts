import type { Clock } from '@tessera/lib/clock'
import { startServer, stopServer } from '@tessera/lib/http-server'
import type { Ids } from '@tessera/lib/ids'
import type { Logger } from '@tessera/lib/log'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import { Acquirer } from './acquirer/acquirer.ts'
import { FaultScript } from './faults/fault-script.ts'
import { openJournal } from './ledger/journal.ts'
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
  onJournalFailure: (cause: unknown) => void
}): Promise<Sandbox> {
  const { host, clock, timers, random, ids, log } = options
  const ledger = new Ledger()
  const journal = await openJournal({
    path: options.journal,
    read: (entry) => ledger.apply(entry),
    onFailure: options.onJournalFailure,
  })
  const acquirer = new Acquirer({ ledger, journal, clock, ids, random, delays: options.delays })
  const faults = new FaultScript(random)
  const stopping = new AbortController()
  const server = createSandboxServer({
    acquirer,
    faults,
    journal,
    timers,
    random,
    log,
    stopping: stopping.signal,
  })
  const port = await startServer(server, { host, port: options.port })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async stop(graceMs) {
      stopping.abort()
      await stopServer(server, graceMs)
      await journal.close()
    },
  }
}
