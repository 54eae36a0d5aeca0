import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { seededRandom } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { Acquirer, Network } from '../payments/acquirer.ts'
import type { CreatePaymentParts } from '../payments/create-payment.ts'
import type { OperationOutcome } from '../payments/outcome.ts'
import type { Operation, PaymentRecord } from '../payments/payment.ts'
import type { WriteRequest } from '../payments/payments.ts'
import type { PaymentStore } from '../ports/payment-store.ts'
import type { Vault } from '../ports/vault.ts'
import { aFlow } from './callers.ts'
import { MemoryPayments } from './memory-payments.ts'

export const approvedNow: Extract<OperationOutcome, { kind: 'approved' }> = {
  kind: 'approved',
  acquirerReference: 'ref',
  captured: true,
  networkTransactionId: null,
  captureBeforeMs: null,
}

/** The engine's parts without a database, a vault or an acquirer: what they were asked is noted, what they say is the test's. */
export function memoryEngine() {
  const clock = new ManualClock(1_800_000_000_000)
  const store = new MemoryPayments()
  const logged: string[] = []
  const pausesMs: number[] = []
  const sent: { operation: Operation; network: Network }[] = []
  const released: Parameters<Vault['release']>[0][] = []
  const activated: Parameters<Vault['activateCard']>[0][] = []
  const script = {
    outcome: approvedNow as OperationOutcome,
    activateCard: async (): Promise<void> => undefined,
  }
  const timers: Pick<Timers, 'sleep'> = {
    // Time passes by itself.
    sleep: async (ms) => {
      pausesMs.push(ms)
      clock.advance(ms)
    },
  }
  const acquirer: Pick<Acquirer, 'send'> = {
    async send(_record, operation, network) {
      sent.push({ operation, network })
      return { outcome: script.outcome, acquirerMs: 12 }
    },
  }
  const vault: Pick<Vault, 'release' | 'activateCard'> = {
    release: (release) => void released.push(release),
    async activateCard(request) {
      activated.push(request)
      await script.activateCard()
      return { outcome: 'active' }
    },
  }
  const parts: CreatePaymentParts = {
    clock,
    ids: createIds(clock, seededRandom(1)),
    log: createLogger({ process: 'test', clock, level: 'debug', write: (line) => logged.push(line) }),
    random: seededRandom(2),
    timers: timers as Timers,
    store: store as Partial<PaymentStore> as PaymentStore,
    vault: vault as Vault,
    acquirer: acquirer as Acquirer,
    taxIds: { verify: () => Promise.reject(new Error('nobody asks')) },
    directory: { flows: () => [aFlow()], merchant: () => undefined, findCaller: () => undefined },
  }
  return { parts, clock, store, script, logged, pausesMs, sent, released, activated }
}

/** Its answer tells the payment's state, and the operation's where there is one. */
export const aKeyedRequest = (key: string | null, fingerprint = 'f'): WriteRequest => ({
  claim: key === null ? null : { key, fingerprint },
  answer: ({ payment }: PaymentRecord, operation) => ({
    status: 200,
    body: [payment.state, ...(operation === null ? [] : [operation.kind, operation.state])].join(' '),
  }),
})
