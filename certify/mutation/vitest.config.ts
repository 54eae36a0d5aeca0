import { defineConfig } from 'vitest/config'

/** For Stryker, which runs it in a copy of the repository: the tests of one module and no others. */
export default defineConfig({
  test: {
    include: JSON.parse(process.env.TESSERA_MUTATION_TESTS ?? '[]'),
    // Random histories of payments take seconds for each mutant; what they find, a test of that rule has to find by itself.
    exclude: ['**/node_modules/**', '**/openapi.test.ts', '**/history.test.ts'],
    setupFiles: ['./tools/testing/fixed-seed.ts'],
    // Every mutant has a run of its own: within one, files need not load the code again each.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
