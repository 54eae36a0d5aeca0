import { defineConfig } from 'vitest/config'

/** For Stryker, which runs it in a copy of the repository: the tests of one module and no others. */
export default defineConfig({
  test: {
    include: JSON.parse(process.env.TESSERA_MUTATION_TESTS ?? '[]'),
    exclude: ['**/node_modules/**', '**/openapi.test.ts'],
    setupFiles: ['./tools/testing/fixed-seed.ts'],
    // Every mutant has a run of its own: within one, files need not load the code again each.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
