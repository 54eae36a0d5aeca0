import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { MetricsRegistry } from '@tessera/lib/metrics'
import { seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { runKeyed } from '../../../core/idempotency/keyed-request.ts'
import type { Merchant } from '../../../core/merchants/merchant.ts'
import { MemoryKeyedRequests } from '../../../core/testing/keyed-requests.ts'
import { ScriptedPayments } from '../../../core/testing/scripted-payments.ts'
import { buildServer, defaultHttpLimits } from '../../../http/server.ts'
import { aMerchant, TestDirectory } from '../../../http/testing/test-directory.ts'
import { createInflow, type InflowParts } from '../inflow.ts'

export const nowMs = Date.parse('2026-10-07T12:00:00.000Z')
export const publicUrl = 'http://gateway.test'
const vaultPublicUrl = 'http://vault.test'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at from outside, as a merchant's code would.
export type Json = any

/** The API over scripted use cases, and the merchant that calls it. */
export function createTestApi(given: { parts?: Partial<InflowParts>; merchant?: Partial<Merchant> } = {}) {
  const clock = new ManualClock(nowMs)
  const random = seededRandom(9)
  const ids = createIds(clock, random)
  const directory = new TestDirectory(random)
  const merchant = aMerchant(given.merchant)
  const mine = directory.secretKey(merchant)
  const payments = new ScriptedPayments({ clock, ids })
  const log = createLogger({ process: 'test', clock, level: 'silent' })
  const keyed = { keyedRequests: new MemoryKeyedRequests(), clock, ids, log, timers: realTimers }
  const parts: Partial<InflowParts> = {
    payments,
    clock,
    publicUrl,
    runKeyed: (caller, claim, perform) => runKeyed(keyed, caller, claim, perform),
    ...given.parts,
  }
  const server = buildServer({
    dialects: [createInflow(parts as InflowParts)],
    directory,
    clock,
    ids,
    log,
    metrics: new MetricsRegistry(),
    limits: defaultHttpLimits,
    publicUrl,
    vaultPublicUrl,
    checkReady: async () => [],
  })

  async function call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    body?: unknown,
    headers: Record<string, string> = { 'x-inflow-api-key': mine.key },
  ) {
    const response = await server.app.inject({
      method,
      url,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.statusCode, headers: response.headers, json: response.json() as Json }
  }

  return { server, directory, merchant, payments, mine, call }
}

export const aBody = {
  products: [{ name: 'Pro Plan', price: 4999, quantity: 1 }],
  currency: 'EUR',
  customerEmail: 'John@Example.com',
  billingCountry: 'fr',
  purchasingAsBusiness: false,
}
