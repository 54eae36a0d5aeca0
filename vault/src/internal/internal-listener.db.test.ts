import { createSecretKey } from 'node:crypto'
import { signInternalCall } from '@tessera/contracts/internal-signature'
import { vaultPaths } from '@tessera/contracts/vault-protocol'
import { secureRandom } from '@tessera/lib/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { claim, count } from '../testing/calls.ts'
import { goodCard, projectedKey, type RunningVault, runVault, usualKeys } from '../testing/running-vault.ts'

let database: TestDatabase
let vault: RunningVault

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'internal' })
  vault = await runVault(database.url)
})

afterAll(async () => {
  await vault.stop()
  await database.drop()
})

const newNonce = (): string => secureRandom.bytes(16).toString('base64url')

async function raw(path: string, body: string, authorization: string | null, method = 'POST') {
  const headers: Record<string, string> = authorization === null ? {} : { authorization }
  const response = await fetch(`${vault.vault.urls.internal}${path}`, { method, body, headers })
  return { status: response.status, text: await response.text() }
}

function signed(
  path: string,
  body: string,
  over: { timestampMs?: number; nonce?: string; key?: Buffer; method?: string } = {},
) {
  const { timestampMs = vault.clock.now(), nonce = newNonce(), key = Buffer.alloc(32, 7), method = 'POST' } = over
  return signInternalCall(createSecretKey(key), { method, path, body: Buffer.from(body), timestampMs, nonce })
}

describe('a call of the gateway', () => {
  const path = vaultPaths.unsentClaims
  const body = '{"olderThanMs":0,"claimedFromMs":0,"limit":1}'

  it('is answered when it is signed', async () => {
    expect(await raw(path, body, signed(path, body))).toMatchObject({ status: 200 })
  })

  it('is answered once: the same signature again is refused', async () => {
    const authorization = signed(path, body)
    expect((await raw(path, body, authorization)).status).toBe(200)
    expect(await raw(path, body, authorization)).toEqual({ status: 401, text: '{"error":"replayed"}' })
  })

  it('is refused without a signature, and with one that is none', async () => {
    expect(await raw(path, body, null)).toEqual({ status: 401, text: '{"error":"missing"}' })
    for (const authorization of ['Bearer x', 'Tessera-HMAC-SHA256 x', `${signed(path, body)}x`]) {
      expect(await raw(path, body, authorization)).toEqual({ status: 401, text: '{"error":"malformed"}' })
    }
  })

  it.each([
    ['another body', () => raw(path, '{"olderThanMs":1,"limit":1}', signed(path, body))],
    ['another path', () => raw(vaultPaths.claims, body, signed(path, body))],
    ['another method', () => raw(path, body, signed(path, body, { method: 'PUT' }))],
    ['another key', () => raw(path, body, signed(path, body, { key: Buffer.alloc(32, 8) }))],
  ])('is refused when it was signed for %s', async (_what, send) => {
    expect(await send()).toEqual({ status: 401, text: '{"error":"mismatch"}' })
  })

  it('is refused when its time is far off, before or after', async () => {
    // Half a minute is allowed. A time ahead comes nearer while the call is on its way.
    for (const offsetMs of [-31_000, 90_000]) {
      const authorization = signed(path, body, { timestampMs: vault.clock.now() + offsetMs })
      expect(await raw(path, body, authorization)).toEqual({ status: 401, text: '{"error":"stale"}' })
    }
  })

  it('to nowhere is refused', async () => {
    expect((await raw('/internal/v1/cards', '{}', signed('/internal/v1/cards', '{}'))).status).toBe(404)
    expect((await raw(`${path}?x=1`, body, signed(`${path}?x=1`, body))).status).toBe(404)
  })

  it('with a body of a megabyte is refused', async () => {
    const large = JSON.stringify({ pad: 'x'.repeat(1 << 20) })
    expect((await raw(path, large, signed(path, large))).status).toBe(413)
  })

  it('works over the same connection after one that was refused', async () => {
    for (let round = 0; round < 10; round += 1) {
      expect((await raw(path, body, null)).status).toBe(401)
      expect((await raw(path, body, signed(path, body))).status).toBe(200)
    }
  })
})

