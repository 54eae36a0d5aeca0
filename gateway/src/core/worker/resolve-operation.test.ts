import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { expect, it } from 'vitest'
import type { Acquirer } from '../payments/acquirer.ts'
import { newOperation } from '../payments/operation.ts'
import type { Operation, PaymentRecord } from '../payments/payment.ts'
import { createUnsendable } from '../payments/unsendable.ts'
import type { PaymentStore } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'
import { aPayment, testContext } from '../testing/payments.ts'
import { resolveOperation } from './resolve-operation.ts'

const startMs = 1_800_000_000_000
const windowMs = 15_000

/** A worker on a machine of its own, and an acquirer that has never heard of the attempt. */
function aWorker(clock: ManualClock) {
  const unsendable = createUnsendable(clock)
  const parts = {
    clock,
    timers: realTimers,
    random: seededRandom(2),
    ids: createIds(clock, seededRandom(1)),
    log: createLogger({ process: 'test', clock, level: 'silent' }),
    store: {
      commit: async () => ({ kind: 'committed' }),
      find: async () => latest,
    } as Partial<PaymentStore> as PaymentStore,
    vault: {
      fence: async () => ({ outcome: 'may_have_been_sent' }),
      release: () => {},
    } as Partial<Vault> as Vault,
    acquirer: {
      capabilities: () => ({ notFoundFinalAfterMs: windowMs }),
      inquire: async () => ({ kind: 'not_found' }),
      unsendableForMs: (id) => unsendable.knownForMs(id),
    } as Pick<Acquirer, 'inquire' | 'unsendableForMs'> as Acquirer,
  }
  let latest: PaymentRecord
  return async (record: PaymentRecord): Promise<PaymentRecord> => {
    latest = record
    const [attempt] = record.operations
    return resolveOperation(parts, record, (attempt as Operation).operationId)
  }
}

function inDoubt(changes: Partial<Operation>): PaymentRecord {
  const payment = aPayment('processing')
  const attempt = newOperation(payment, 'authorize', payment.amountMinor, testContext(startMs))
  return { payment, operations: [{ ...attempt, state: 'unknown', ...changes }] }
}

it('not found is final once the acquirer’s window has passed on the clock that never jumps', async () => {
  const clock = new ManualClock(startMs)
  const resolve = aWorker(clock)
  const asked = await resolve(inDoubt({}))
  clock.advance(windowMs - 1)
  expect((await resolve(asked)).payment.state).toBe('processing')
  clock.advance(1)
  expect((await resolve(asked)).payment.state).toBe('failed')
})

it('not found is not final because a clock was set forward', async () => {
  const clock = new ManualClock(startMs)
  const resolve = aWorker(clock)
  const asked = await resolve(inDoubt({}))
  clock.set(startMs + 3_600_000)
  expect((await resolve(asked)).payment.state).toBe('processing')
})

it('not found is not final because another machine fenced it by a clock that is an hour behind', async () => {
  const resolve = aWorker(new ManualClock(startMs))
  const fencedElsewhere = inDoubt({ fencedAtMs: startMs - 3_600_000 })
  expect((await resolve(fencedElsewhere)).payment.state).toBe('processing')
})
