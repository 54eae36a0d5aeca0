import { beforeAll, describe, expect, it } from 'vitest'
import { type Investigation, investigate } from './evidence.ts'
import { textMark } from './wrong-bodies.ts'

let found: Investigation

beforeAll(async () => {
  found = await investigate()
}, 900_000)

const stores = [
  'answers',
  'pages of shoppers',
  'pages of the checkout',
  'webhooks',
  'logs',
  'write-ahead log',
  'database files of the gateway',
  'database files of the vault',
  'rows of tessera_gateway',
  'rows of tessera_vault',
  'all files while running',
  'all files after the stop',
  'heap of the gateway',
  'heap of the worker',
]
/** The simulated acquirer is sent the numbers and keeps them; what it has in memory is told, not judged. */
const processes = ['vault', 'gateway', 'worker', 'supervisor', 'PostgreSQL']

/** What was found of the marked cards: which path it took, in what form, where. */
const leaks = (medium: string): string[] => {
  const findings = found.evidence.get(medium)
  if (findings === undefined) throw new Error(`${medium} was not searched`)
  const kinds = findings
    .filter(({ name }) => name !== 'planted')
    .map((each) => `${each.name} (${each.form}) in ${each.place}`)
  return [...new Set(kinds)]
}
const plantedIn = (medium: string): number =>
  (found.evidence.get(medium) ?? []).filter(({ name }) => name === 'planted').length

describe('the search finds a planted number', () => {
  for (const medium of stores) {
    it(`in: ${medium}`, () => expect(plantedIn(medium)).toBeGreaterThan(0))
  }
  for (const name of ['gateway', 'worker', 'vault', 'PostgreSQL']) {
    it(`in the memory of the ${name}`, (context) => {
      if (found.memoryUnreadable !== null) return context.skip(found.memoryUnreadable)
      expect(plantedIn(`memory of the ${name}`)).toBeGreaterThan(0)
    })
  }
})

describe('no card number and no security code, of whatever path,', () => {
  for (const medium of stores) {
    it(`is in: ${medium}`, () => expect(leaks(medium)).toEqual([]))
  }
})

describe('no card that came as a card', () => {
  for (const name of processes) {
    it(`is in the memory of the ${name}`, (context) => {
      if (found.memoryUnreadable !== null) return context.skip(found.memoryUnreadable)
      expect(leaks(`memory of the ${name}`).filter((leak) => !leak.includes(textMark))).toEqual([])
    })
  }
})

it('what memory still holds otherwise is told', (context) => {
  if (found.memoryUnreadable !== null) return context.skip(found.memoryUnreadable)
  const count = (name: string) => new Set(leaks(`memory of the ${name}`).map((leak) => leak.split(' (')[0])).size
  const of = `of ${found.marks.paths.length} marked cards`
  console.info(
    `memory: vault ${count('vault')} (texts), gateway ${count('gateway')} (texts), sandbox ${count('sandbox')} ${of}`,
  )
})

it('the vault is started without options that could write its memory down', () => {
  expect(found.vaultEnvironment).not.toMatch(/heapsnapshot|inspect|diagnostic|report|cpu-prof|heap-prof/)
})
