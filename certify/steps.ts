import { readFileSync } from 'node:fs'
import { installApart } from '../tools/install-apart.ts'
import { askJudges } from './judging.ts'
import { judgesFolder } from './repository.ts'
import { runNode } from './run-command.ts'

export interface Outcome {
  isGood: boolean
  /** By what they say, in the order in which they are shown. */
  figures: Record<string, string | number>
}

export interface Step {
  name: string
  /** What holds when it is good. */
  promise: string
  /** How anybody runs it alone. */
  command(amount: Amounts): string
  run(amount: Amounts): Promise<Outcome>
}

/** How much of each is run. */
export interface Amounts {
  seeds: number
  firstSeed: number
  repeat: number
  requests: number
  seed: number
}

export const shortAmounts: Amounts = { seeds: 200, firstSeed: 1, repeat: 1, requests: 20_000, seed: 1 }

const found = (output: string, pattern: RegExp): string => pattern.exec(output)?.[1] ?? 'not told'
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', '--no-color']

const simulation: Step = {
  name: 'simulation',
  promise: 'Over every schedule of crashes, lost answers and clock jumps that was tried, no money is wrong',
  command: ({ seeds, firstSeed }) => `npm run simulate -- --seeds ${seeds} --seed ${firstSeed} --keep-going`,
  async run({ seeds, firstSeed }) {
    const words = ['simulation/src/main.ts', '--seeds', `${seeds}`, '--seed', `${firstSeed}`, '--keep-going']
    const { exitCode, output } = await runNode(words, true)
    return {
      isGood: exitCode === 0,
      figures: {
        seeds,
        'first seed': firstSeed,
        'with violations': found(output, /(\d+) with violations/),
        payments: found(output, /(\d+) payments,/),
        'simulated hours': found(output, /([\d.]+) simulated hours/),
        'seeds per hour': found(output, /([\d,]+) seeds per hour/),
        'happened at least once': /everything that must happen sometimes has/.test(output) ? 'everything' : 'not all',
      },
    }
  },
}

interface Matrix {
  cases: { name: string; tried: number; survived: number }[]
  leftOut: string[]
  payments: number
  worstRecoveryMs: number
  worstDoubtsSettledMs: number
}

const faults: Step = {
  name: 'faults',
  promise: 'Killed, cut off, filled up and lied to under load, real processes agree with the acquirer afterwards',
  command: ({ repeat, seed }) => `npm run faults -- --repeat ${repeat} --seed ${seed}`,
  async run({ repeat, seed }): Promise<Outcome> {
    const { exitCode, output } = await runNode(
      ['e2e/faults/run.ts', '--repeat', `${repeat}`, '--seed', `${seed}`],
      true,
    )
    const line = output.split('\n').findLast((each) => each.startsWith('{"faults"'))
    if (line === undefined) return { isGood: false, figures: { seed, told: 'nothing' } }
    const { faults: matrix } = JSON.parse(line) as { faults: Matrix }
    const survived = matrix.cases.filter((each) => each.tried > 0 && each.survived === each.tried)
    return {
      isGood: exitCode === 0,
      figures: {
        seed,
        'times each': repeat,
        'cases survived': `${survived.length} of ${matrix.cases.length + matrix.leftOut.length}`,
        'left out here': matrix.leftOut.join(', ') || 'none',
        'payments compared': matrix.payments,
        'serving again after a kill, worst': `${matrix.worstRecoveryMs} ms`,
        'all doubts settled, worst': `${matrix.worstDoubtsSettledMs} ms`,
      },
    }
  },
}

const fuzz: Step = {
  name: 'fuzz',
  promise: 'No request makes the product fail, break its contract, leak, or do what its sender may not',
  command: ({ requests, seed }) => `npm run fuzz -- --requests ${requests} --seed ${seed}`,
  async run({ requests, seed }) {
    const { exitCode, output } = await runNode(
      ['e2e/fuzz/run.ts', '--requests', `${requests}`, '--seed', `${seed}`],
      true,
    )
    return {
      isGood: exitCode === 0,
      figures: {
        seed,
        requests: found(output, /: (\d+) requests in/),
        'a second': found(output, /\((\d+)\/s\)/),
        'as spoilt bytes': found(output, /(\d+) of them as spoilt bytes/),
        'reached a handler': `${found(output, /(\d+) % reached a handler/)} %`,
        'hostile webhook addresses': found(output, /(\d+) hostile webhook addresses/),
        faults: found(output, /^(\d+) faults/m),
      },
    }
  },
}

const judges: Step = {
  name: 'judges',
  promise: 'Programs and vectors that others wrote find nothing',
  command: () => 'npm run judges',
  async run() {
    await installApart(judgesFolder, 'the judges')
    const verdicts = await askJudges()
    const ours = await runNode([
      ...vitest,
      'vault/src/crypto/wycheproof.test.ts',
      'gateway/src/webhooks/signing.test.ts',
    ])
    const vectors = /Wycheproof vectors are not here/.test(ours.output) ? 'left out: not here' : passed(ours.exitCode)
    return {
      isGood: ours.exitCode === 0 && verdicts.every((each) => each.complaints.length === 0 && each.sawPlanted),
      figures: {
        ...Object.fromEntries(verdicts.map(({ judge, complaints }) => [judge, `${complaints.length} errors`])),
        'Wycheproof (AES-GCM, HMAC, HKDF)': vectors,
        'standardwebhooks verifies our signatures': passed(ours.exitCode),
      },
    }
  },
}

const isolation: Step = {
  name: 'isolation',
  promise:
    'No card number leaves the card host: not into answers, logs, databases, write-ahead logs or other processes',
  command: () => 'npm test -- e2e/isolation',
  async run() {
    const { exitCode, output } = await runNode([...vitest, '--project', 'e2e', 'e2e/isolation'], true)
    return {
      isGood: exitCode === 0,
      figures: {
        checks: found(output, /Tests\s+(?:\d+ failed \| )?(\d+) passed/),
        'left in memory (told, not judged)': found(output, /memory: (.+)/),
      },
    }
  },
}

const passed = (exitCode: number): string => (exitCode === 0 ? 'yes' : 'no')

export const steps: readonly Step[] = [simulation, faults, fuzz, judges, isolation]

/** Of a file that was written by an earlier run. */
export function readJson<T>(file: URL, otherwise: T): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return otherwise
  }
}
