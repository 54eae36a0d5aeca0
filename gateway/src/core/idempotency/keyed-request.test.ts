import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { seededRandom } from '@tessera/lib/random'
import { ManualTimers } from '@tessera/lib/timers'
import { describe, expect, it } from 'vitest'
import { type MerchantId, trustedId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import type { KeyedAnswer } from '../ports/keyed-request-store.ts'
import type { IdempotencyClaim } from '../ports/payment-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import { MemoryKeyedRequests, nameOf } from '../testing/keyed-requests.ts'
import { runKeyed } from './keyed-request.ts'

const merchant = { merchantId: trustedId<MerchantId>('mer_1'), name: 'Tea', status: 'active' } as Caller['merchant']
const caller: Caller = { merchant, keyId: trustedId('k1'), kind: 'secret', mode: 'test', scopes: ['*'] }
const claim: IdempotencyClaim = { key: 'one', fingerprint: 'f' }
const keyOfClaim = nameOf({ merchantId: merchant.merchantId, mode: 'test' }, claim)

const refusal = refuse({ refusal: 'not_found', what: 'event' })
const mismatch = refuse({ refusal: 'idempotency_key_mismatch' })
const answered = (body: string, replayed: boolean) => accept({ answer: { status: 201, body }, replayed, acquirerMs: 0 })

function createWorld() {
  const clock = new ManualClock(1_800_000_000_000)
  const timers = new ManualTimers(clock)
  const store = new MemoryKeyedRequests()
  const logLines: string[] = []
  const log = createLogger({ process: 'test', clock, level: 'info', write: (line) => logLines.push(line) })
  const parts = { keyedRequests: store, clock, timers, ids: createIds(clock, seededRandom(3)), log }
  let performed = 0
  const perform = async (): Promise<Result<KeyedAnswer>> => {
    performed += 1
    return accept({ status: 201, body: `answer ${performed}`, holdsSecret: false })
  }
  return {
    store,
    timers,
    logLines,
    performed: () => performed,
    /** Performs with the count of performances as the answer, unless told what else to do. */
    run: (given: { caller?: Caller; claim?: IdempotencyClaim | null; perform?: typeof perform } = {}) =>
      runKeyed(
        parts,
        given.caller ?? caller,
        given.claim === undefined ? claim : given.claim,
        given.perform ?? perform,
      ),
    /** Is under way until it is told how to end. */
    begin() {
      const ending = Promise.withResolvers<Result<KeyedAnswer>>()
      return { ...ending, result: this.run({ perform: () => ending.promise }) }
    },
  }
}

const kept = (body: string): Result<KeyedAnswer> => accept({ status: 201, body, holdsSecret: false })

describe('a request with a key', () => {
  it('is performed once, and its repetition gets the first answer', async () => {
    const world = createWorld()
    expect(await world.run()).toEqual(answered('answer 1', false))
    expect(await world.run()).toEqual(answered('answer 1', true))
    expect(world.performed()).toBe(1)
  })

  it('says whether its answer holds a secret', async () => {
    const world = createWorld()
    const secret = { status: 201, body: 'whsec', holdsSecret: true }
    await world.run({ perform: async () => accept(secret) })
    expect(world.store.finished).toEqual([secret])
  })

  it('is refused when the key stands for another request', async () => {
    const world = createWorld()
    await world.run()
    expect(await world.run({ claim: { ...claim, fingerprint: 'g' } })).toEqual(mismatch)
    expect(world.performed()).toBe(1)
  })

  it('is refused when the key stands for another request that is still running or has died', async () => {
    const world = createWorld()
    world.begin()
    expect(await world.run({ claim: { ...claim, fingerprint: 'g' } })).toEqual(mismatch)
    await world.timers.advance(61_000)
    expect(await world.run({ claim: { ...claim, fingerprint: 'g' } })).toEqual(mismatch)
    expect(world.performed()).toBe(0)
  })

  it('is refused when the key belongs to a payment', async () => {
    const world = createWorld()
    world.store.rows.set(keyOfClaim, { fingerprint: 'f', runId: null, begunAtMs: 0, answer: null })
    expect(await world.run()).toEqual(mismatch)
    expect(world.performed()).toBe(0)
  })

  it('has the key for itself among merchants and modes', async () => {
    const world = createWorld()
    const other = { ...caller, merchant: { ...merchant, merchantId: trustedId<MerchantId>('mer_2') } }
    const live = { ...caller, mode: 'live' as const }
    for (const each of [caller, other, live]) expect(await world.run({ caller: each })).toMatchObject({ ok: true })
    expect(world.performed()).toBe(3)
  })

  it('that is refused leaves the key to be used again', async () => {
    const world = createWorld()
    expect(await world.run({ perform: async () => refusal })).toEqual(refusal)
    expect(await world.run({ claim: { ...claim, fingerprint: 'g' } })).toEqual(answered('answer 1', false))
  })

  it('that fails leaves the key to be used again', async () => {
    const world = createWorld()
    const failing = world.run({ perform: () => Promise.reject(new Error('database away')) })
    await expect(failing).rejects.toThrow('database away')
    expect(await world.run()).toEqual(answered('answer 1', false))
  })
})

it('a request without a key is performed each time', async () => {
  const world = createWorld()
  expect(await world.run({ claim: null })).toEqual(answered('answer 1', false))
  expect(await world.run({ claim: null })).toEqual(answered('answer 2', false))
  expect(await world.run({ claim: null, perform: async () => refusal })).toEqual(refusal)
  expect(world.store.rows.size).toBe(0)
})

describe('a repetition while the first request runs', () => {
  it('waits for its answer', async () => {
    const world = createWorld()
    const first = world.begin()
    const second = world.run()
    await world.timers.advance(5_000)
    first.resolve(kept('at last'))
    await world.timers.advance(400)
    expect(await first.result).toEqual(answered('at last', false))
    expect(await second).toEqual(answered('at last', true))
    expect(world.performed()).toBe(0)
  })

  it('is performed itself when the first one is refused', async () => {
    const world = createWorld()
    const first = world.begin()
    const second = world.run()
    await world.timers.advance(5_000)
    first.resolve(refusal)
    await world.timers.advance(400)
    expect(await second).toEqual(answered('answer 1', false))
  })

  it('begins again when the key was given back in the very moment', async () => {
    const world = createWorld()
    const begin = world.store.begin.bind(world.store)
    let freed = 0
    world.store.begin = async (...given) => {
      freed += 1
      return freed === 1 ? { kind: 'freed' } : begin(...given)
    }
    const result = world.run()
    await world.timers.advance(15)
    expect(await result).toEqual(answered('answer 1', false))
  })

  it('is told to come back after ten seconds', async () => {
    const world = createWorld()
    world.begin()
    const second = world.run()
    await world.timers.advance(10_000)
    expect(await second).toEqual(refuse({ refusal: 'idempotency_key_in_use' }))
    expect(world.performed()).toBe(0)
  })
})

describe('a request that has no answer after a minute', () => {
  it('is taken over by its repetition', async () => {
    const world = createWorld()
    world.begin()
    await world.timers.advance(60_001)
    expect(await world.run()).toEqual(answered('answer 1', false))
    expect(await world.run()).toEqual(answered('answer 1', true))
  })

  it('is not taken over before', async () => {
    const world = createWorld()
    world.begin()
    await world.timers.advance(49_990)
    const second = world.run()
    await world.timers.advance(10_000)
    expect(await second).toEqual(refuse({ refusal: 'idempotency_key_in_use' }))
  })

  it('and was alive after all does not change what was kept for the one that took over', async () => {
    const world = createWorld()
    const [late, refused] = [world.begin(), createWorld()]
    await world.timers.advance(60_001)
    await world.run()
    late.resolve(kept('late'))
    expect(await late.result).toEqual(answered('late', false))
    expect(await world.run()).toEqual(answered('answer 1', true))

    const lateRefusal = refused.begin()
    await refused.timers.advance(60_001)
    await refused.run()
    lateRefusal.resolve(refusal)
    expect(await lateRefusal.result).toEqual(refusal)
    expect(await refused.run()).toEqual(answered('answer 1', true))
  })
})

describe('when the store fails', () => {
  const away = () => Promise.reject(new Error('database away'))

  it('before the request begins, nothing is performed', async () => {
    const world = createWorld()
    world.store.begin = away
    await expect(world.run()).rejects.toThrow('database away')
    expect(world.performed()).toBe(0)
  })

  it('after it was performed, its answer is told all the same', async () => {
    const world = createWorld()
    world.store.finish = away
    expect(await world.run()).toEqual(answered('answer 1', false))
    expect(world.logLines.join()).toContain('is not kept')
  })

  it('after it was refused or failed, the caller learns of that', async () => {
    const world = createWorld()
    world.store.abandon = away
    expect(await world.run({ perform: async () => refusal })).toEqual(refusal)
    const other = { ...claim, key: 'other' }
    const failing = world.run({ claim: other, perform: () => Promise.reject(new Error('vault away')) })
    await expect(failing).rejects.toThrow('vault away')
    expect(world.logLines).toHaveLength(2)
  })
})
