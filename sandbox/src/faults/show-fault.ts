import type { ServerResponse } from 'node:http'
import type { SandboxFaultKind } from '@tessera/contracts/test-card-outcomes'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { Answer } from '../acquirer/answers.ts'
import type { Fault } from './fault-script.ts'

/**
 * The longest that a request may be held back and be processed after all. The connector's `notFoundFinalAfterMs` is above
 * it: whoever is told "not found" later than that can rely on it.
 */
export const longestDelayBeforeMs = 10_000
export const longestFaultMs = 120_000

const delayMs = 1_000
const hangMs = 60_000

export function defaultFaultMs(kind: SandboxFaultKind): number {
  return kind.startsWith('delay') ? delayMs : hangMs
}

export function longestMsOf(kind: SandboxFaultKind): number {
  return kind === 'delay_before' ? longestDelayBeforeMs : longestFaultMs
}

export interface FaultParts {
  timers: Timers
  random: Random
  /** Aborted when the server stops: whatever is held back ends without an answer. */
  stopping: AbortSignal
}

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, headersOf(answer.body))
  response.end(answer.body)
}

function headersOf(body: string): Record<string, string | number> {
  return { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }
}

/**
 * Answers a request the wrong way. `carryOut` changes the ledger and may be called once at most: never by `reset_before`,
 * `http_503_before` and `hang_before`, always by the others, even when the caller has left meanwhile.
 */
export async function showFault(
  fault: Fault,
  response: ServerResponse,
  carryOut: () => Promise<Answer>,
  { timers, random, stopping }: FaultParts,
): Promise<void> {
  switch (fault.kind) {
    case 'delay_before':
      await timers.sleep(fault.ms, stopping)
      return sendAnswer(response, await carryOut())
    case 'delay_after': {
      const answer = await carryOut()
      await timers.sleep(fault.ms, stopping)
      return sendAnswer(response, answer)
    }
    case 'reset_before':
      return reset(response)
    case 'reset_after':
      await carryOut()
      return reset(response)
    case 'http_503_before':
      return sendAnswer(response, failure(503, 'unavailable'))
    case 'http_500_after':
      await carryOut()
      return sendAnswer(response, failure(500, 'internal_error'))
    case 'garbage_after':
      await carryOut()
      return sendGarbage(response, random)
    case 'truncate_after':
      return sendTruncated(response, await carryOut())
    case 'duplicate_answer':
      return sendTwice(response, await carryOut())
    case 'hang_before':
      await timers.sleep(fault.ms, stopping)
      response.destroy()
      return
    case 'hang_after':
      await carryOut()
      await timers.sleep(fault.ms, stopping)
      response.destroy()
      return
    case 'never_answer':
      await carryOut()
      await timers.sleep(longestFaultMs, stopping)
      response.destroy()
      return
  }
}

function failure(status: number, code: string): Answer {
  return { status, body: JSON.stringify({ error: { code, message: 'A fault that was asked for.' } }) }
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy()
}

/** Says JSON and is none, nor UTF-8. */
function sendGarbage(response: ServerResponse, random: Random): void {
  const body = Buffer.concat([Buffer.from('{"status":"appro\xff', 'latin1'), random.bytes(64)])
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

function sendTruncated(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, headersOf(answer.body))
  response.write(answer.body.slice(0, Math.floor(answer.body.length / 2)), () => response.socket?.destroy())
}

/** The second copy follows on the same connection, where a careless client takes it for the answer to its next request. */
function sendTwice(response: ServerResponse, answer: Answer): void {
  const { socket } = response
  const length = Buffer.byteLength(answer.body)
  const copy = `HTTP/1.1 ${answer.status} OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${answer.body}`
  response.writeHead(answer.status, headersOf(answer.body))
  response.end(answer.body, () => socket?.write(copy))
}
