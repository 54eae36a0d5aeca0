import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { expect, it } from 'vitest'
import type { PaymentMethod } from '../customers/payment-method.ts'
import { type FingerprintId, type FlowId, type PaymentMethodId, trustedId } from '../ids.ts'
import type { Caller, Flow } from '../merchants/merchant.ts'
import { amountMinor } from '../money/amount.ts'
import type { NewPayment } from '../ports/payment-store.ts'
import { aPayment, usd } from '../testing/payments.ts'
import { type CreatePaymentParts, createPayment } from './create-payment.ts'
import type { CreatePayment } from './payments.ts'

const card = { bin: '424242', last4: '4242', brand: 'visa' as const, expMonth: 12, expYear: 2030, cardholderName: null }
const flow: Flow = {
  flowId: trustedId('flow_default'),
  captureMethod: 'automatic',
  isDefault: true,
  status: 'active',
  connectorId: trustedId('conn_1'),
  connector: 'sandbox',
  connectorStatus: 'active',
}
const caller = { merchant: { merchantId: 'mer_1', s2sEnabled: true }, mode: 'test' } as unknown as Caller
const method = {
  paymentMethodId: 'pmi_1',
  cardId: 'card_1',
  customerId: 'cus',
  status: 'active',
} as unknown as PaymentMethod

const command = (changes: Partial<CreatePayment>): CreatePayment => ({
  ...aPayment('created', { customerId: trustedId('cus') }),
  money: { amountMinor: amountMinor(1_000), currency: usd },
  order: null,
  captureMethod: null,
  flowId: trustedId<FlowId>('flow_default'),
  source: { kind: 'token', token: 'tok_1' },
  ...changes,
})

/** The engine up to its first commit, which is kept; then it ends. */
async function recordedBy(changes: Partial<CreatePayment>): Promise<NewPayment> {
  const clock = new ManualClock(1_800_000_000_000)
  let recorded: NewPayment | undefined
  const parts = {
    clock,
    ids: createIds(clock, seededRandom(1)),
    timers: realTimers,
    log: createLogger({ process: 'test', clock, level: 'silent' }),
    directory: { flows: () => [flow] },
    vault: {
      // A saved card is known to the vault by its fingerprint, asked for or not.
      claim: async () => ({ outcome: 'claimed', card, fingerprintId: 'fp_1' as FingerprintId, holdExpiresAtMs: 0 }),
    },
    store: {
      findPaymentMethod: async () => method,
      create: async (row: NewPayment) => {
        recorded = row
        throw new Error('far enough')
      },
    },
  } as unknown as CreatePaymentParts
  await createPayment(parts, caller, command(changes), { claim: null, answer: () => ({ status: 0, body: '' }) }).catch(
    () => null,
  )
  if (recorded === undefined) throw new Error('nothing was recorded')
  return recorded
}

it('a card is kept where the payment asks for it', async () => {
  expect((await recordedBy({ saveCard: true })).operation?.saves).toMatchObject({ fingerprintId: 'fp_1' })
  expect((await recordedBy({ saveCard: false })).operation?.saves).toBeNull()
})

it('a saved card that is charged again is not kept a second time', async () => {
  const source = { kind: 'payment_method' as const, paymentMethodId: 'pmi_1' as PaymentMethodId }
  expect((await recordedBy({ source, saveCard: false })).operation?.saves).toBeNull()
  expect((await recordedBy({ source, saveCard: true })).operation?.saves).toBeNull()
})
