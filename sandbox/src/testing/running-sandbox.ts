import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '@tessera/lib/clock'
import type { Ids } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import type { Random } from '@tessera/lib/random'
import { ManualTimers, realTimers, type Timers } from '@tessera/lib/timers'
import { type Sandbox, startSandbox } from '../compose.ts'

export interface HttpAnswer {
  status: number
  contentType: string
  body: string
  json: Record<string, unknown>
}

export interface RunningSandbox {
  url: string
  clock: ManualClock
  timers: ManualTimers
  journal: string
  /** As account `mer_1` unless told otherwise. Rejects when the connection ends without a whole answer. */
  call(method: string, path: string, body?: unknown, account?: string): Promise<HttpAnswer>
  ledger(account?: string): Promise<Record<string, unknown>[]>
  journalText(): Promise<string>
  /** Ends the process's part and starts again on the same journal. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export const testDelays = { settleAfterMs: 3_000, payOutAfterMs: 3_000, disputeAfterMs: 1_000, disputeLastsMs: 30_000 }
export const startOfTimeMs = Date.UTC(2030, 0, 15, 12)

/** A sandbox over real HTTP with a real journal; time and randomness are the test's, unless `realTime` asks for timers that run. */
export async function runSandbox(options: { realTime?: boolean } = {}): Promise<RunningSandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'tessera-sandbox-'))
  const journal = join(directory, 'journal.jsonl')
  const clock = new ManualClock(startOfTimeMs)
  const timers = new ManualTimers(clock)
  const ids = countedIds()
  const agent = new Agent({ keepAlive: true })
  let sandbox = await start(journal, clock, options.realTime ? realTimers : timers, ids)

  const call: RunningSandbox['call'] = (method, path, body, account = 'mer_1') =>
    send(agent, `${sandbox.url}${path}`, method, body === undefined ? undefined : JSON.stringify(body), {
      authorization: `Bearer sbx_${account}`,
    })
  return {
    get url() {
      return sandbox.url
    },
    clock,
    timers,
    journal,
    call,
    async ledger(account) {
      const answer = await call('GET', `/sandbox/ledger${account === undefined ? '' : `?account=${account}`}`)
      return answer.body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    },
    journalText: () => readFile(journal, 'utf8'),
    async restart() {
      await sandbox.stop(0)
      sandbox = await start(journal, clock, options.realTime ? realTimers : timers, ids)
    },
    async stop() {
      agent.destroy()
      await sandbox.stop(0)
      await rm(directory, { recursive: true })
    },
  }
}

/** Counted, not drawn: recorded answers stay what they are whatever becomes of the real sources. */
function countedIds(): Ids {
  let count = 0
  const next = (): string => String(++count).padStart(26, '0')
  return { timeOrdered: next, random: next }
}

/** Spread evenly over [0, 1). */
function countedRandom(): Random {
  let count = 0
  return { bytes: (length) => Buffer.alloc(length, 0xee), unit: () => (++count * 0.6180339887) % 1 }
}

function start(journal: string, clock: ManualClock, timers: Timers, ids: Ids): Promise<Sandbox> {
  return startSandbox({
    host: '127.0.0.1',
    port: 0,
    journal,
    clock,
    timers,
    random: countedRandom(),
    ids,
    delays: testDelays,
    publicUrl: null,
    log: createLogger({ process: 'sandbox', clock, level: 'silent' }),
    onJournalFailure(cause) {
      throw cause
    },
  })
}

export function send(
  agent: Agent | undefined,
  url: string,
  method: string,
  body: string | Uint8Array | undefined,
  headers: Record<string, string>,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          body: text,
          json: parsedOrEmpty(text),
        })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

function parsedOrEmpty(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

export const plainCard = { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' }

/** The body of an authorization. `card` changes single fields of a card that approves. */
export function authorization(
  reference: string,
  more: Record<string, unknown> & { card?: Record<string, unknown> } = {},
): Record<string, unknown> {
  return {
    reference,
    amount_minor: 1762,
    currency: 'usd',
    capture: false,
    initiator: 'customer',
    ...more,
    card: { ...plainCard, ...more.card },
  }
}
