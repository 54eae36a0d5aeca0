import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tidy } from './tidy.ts'

/** A repository that the rules have nothing to say about. */
const spotless: Readonly<Record<string, string>> = {
  'package-lock.json': JSON.stringify({ packages: {} }),
  'lib/README.md': 'Read first: `clock.ts`.',
  'lib/src/clock.ts': 'export const now = () => Date.now() + performance.now() + Math.random()\nsetTimeout(now, 1)\n',
  'gateway/README.md': 'Read first: `main.ts`.',
  'gateway/src/main.ts': 'process.on("exit", () => process.stdout.write(String(process.env.HOME)))\n',
  'gateway/src/config.ts': 'export const environment = process.env\n',
  'gateway/migrations/0001-start.sql':
    '-- No trigger, no now(), no serial.\ncreate table a (\n  merchant_id text,\n  id text,\n  primary key (merchant_id, id)\n);\n',
}

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tessera-tidy-'))
  for (const [path, text] of Object.entries(spotless)) plant(path, text)
})
afterEach(() => rmSync(root, { recursive: true }))

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** Plants one file and returns `line message` of what the rule says about it. */
function complaints(rule: string, path: string, text: string): string[] {
  plant(path, text)
  return tidy(root, [])
    .filter((finding) => finding.rule === rule)
    .map((finding) => `${finding.line} ${finding.message}`)
}

test('a spotless repository has no findings', () => {
  expect(tidy(root, [])).toEqual([])
})

describe('banned calls', () => {
  const file = 'gateway/src/core/rules.ts'
  const complain = (text: string): string[] => complaints('banned-calls', file, text)

  test.each([
    ['Date.now()', 'Date.now', 'Clock'],
    ['new Date()', 'new Date()', 'Clock'],
    ['Date()', 'Date', 'Clock'],
    ['performance.now()', 'performance.now', 'Clock'],
    ['Math.random()', 'Math.random', 'Random'],
    ['crypto.randomUUID()', 'randomUUID', 'Random'],
    ['crypto.getRandomValues(bytes)', 'crypto.getRandomValues', 'Random'],
    ['setTimeout(run, 5)', 'setTimeout', 'Timers'],
    ['globalThis.setInterval(run, 5)', 'setInterval', 'Timers'],
    ['AbortSignal.timeout(5)', 'AbortSignal.timeout', 'Timers'],
    ['await fetch(url)', 'fetch', 'port'],
    ['process.env.HOME', 'process.env', 'main.ts'],
    ['console.log(1)', 'console.log', 'Logger'],
    ['Date.now?.()', 'Date.now', 'Clock'],
  ])('%s is found at its line, with what to use instead', (call, name, instead) => {
    const found = complain(`export const first = 1\nexport const second = ${call}\n`)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^2 /)
    expect(found[0]).toContain(`${name}: `)
    expect(found[0]).toContain(instead)
  })

  test.each([
    ["import { randomBytes } from 'node:crypto'", 'randomBytes'],
    ["import { randomUUID as make } from 'node:crypto'", 'randomUUID'],
    ["import { setTimeout as sleep } from 'node:timers/promises'", 'node:timers/promises'],
    ["import { env } from 'node:process'", 'node:process'],
  ])('%s is found, whatever it is called here', (line, name) => {
    expect(complain(`${line}\n`).join()).toContain(`${name}: `)
  })

  test.each([
    ['a date from a given time', 'new Date(nowMs)'],
    ['the clock port', 'clock.now()'],
    ["a socket's own method", 'socket.setTimeout(5)'],
    ['a word in a text', '"Date.now() and setTimeout(run)"'],
    ['a word in a comment', '1 // Date.now() and process.env'],
    ['a key of an object', '({ fetch: 1, process: 2 })'],
  ])('%s is left alone', (_what, code) => {
    expect(complain(`export const value = ${code}\n`)).toEqual([])
  })

  test.each(['gateway/src/core/rules.test.ts', 'vault/src/testing/started.ts', 'e2e/until.ts', 'bench/run.ts'])(
    '%s may use the real ones',
    (path) => {
      expect(complaints('banned-calls', path, 'setTimeout(run, Date.now())\n')).toEqual([])
    },
  )

  test('the command line may use the process, but not its own clock', () => {
    const found = complaints('banned-calls', 'cli/src/start.ts', 'process.on("SIGTERM", stop)\nDate.now()\n')
    expect(found.map((line) => line.split(':')[0])).toEqual(['2 Date.now'])
  })
})

