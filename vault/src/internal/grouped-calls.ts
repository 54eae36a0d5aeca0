import type { ServerResponse } from 'node:http'
import { type GroupedReply, groupedCallsMax } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import { createGrouper } from '@tessera/lib/grouper'
import type { Logger } from '@tessera/lib/log'
import type { VaultMetrics } from '../metrics.ts'
import type { InternalCalls } from './internal-calls.ts'
import { type PerformedCall, performCall } from './perform-call.ts'

export interface GroupParts {
  calls: InternalCalls
  clock: Clock
  log: Logger
  metrics: VaultMetrics
}

/** Answers each call of a group by a line of its own, as soon as it is done. False: it is no group. */
export function answerGroup(group: unknown, res: ServerResponse, parts: GroupParts): boolean {
  const calls = callsOf(group)
  if (calls === null) return false
  let open = calls.length
  const lines = createGrouper<string>({
    max: groupedCallsMax,
    write(done) {
      const text = done.join('')
      const isFirst = open === calls.length
      open -= done.length
      if (isFirst) res.writeHead(200, headOf(text, open))
      if (open === 0) res.end(text)
      else res.write(text)
    },
  })
  for (const [index, { path, request }] of calls.entries()) {
    void answerOne(path, request, parts).then(({ status, value }) => {
      lines.add(`${JSON.stringify({ index, status, value } satisfies GroupedReply)}\n`)
    })
  }
  return true
}

/** With its length, what is all the answer leaves in one call to the system; chunks take several. */
function headOf(text: string, open: number): Record<string, string> {
  const type = { 'content-type': 'application/x-ndjson' }
  return open === 0 ? { ...type, 'content-length': String(Buffer.byteLength(text)) } : type
}

async function answerOne(path: string, request: unknown, parts: GroupParts): Promise<PerformedCall> {
  const call = parts.calls.get(path)
  if (call === undefined) return { status: 404, value: { error: 'not_found' } }
  try {
    return await performCall(path, () => call(request), parts)
  } catch (error) {
    parts.log.error('internal call failed', { route: path, error })
    return { status: 500, value: { error: 'internal_error' } }
  }
}

function callsOf(group: unknown): { path: string; request: unknown }[] | null {
  const { calls } = (group ?? {}) as { calls?: unknown }
  if (!Array.isArray(calls) || calls.length === 0 || calls.length > groupedCallsMax) return null
  return calls.every((call) => typeof call?.path === 'string') ? calls : null
}
