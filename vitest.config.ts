import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SlowFirst } from './tools/testing/slow-first.ts'

const everyTest = [
  '{lib,contracts,gateway,vault,sandbox,cli,bench,simulation,certify,bootstrap,tools,sdk}/**/*.test.{ts,mjs}',
]
const databaseTests = ['{lib,contracts,gateway,vault,sandbox,cli,bench,simulation,tools}/**/*.db.test.ts']
const browserTests = ['e2e/browser/**/*.test.ts']
const neverTests = ['**/node_modules/**', '.runtime/**', '.tessera/**']
const databaseSetup = ['./tools/testing/global-setup.ts']
const setupFiles = ['./tools/testing/fixed-seed.ts']
/** `expect.poll` waits for other processes: a second, its default, is too little for those of a busy machine. */
const patient = { poll: { timeout: 20_000 } }

/**
 * Files at once. Tests with databases and products wait for most of their time, so that three of them keep two cores busy. One
 * number for all projects: they run side by side, and Vitest refuses different ones in one group.
 */
const maxWorkers = Math.max(3, availableParallelism())

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: everyTest,
          exclude: [...databaseTests, ...neverTests],
          setupFiles,
          maxWorkers,
          // Property tests take seconds, and more of them on a busy machine.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'db',
          include: databaseTests,
          exclude: neverTests,
          globalSetup: databaseSetup,
          setupFiles,
          expect: patient,
          maxWorkers,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [...browserTests, ...neverTests],
          globalSetup: ['./e2e/harness/prepared.ts'],
          setupFiles,
          expect: patient,
          maxWorkers,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: browserTests,
          exclude: neverTests,
          globalSetup: ['./e2e/browser/global-setup.ts', './e2e/harness/prepared.ts'],
          expect: patient,
          // A product and a browser each: more than one at a time makes both wait.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
