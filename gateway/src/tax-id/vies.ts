import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import { retry } from '@tessera/lib/retry'
import type { Timers } from '@tessera/lib/timers'
import { Agent, type Dispatcher } from 'undici'

export interface Vies {
  /** Whether the register knows the id; null where it gave no answer that can be trusted, for whatever reason. Never throws. */
  isRegistered(prefix: string, number: string): Promise<boolean | null>
  close(): Promise<void>
}

export interface ViesParts {
  /** Whole address of the call `check-vat-number`. */
  url: string
  /** For everything, a second try included. */
  timeoutMs: number
  clock: Clock
  timers: Timers
  random: Random
}

const connections = 4
const answerBytesMax = 64 * 1024

/**
 * The EU's register of tax ids, over its REST interface: POST {countryCode, vatNumber}. It says no by `valid: false`, and
 * that it does not know by `actionSucceed: false` (a member state is not reachable, or has too many requests) with any status.
 */
export function createVies(parts: ViesParts): Vies {
  const { url, timeoutMs, timers } = parts
  const target = new URL(url)
  const agent = new Agent({ connections, pipelining: 1, connect: { timeout: timeoutMs } })

  async function exchange(body: string, signal: AbortSignal): Promise<boolean | null> {
    const response = await agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal,
    })
    const text = await readBounded(response.body)
    return response.statusCode === 200 && text !== null ? readVerdict(text) : null
  }

  return {
    async isRegistered(prefix, number) {
      const body = JSON.stringify({ countryCode: prefix, vatNumber: number })
      const cut = new AbortController()
      const deadline = timers.after(timeoutMs, () => cut.abort(new Error('the register took too long')))
      try {
        return await retry(() => exchange(body, cut.signal), {
          ...parts,
          attempts: 2,
          firstPauseMs: 100,
          maxPauseMs: 100,
          deadlineMs: timeoutMs,
          // A connection that was kept open may have been closed at the other end; asking twice does no harm.
          isRetryable: () => !cut.signal.aborted,
        })
      } catch {
        return null
      } finally {
        deadline.cancel()
      }
    },
    close: () => agent.destroy(),
  }
}

/** Null for a body beyond the bound, of which no more is read. */
async function readBounded(body: Dispatcher.ResponseData['body']): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > answerBytesMax) {
      body.destroy()
      return null
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `userError` tells of trouble beside a verdict that then means nothing (`MS_UNAVAILABLE`, `IP_BLOCKED`, with `valid: false`). */
function readVerdict(text: string): boolean | null {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof answer !== 'object' || answer === null) return null
  const { actionSucceed, valid, userError } = answer as Record<string, unknown>
  if (actionSucceed === false || typeof valid !== 'boolean') return null
  const isVerdict = userError === undefined || userError === 'VALID' || userError === 'INVALID'
  return isVerdict ? valid : null
}