describe('file names', () => {
  test.each([
    'gateway/src/utils.ts',
    'gateway/src/helpers/a.ts',
    'gateway/src/Common.ts',
    'gateway/src/payment-manager.ts',
    'gateway/src/string-utils.ts',
    'vault/src/service.ts',
    'gateway/src/payment_v2.ts',
    'gateway/src/payment-legacy.ts',
    'gateway/src/paymentState.ts',
    'gateway/src/index.ts',
  ])('%s is refused', (path) => {
    expect(complaints('file-names', path, '\n')).toHaveLength(1)
  })

  test.each([
    'gateway/src/dialects/v1/capture.ts',
    'gateway/src/new-payment.ts',
    'contracts/openapi/v1.json',
    'gateway/src/capture.test.ts',
    'gateway/src/store/payments.db.test.ts',
    'sdk/browser/index.ts',
    'docs/adr/0001-lib-is-a-package.md',
  ])('%s is fine', (path) => {
    expect(complaints('file-names', path, '{}\n')).toEqual([])
  })
})

describe('leftovers', () => {
  const todo = ['TO', 'DO'].join('')

  test('a mark in a comment is found at its line', () => {
    const text = `export const a = 1\n/*\n * ${todo}: finish\n */\nexport const b = 2 // ${todo}\n`
    expect(complaints('leftovers', 'gateway/src/a.ts', text).map((line) => line.slice(0, 6))).toEqual([
      `3 ${todo}`,
      `5 ${todo}`,
    ])
  })

  test('a mark in a migration and in a page is found', () => {
    expect(complaints('leftovers', 'docs/a.md', `${todo} write this\n`)).toHaveLength(1)
    expect(complaints('leftovers', 'gateway/migrations/0002-b.sql', `-- ${todo}\n`)).toHaveLength(2)
  })

  test('the same letters in a text or after an address are not a comment', () => {
    const text = `export const url = 'http://host' + '${todo}'\nexport const re = /\\/\\/ ${todo}/\nexport const t = \`// ${todo}\`\n`
    expect(complaints('leftovers', 'gateway/src/a.ts', text)).toEqual([])
  })

  test('a comment after a text with slashes is still read', () => {
    const text = `export const url = 'http://host' // ${todo}\nexport const half = 4 / 2 /* ${todo} */\n`
    expect(complaints('leftovers', 'gateway/src/a.ts', text)).toHaveLength(2)
  })

  test('tests that are switched off or on alone are found, with a stated reason they are not', () => {
    const text = 'test.only("a", f)\ndescribe.skip("b", f)\nit.concurrent.todo("c")\ntest.skipIf(away)("d", f)\n'
    expect(complaints('leftovers', 'gateway/src/a.test.ts', text).map((line) => line[0])).toEqual(['1', '2', '3'])
  })
})

describe('other rules', () => {
  test('a file of 350 lines is fine, of 351 not; data in JSON may be longer', () => {
    expect(complaints('file-length', 'gateway/src/a.ts', 'a()\n'.repeat(350))).toEqual([])
    expect(complaints('file-length', 'gateway/src/a.ts', 'a()\n'.repeat(351))).toHaveLength(1)
    expect(complaints('file-length', 'contracts/a.json', `{${'\n'.repeat(400)}}`)).toHaveLength(1)
  })

  test("paths of one machine and package hosts are found, everybody's paths are not", () => {
    const home = ['', 'home', 'alice', 'tessera'].join('/')
    const host = ['http:', '', 'registry.example:4873', 'pg'].join('/')
    const text = `# See ${home}\n# and ${host}\n# /tmp/x, /usr/lib/postgresql and src/work/order.ts are fine\n`
    expect(complaints('machine-traces', 'docs/a.md', text).map((line) => line[0])).toEqual(['1', '2'])
  })

  test('a room without a README, or with one that names none of its files, is found', () => {
    plant('gateway/src/store/payments.ts', '\n')
    plant('gateway/src/http/server.ts', '\n')
    plant('gateway/src/http/README.md', 'Read first: `server.ts`.')
    plant('lib/README.md', 'Read first: `away.ts`.')
    const found = tidy(root, []).map(({ path, message }) => `${path} ${message.split(':')[0]}`)
    expect(found).toEqual([
      'gateway/src/store/README.md is missing',
      'lib/README.md names no file of its room to read first',
    ])
  })

  test('folders that are installed or made at run time are not looked at, nor where links lead', () => {
    for (const folder of ['node_modules/a', '.runtime', '.tessera']) plant(`${folder}/utils.ts`, 'Date.now()\n')
    symlinkSync('utils.ts', join(root, 'gateway/src/linked.ts'))
    expect(tidy(root, [])).toEqual([])
  })
})

describe('allowances', () => {
  const allowance = { rule: 'banned-calls', path: 'gateway/src/a.ts', message: 'Date.now', why: 'for this test' }

  test('an allowance covers its own finding and no other', () => {
    plant('gateway/src/a.ts', 'Date.now()\nMath.random()\n')
    expect(tidy(root, [allowance]).map((finding) => finding.message.split(':')[0])).toEqual(['Math.random'])
  })

  test('an allowance that nothing needs is itself a finding', () => {
    expect(tidy(root, [allowance]).map((finding) => finding.rule)).toEqual(['allowances'])
  })
})
