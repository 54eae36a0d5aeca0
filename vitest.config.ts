import { defineConfig } from 'vitest/config'

const everyTest = ['{lib,contracts,gateway,vault,sandbox,cli,bench,simulation,bootstrap,tools}/**/*.test.{ts,mjs}']
const databaseTests = ['{lib,contracts,gateway,vault,sandbox,cli,bench,simulation,tools}/**/*.db.test.ts']
const browserTests = ['e2e/browser/**/*.test.ts']
const neverTests = ['**/node_modules/**', '.runtime/**', '.tessera/**']
const databaseSetup = ['./tools/testing/global-setup.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: everyTest, exclude: [...databaseTests, ...neverTests] },
      },
      {
        test: {
          name: 'db',
          include: databaseTests,
          exclude: neverTests,
          globalSetup: databaseSetup,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [...browserTests, ...neverTests],
          globalSetup: databaseSetup,
          // Each file starts a product of its own, five processes; two of them keep two cores busy through the waits of both.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: browserTests,
          exclude: neverTests,
          globalSetup: ['./e2e/browser/global-setup.ts'],
          // A product and a browser each: more than one at a time makes both wait.
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
