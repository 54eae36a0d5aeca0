import type { CardFace } from '@tessera/contracts/vault-protocol'
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

/** The card behind every token. */
export const theCard: CardFace = {
  bin: '424242',
  last4: '4242',
  brand: 'visa',
  expMonth: 12,
  expYear: 2030,
  cardholderName: null,
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
    // Time passes by itself, once everything that can happen without it has happened.
    sleep: async (ms) => {
      pausesMs.push(ms)
      await new Promise<void>((resolve) => setImmediate(resolve))
      clock.advance(ms)
    },
  }
  const acquirer: Pick<Acquirer, 'send'> = {
    async send(_record, operation, network) {
      sent.push({ operation, network })
      return { outcome: script.outcome, acquirerMs: 12 }
    },
  }
  const used = new Map<string, string>()
  const vault: Pick<Vault, 'claim' | 'release' | 'activateCard'> = {
    // A token is one attempt's, which may claim it any number of times.
    async claim({ attemptId, source }) {
      const token = source.kind === 'token' ? source.token : source.cardId
      if ((used.get(token) ?? attemptId) !== attemptId) return { outcome: 'token_already_used' }
      used.set(token, attemptId)
      return { outcome: 'claimed', card: theCard, fingerprintId: 'fp_1', holdExpiresAtMs: clock.now() + 3_600_000 }
    },
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
