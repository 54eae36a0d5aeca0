import type { CardFace } from '@tessera/contracts/vault-protocol'
import { systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { type CustomerId, type PaymentId, trustedId, type VaultCardId } from '../core/ids.ts'
import type { DecisionContext } from '../core/payments/decision.ts'
import { createdEvent } from '../core/payments/new-payment.ts'
import { newOperation } from '../core/payments/operation.ts'
import { applyOutcome } from '../core/payments/outcome.ts'
import type { Scope, WorkStore } from '../core/ports/payment-store.ts'
import { aPayment } from '../core/testing/payments.ts'
import { type Database, openDatabase } from './database.ts'
import { createPaymentStore } from './payment-store.ts'
import { createWorkStore } from './work.ts'

const ids = createIds(systemClock, secureRandom)
const scope: Scope = { merchantId: trustedId('mer_1'), mode: 'test' }
const context = (): DecisionContext => ({
  nowMs: systemClock.now(),
  newId: (prefix) => `${prefix}_${ids.timeOrdered()}`,
})
const later = () => systemClock.now() + 1_000

let test: TestDatabase
let database: Database
let store: ReturnType<typeof createPaymentStore>
let work: WorkStore

beforeAll(async () => {
  test = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'settlements' })
  database = openDatabase(test.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
  store = createPaymentStore({ ...database, clock: systemClock, timers: realTimers, random: secureRandom })
  work = createWorkStore(database.background)
})
afterAll(async () => {
  await store.drain()
  await database.close()
  await test.drop()
})

const aCard: CardFace = {
  bin: '424242',
  last4: '4242',
  brand: 'visa',
  expMonth: 12,
  expYear: 2030,
  cardholderName: null,
}

/** A payment that saves a card, up to the moment before its approval is recorded. */
async function aPaymentThatSaves(customer: string, cardId: string, card: CardFace = aCard) {
  const payment = aPayment('processing', {
    paymentId: trustedId<PaymentId>(ids.timeOrdered()),
    version: 1,
    customerId: trustedId<CustomerId>(customer),
    saveCard: true,
    card,
  })
  const saves = { cardId: trustedId<VaultCardId>(cardId), fingerprintId: trustedId<never>(`fp_${customer}`) }
  const operation = newOperation(payment, 'authorize', payment.amountMinor, context(), { saves, final: true })
  await store.create({ payment, operation, events: [createdEvent(payment, context())], claim: null, answer: null })
  const approval = { acquirerReference: 'a', captured: true, networkTransactionId: null, captureBeforeMs: null }
  const outcome = { kind: 'approved' as const, ...approval }
  const decision = applyOutcome({ payment, operations: [operation] }, operation.operationId, outcome, context())
  if (decision === null) throw new Error('nothing to decide')
  return { decision, claim: null, answer: null }
}

/** What the worker would do now: `card_x` is activated, `-card_x` is erased. */
async function settleAll(): Promise<string[]> {
  const due = await work.claimCardSettlements(later(), 1_000, 100)
  for (const each of due) await work.finishCardSettlement(each)
  return due.map(({ cardId, referred }) => (referred ? cardId : `-${cardId}`)).sort()
}

const cardOf = async (customer: string) =>
  (await store.listPaymentMethods(scope, trustedId<CustomerId>(customer))).map((method) => method.cardId)

describe('a saved card', () => {
  it('that is saved again as it was stays in its place; the copies are erased', async () => {
    await store.commit(await aPaymentThatSaves('again', 'card_first'))
    expect(await settleAll()).toEqual(['card_first'])
    await store.commit(await aPaymentThatSaves('again', 'card_copy'))
    expect(await settleAll()).toEqual(['-card_copy'])
    expect(await cardOf('again')).toEqual(['card_first'])
  })

  it('that was renewed is replaced, and the old one is erased', async () => {
    await store.commit(await aPaymentThatSaves('renewed', 'card_old'))
    await settleAll()
    await store.commit(await aPaymentThatSaves('renewed', 'card_new', { ...aCard, expYear: 2035 }))
    expect(await settleAll()).toEqual(['-card_old', 'card_new'])
    expect(await cardOf('renewed')).toEqual(['card_new'])
  })

  it('saved by many payments in one commit is one payment method, and all copies but one are erased', async () => {
    const commits = await Promise.all(
      Array.from({ length: 20 }, (_, index) => aPaymentThatSaves('at-once', `card_at_once_${index}`)),
    )
    const outcomes = await Promise.all(commits.map((commit) => store.commit(commit)))
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['committed']))
    const kept = await cardOf('at-once')
    expect(kept).toHaveLength(1)
    const settled = await settleAll()
    expect(settled.filter((each) => !each.startsWith('-'))).toEqual(kept)
    expect(settled).toHaveLength(20)
  })

  it('that is deleted while it is being activated is erased after all', async () => {
    await store.commit(await aPaymentThatSaves('deleted', 'card_deleted'))
    const [activation] = await work.claimCardSettlements(later(), 60_000, 100)
    if (activation === undefined) throw new Error('nothing to settle')
    expect(activation).toMatchObject({ cardId: 'card_deleted', referred: true })
    const [method] = await store.listPaymentMethods(scope, trustedId<CustomerId>('deleted'))
    await store.deletePaymentMethod(scope, method?.paymentMethodId as never, systemClock.now())
    await work.finishCardSettlement(activation)
    expect(await settleAll()).toEqual(['-card_deleted'])
    expect(await settleAll()).toEqual([])
  })

  it('whose settling failed for one worker is not put off by it once another has it', async () => {
    await store.commit(await aPaymentThatSaves('late', 'card_late'))
    const [slow] = await work.claimCardSettlements(later(), 0, 100)
    if (slow === undefined) throw new Error('nothing to settle')
    const [fast] = await work.claimCardSettlements(later() + 1, 60_000, 100)
    await work.postponeCardSettlement(slow, later() + 3_600_000)
    await work.finishCardSettlement(fast as typeof slow)
    expect(await settleAll()).toEqual([])
  })
})