describe('a malformed call', () => {
  const owner = { merchantId: 'mer_1', mode: 'test' }
  const claimOf = (over: object) => ({
    ...owner,
    attemptId: 'a',
    source: { kind: 'token', token: 'tok_1' },
    withFingerprint: false,
    ...over,
  })

  it.each<[string, unknown]>([
    [vaultPaths.claims, null],
    [vaultPaths.claims, []],
    [vaultPaths.claims, claimOf({ merchantId: 1 })],
    [vaultPaths.claims, claimOf({ merchantId: '' })],
    [vaultPaths.claims, claimOf({ merchantId: 'x'.repeat(129) })],
    [vaultPaths.claims, claimOf({ merchantId: 'a b' })],
    [vaultPaths.claims, claimOf({ attemptId: 'a\u0000' })],
    [vaultPaths.claims, claimOf({ mode: 'staging' })],
    [vaultPaths.claims, claimOf({ source: { kind: 'number', number: '1' } })],
    [vaultPaths.claims, claimOf({ source: null })],
    [vaultPaths.claims, claimOf({ withFingerprint: 'yes' })],
    [vaultPaths.fences, { ...owner, stepId: 1, attemptId: null }],
    [vaultPaths.fences, { ...owner, stepId: 'a' }],
    [vaultPaths.forwards, { ...owner, stepId: 'a' }],
    [
      vaultPaths.forwards,
      {
        ...owner,
        stepId: 'a',
        connector: 'x',
        operation: 'y',
        template: 'z',
        card: null,
        timeoutMs: 1,
        sendBeforeMs: 1,
      },
    ],
    [
      vaultPaths.forwards,
      {
        ...owner,
        stepId: 'a',
        connector: 'x',
        operation: 'y',
        template: {},
        card: null,
        timeoutMs: -1,
        sendBeforeMs: 1,
      },
    ],
    [vaultPaths.releases, { releases: 'all' }],
    [vaultPaths.releases, { releases: [{ ...owner, attemptId: 'a', reason: 'bored' }] }],
    [vaultPaths.releases, { releases: Array(501).fill({ ...owner, attemptId: 'a', reason: 'unused' }) }],
    [vaultPaths.unsentClaims, { olderThanMs: 0.5, claimedFromMs: 0, limit: 1 }],
    [vaultPaths.unsentClaims, { olderThanMs: 0, claimedFromMs: 0, limit: 1e9 }],
    [vaultPaths.unsentClaims, { olderThanMs: 0, limit: 1 }],
    [vaultPaths.cardErasures, { ...owner }],
    [vaultPaths.cardTestingAlerts, {}],
    [vaultPaths.cardTestingAlerts, { acknowledged: [1] }],
    [vaultPaths.cardTestingAlerts, { acknowledged: Array(1_001).fill('alert_1') }],
    [vaultPaths.projection, { version: 'v', sentAtMs: 1, keys: [{}] }],
    [vaultPaths.projection, { version: 'v', sentAtMs: 1, keys: [{ ...projectedKey('x'), hash: 'ABC' }] }],
  ])('to %s is refused and changes nothing: %j', async (path, request) => {
    const answer = await vault.call(path, request)
    expect(answer.status).toBe(400)
    expect(answer.json.error).toMatch(/^malformed call: /)
    expect(await count(vault, 'step_marks')).toBe(0)
  })

  it('is not even JSON', async () => {
    const answer = await raw(vaultPaths.claims, 'card', signed(vaultPaths.claims, 'card'))
    expect(answer).toEqual({ status: 400, text: '{"error":"malformed call: not JSON"}' })
  })
})

