import { systemClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { type PaymentMethodId, trustedId } from '../core/ids.ts'
import type { Scope } from '../core/ports/payment-store.ts'
import { type Database, openDatabase } from './database.ts'
import { createPaymentMethodStore } from './payment-methods.ts'

const scope: Scope = { merchantId: trustedId('mer_1'), mode: 'test' }
const id = trustedId<PaymentMethodId>('pmi_1')

let test: TestDatabase
let database: Database

beforeAll(async () => {
  test = await createTestDatabase({
    migrations: new URL('../../migrations/', import.meta.url),
    name: 'payment-methods',
  })
  database = openDatabase(test.url, createLogger({ process: 'test', clock: systemClock, level: 'silent' }))
  await database.cold.query(
    `insert into payment_methods (merchant_id, payment_method_id, mode, customer_id, card_id, fingerprint_id, connector_id, card,
       status, saved_at, created_at, updated_at)
     values ('mer_1', 'pmi_1', 'test', 'ada', 'card_1', 'fp_1', 'conn_1', '{}', 'active', 1, 1, 1),
       ('mer_1', 'pmi_2', 'test', 'eve', 'card_2', 'fp_2', 'conn_1', '{}', 'active', 1, 1, 1),
       ('mer_1', 'pmi_3', 'test', 'eve', 'card_3', 'fp_3', 'conn_1', '{}', 'active', 2, 2, 2)`,
  )
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

it('changes of a saved card at the same moment each answer what they made of it', async () => {
  const store = createPaymentMethodStore(database.cold)
  const changes = Array.from({ length: 60 }, (_, index) =>
    index % 2 === 0
      ? { status: 'blocked' as const, blockedReason: `reason ${index}`, nowMs: index }
      : { status: 'active' as const, blockedReason: null, nowMs: index },
  )
  const answers = await Promise.all(changes.map((change) => store.setPaymentMethodStatus(scope, id, change)))
  expect(answers.map((answer) => [answer?.status, answer?.blockedReason, answer?.updatedAtMs])).toEqual(
    changes.map((change) => [change.status, change.blockedReason, change.nowMs]),
  )
  expect(
    await store.setPaymentMethodStatus({ ...scope, mode: 'live' }, id, changes[0] as (typeof changes)[0]),
  ).toBeUndefined()
})

it('blocking a card does not make it the default: the one saved last stays', async () => {
  const store = createPaymentMethodStore(database.cold)
  const change = { status: 'blocked' as const, blockedReason: 'why', nowMs: 9 }
  await store.setPaymentMethodStatus(scope, trustedId<PaymentMethodId>('pmi_2'), change)
  const listed = await store.listPaymentMethods(scope, trustedId('eve'))
  expect(listed.map((method) => [method.paymentMethodId, method.isDefault])).toEqual([
    ['pmi_3', true],
    ['pmi_2', false],
  ])
})
