import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { MetricsRegistry } from '@tessera/lib/metrics'
import { seededRandom } from '@tessera/lib/random'
import { realTimers, type Timers } from '@tessera/lib/timers'
import type { InjectOptions } from 'fastify'
import { runKeyed } from '../../../core/idempotency/keyed-request.ts'
import { trustedId } from '../../../core/ids.ts'
import type { MerchantDirectory } from '../../../core/merchants/merchant.ts'
import { MemoryKeyedRequests } from '../../../core/testing/keyed-requests.ts'
import { ScriptedPayments } from '../../../core/testing/scripted-payments.ts'
import { buildServer, defaultHttpLimits, type HttpLimits } from '../../../http/server.ts'
import { aMerchant, TestDirectory } from '../../../http/testing/test-directory.ts'
import { createV1, type V1Parts } from '../v1.ts'

export const nowMs = Date.parse('2026-10-07T12:00:00.000Z')
export const publicUrl = 'http://gateway.test'
export const vaultPublicUrl = 'http://vault.test'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at from outside, as a merchant's code would.
export type Json = any

export interface Answer {
  status: number
  headers: Record<string, string>
  text: string
  json: Json
}

export interface CallOptions {
  key?: string | null
  headers?: Record<string, string>
}

/** The v1 API over scripted use cases, and three callers: the merchant, in live mode, and somebody else. */
export function createTestApi(
  given: {
    parts?: Partial<V1Parts>
    limits?: Partial<HttpLimits>
    clock?: ManualClock
    timers?: Timers
    directory?: MerchantDirectory
  } = {},
) {
  const clock = given.clock ?? new ManualClock(nowMs)
  const random = seededRandom(7)
  const ids = createIds(clock, random)
  const directory = new TestDirectory(random)
  const merchant = aMerchant()
  const mine = directory.secretKey(merchant)
  const live = directory.secretKey(merchant, 'live')
  const foreign = directory.secretKey(aMerchant({ merchantId: trustedId('mer_2'), name: 'Somebody else' }))
  const payments = new ScriptedPayments({ clock, ids })
  const logLines: string[] = []
  const metrics = new MetricsRegistry()
  const log = createLogger({ process: 'test', clock, level: 'info', write: (line) => logLines.push(line) })
  const keyedRequests = new MemoryKeyedRequests()
  const keyed = { keyedRequests, clock, ids, log, timers: given.timers ?? realTimers }
  const parts: Partial<V1Parts> = {
    payments,
    publicUrl,
    runKeyed: (caller, claim, perform) => runKeyed(keyed, caller, claim, perform),
    ...given.parts,
  }
  const server = buildServer({
    dialects: [createV1(parts as V1Parts)],
    directory: given.directory ?? directory,
    clock,
    ids,
    log,
    metrics,
    limits: { ...defaultHttpLimits, ...given.limits },
    publicUrl,
    vaultPublicUrl,
    checkReady: async () => [],
  })

  async function inject(request: InjectOptions): Promise<Answer> {
    const response = await server.app.inject(request)
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
      text: response.body,
      json: response.headers['content-type']?.toString().startsWith('application/json') ? response.json() : null,
    }
  }

  /** A body that is text or bytes is sent as it stands. */
  function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown, options: CallOptions = {}) {
    const key = options.key === undefined ? mine.key : options.key
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
    return inject({
      method,
      url,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { payload: isRaw ? body : JSON.stringify(body) }),
    })
  }

  return {
    server,
    clock,
    ids,
    directory,
    merchant,
    payments,
    keyedRequests,
    metrics,
    logLines,
    mine,
    live,
    foreign,
    inject,
    call,
    get: (url: string, options?: CallOptions) => call('GET', url, undefined, options),
    post: (url: string, body?: unknown, options?: CallOptions) => call('POST', url, body, options),
    patch: (url: string, body?: unknown, options?: CallOptions) => call('PATCH', url, body, options),
    delete: (url: string, options?: CallOptions) => call('DELETE', url, undefined, options),
  }
}

export type TestApi = ReturnType<typeof createTestApi>

export const aToken = 'tok_0123456789abcdefghjkmnpqrs'
