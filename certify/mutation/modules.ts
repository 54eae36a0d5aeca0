/** A part of the code that mutants are made of, and the tests that have to notice them. */
export interface MutationModule {
  name: string
  mutate: readonly string[]
  tests: readonly string[]
}

const gatewayCore = 'gateway/src/core'
const module = (name: string, mutate: readonly string[], tests: readonly string[]): MutationModule => ({
  name,
  mutate,
  tests,
})
/** A folder of core by its own unit tests, and by those of the dialects that walk through it. */
const room = (name: string): MutationModule =>
  module(
    name,
    [`${gatewayCore}/${name}/*.ts`],
    [`${gatewayCore}/${name}/*.test.ts`, `${gatewayCore}/payments/*.test.ts`, 'gateway/src/dialects/*/*.test.ts'],
  )

/**
 * Smallest first. Tests with databases are left out: each mutant would start with one. Ports hold types alone, and tables of
 * rates and countries are compared with their sources by tests of their own, so that a mutant of each line says nothing new.
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
  ...['routing', 'links', 'customers', 'refunds', 'worker', 'webhooks', 'authentication', 'payments'].map(room),
]
