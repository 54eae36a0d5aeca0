import { type CallGroup, type GroupedReply, groupedCallsMax } from '@tessera/contracts/vault-protocol'
import { createGrouper } from '@tessera/lib/grouper'
import type { Dispatcher } from 'undici'

export interface CallGroups {
  /** Rejects with VaultRefused where the vault refused the call, else with why no reply came. */
  call(path: string, request: unknown, timeoutMs: number): Promise<unknown>
}

/** The vault answered, and did not do what was asked. */
export class VaultRefused extends Error {
  override name = 'VaultRefused'
  readonly status: number
  constructor(path: string, status: number) {
    super(`the vault answered ${path} with ${status}`)
    this.status = status
  }
}

interface Waiting {
  path: string
  request: unknown
  timeoutMs: number
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * Calls of one turn of the event loop share a request: under load that is a payment batch's worth of them, and most of the
 * cost of a call is its HTTP exchange. Alone, a call is a group of one.
 */
export function createCallGroups(
  post: (group: CallGroup, timeoutMs: number) => Promise<Dispatcher.ResponseData>,
): CallGroups {
  const grouper = createGrouper<Waiting>({ max: groupedCallsMax, write: (group) => void exchange(group) })

  async function exchange(group: Waiting[]): Promise<void> {
    const open = new Map(group.entries())
    try {
      const calls = group.map(({ path, request }) => ({ path, request }))
      const response = await post({ calls }, Math.max(...group.map((each) => each.timeoutMs)))
      if (response.statusCode !== 200) {
        await response.body.dump()
        throw new VaultRefused('a group of calls', response.statusCode)
      }
      await readLines(response.body, (line) => settle(open, JSON.parse(line) as GroupedReply))
      throw new Error('the vault left a call unanswered')
    } catch (error) {
      for (const waiting of open.values()) waiting.reject(error)
    }
  }

  return {
    call: (path, request, timeoutMs) =>
      new Promise((resolve, reject) => {
        grouper.add({ path, request, timeoutMs, resolve, reject })
      }),
  }
}

function settle(open: Map<number, Waiting>, { index, status, value }: GroupedReply): void {
  const waiting = open.get(index)
  if (waiting === undefined) return
  open.delete(index)
  if (status === 200) waiting.resolve(value)
  else waiting.reject(new VaultRefused(waiting.path, status))
}

async function readLines(body: Dispatcher.ResponseData['body'], take: (line: string) => void): Promise<void> {
  let rest = ''
  body.setEncoding('utf8')
  for await (const chunk of body) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
}
