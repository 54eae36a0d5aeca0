/** A part of the code that mutants are made of, and the tests that have to notice them. */
export interface MutationModule {
  name: string
  mutate: readonly string[]
  tests: readonly string[]
  /** Those of the tests that need PostgreSQL. Each mutant begins with a database of its own, so that they are named one by one. */
  databaseTests: readonly string[]
}

const gatewayCore = 'gateway/src/core'
const module = (
  name: string,
  mutate: readonly string[],
  tests: readonly string[],
  databaseTests: readonly string[] = [],
): MutationModule => ({ name, mutate, tests, databaseTests })

/** A folder of core by its own tests, and some over the real store. */
const room = (name: string, databaseTests: readonly string[] = []): MutationModule =>
  module(name, [`${gatewayCore}/${name}/*.ts`], [`${gatewayCore}/${name}/*.test.ts`], databaseTests)

const paymentFlows = [
  'acquirer',
  'claim-card',
  'create-payment',
  'create-payments',
  'modify-payment',
  'replay',
  'report-source',
  'settlement',
  'update-payment',
].map((name) => `${gatewayCore}/payments/${name}.ts`)
const paymentTests = [`${gatewayCore}/payments/*.test.ts`, `${gatewayCore}/checkout/*.test.ts`]

/**
 * Smallest first. Ports hold types alone, and tables of rates and countries are compared with their sources by tests of their
 * own, so that a mutant of each line says nothing new.
 */
export const modules: readonly MutationModule[] = [
  module('money', [`${gatewayCore}/money/*.ts`], [`${gatewayCore}/money/*.test.ts`]),
  module('vault-crypto', ['vault/src/crypto/*.ts'], ['vault/src/crypto/*.test.ts']),
  module('batcher', ['lib/src/{batcher,grouper}.ts'], ['lib/src/{batcher,batcher-edges,grouper}.test.ts']),
  module('idempotency', [`${gatewayCore}/idempotency/*.ts`], [`${gatewayCore}/idempotency/*.test.ts`]),
  module(
    'tax',
    [`${gatewayCore}/tax/{dated-rate,decide-tax,price-order,rounding,split-refund,tax-area,tax-settings}.ts`],
    [`${gatewayCore}/tax/*.test.ts`, `${gatewayCore}/payments/refund-tax.test.ts`],
  ),
  room('routing'),
  room('customers'),
  room('risk'),
  room('merchants'),
  module('ledger', [`${gatewayCore}/{ledger,events}.ts`], [...paymentTests, `${gatewayCore}/webhooks/*.test.ts`]),
  room('checkout'),
  room('links', ['gateway/src/store/payment-links.db.test.ts']),
  room('worker'),
  room('webhooks'),
  room('authentication', [`${gatewayCore}/authentication/*.db.test.ts`]),
  // What is decided about a payment, and how that is carried out; without the texts about declines.
  module(
    'payment-rules',
    [
      `${gatewayCore}/payments/*.ts`,
      ...[...paymentFlows, `${gatewayCore}/payments/failure.ts`].map((path) => `!${path}`),
    ],
    [...paymentTests, `${gatewayCore}/worker/resolve-operation.test.ts`],
  ),
  module('payment-flows', paymentFlows, paymentTests),
]