describe('the projection of keys', () => {
  it('is asked for when a heartbeat names another version, and held once it came', async () => {
    const push = (version: string, keys: unknown) =>
      vault.call(vaultPaths.projection, { version, sentAtMs: vault.clock.now(), keys }, { method: 'PUT' })
    expect((await push('other', null)).json).toEqual({ outcome: 'send_keys' })
    expect((await push('other', usualKeys)).json).toEqual({ outcome: 'held' })
    expect((await push('other', null)).json).toEqual({ outcome: 'held' })
  })

  it('is not moved back by a push that is older than the last', async () => {
    const sentAtMs = vault.clock.now()
    await vault.pushKeys()
    const late = await vault.call(vaultPaths.projection, { version: 'old', sentAtMs: sentAtMs - 1, keys: [] })
    expect(late.status).toBe(409)
    expect((await vault.post({ card: goodCard })).status).toBe(201)
  })

  it('that has not come, or not lately, lets nobody in', async () => {
    const own = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'stale' })
    const alone = await runVault(own.url, { pushKeys: false })
    const ready = () => fetch(`${alone.vault.urls.public}/readyz`)
    try {
      const answer = await alone.post({ card: goodCard })
      expect(answer.status).toBe(503)
      expect(answer.json.error).toMatchObject({ type: 'api_error', code: 'overloaded' })
      expect(answer.headers.get('retry-after')).toBe('1')
      const waiting = await ready()
      expect(waiting.status).toBe(503)
      expect(await waiting.json()).toEqual({ status: 'not_ready', waiting_for: ['keys'] })
      await alone.pushKeys()
      expect((await alone.post({ card: goodCard })).status).toBe(201)
      const done = await ready()
      expect(done.status).toBe(200)
      expect(await done.json()).toEqual({ status: 'ready', waiting_for: [] })
    } finally {
      await alone.stop()
      await own.drop()
    }
  })
})

describe('metrics', () => {
  it('tell what was done, and no ids', async () => {
    await claim(vault, 'att_metrics', await vault.token())
    const text = await (await fetch(`${vault.vault.urls.internal}/metrics`)).text()
    expect(text).toContain('tessera_vault_claims_total{source="token",outcome="claimed"} 1')
    expect(text).toMatch(/tessera_vault_token_seconds_count\{status="201"\} \d+/)
    expect(text).toContain('tessera_vault_queue_depth{queue="tokens"} 0')
    expect(text).not.toMatch(/att_|tok_|mer_/)
  })
})

describe('a group of calls', () => {
  const path = vaultPaths.groups
  const send = async (group: unknown) => {
    const body = JSON.stringify(group)
    const { status, text } = await raw(path, body, signed(path, body))
    return {
      status,
      lines: text
        .split('\n')
        .filter((line) => line.startsWith('{"index"'))
        .map((line) => JSON.parse(line)),
    }
  }

  it('is answered call by call, each as it would be alone', async () => {
    const list = { path: vaultPaths.unsentClaims, request: { olderThanMs: 0, claimedFromMs: 0, limit: 1 } }
    const { status, lines } = await send({
      calls: [list, { path: '/internal/v1/none', request: {} }, { path: vaultPaths.claims, request: { mode: 'x' } }],
    })
    expect(status).toBe(200)
    const byIndex = lines.toSorted((a, b) => a.index - b.index)
    expect(byIndex.map((line) => line.status)).toEqual([200, 404, 400])
    expect(byIndex[0].value).toEqual({ claims: expect.any(Array) })
  })

  it('that is empty, too long or none is refused whole', async () => {
    const call = { path: vaultPaths.unsentClaims, request: { olderThanMs: 0, claimedFromMs: 0, limit: 1 } }
    for (const group of [{ calls: [] }, { calls: Array(65).fill(call) }, {}, { calls: [{}] }, []]) {
      expect((await send(group)).status).toBe(400)
    }
  })

  it('needs a signature like any call', async () => {
    expect((await raw(path, '{"calls":[]}', null)).status).toBe(401)
  })
})
