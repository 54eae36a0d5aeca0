import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessName, Product } from '../harness/product.ts'
import { promises } from './agreement/promises.ts'
import { type CampaignResult, runCampaign, startForCampaign } from './campaign.ts'
import { fewestInFlight, targets } from './killer.ts'
import { killTable } from './report.ts'

/** The short run: each process once. `npm run faults` goes on for as long as wanted. */
const seed = Date.now() % 1_000_000
const lines: string[] = []

let product: Product
let result: CampaignResult

beforeAll(async () => {
  product = await startForCampaign()
  const left = [...targets]
  result = await runCampaign(product, {
    seed,
    shoppers: 40,
    // However slow the machine is: what is compared at the end is as much as this alone makes.
    answersBetweenKills: 40,
    quietWithinMs: 180_000,
    nextKill: (_killed, random): ProcessName[] | null =>
      left.length === 0 ? null : left.splice(Math.floor(random.unit() * left.length), 1),
    log: (line) => lines.push(line),
  })
  const compared = `${result.books.payments.length} payments compared, seed ${seed}`
  console.info([...lines, killTable(result.kills, result.disagreements), compared].join('\n'))
}, 480_000)
afterAll(() => product?.dispose())

describe('after kill -9 of every process under load', () => {
  for (const target of targets) {
    it(`with at least ${fewestInFlight} payments in flight when the ${target} was killed`, () => {
      const kill = result.kills.find((each) => each.targets.includes(target))
      expect(kill?.inFlight.length).toBeGreaterThanOrEqual(fewestInFlight)
    })
  }

  for (const promise of Object.keys(promises)) {
    it(promise, () => expect(result.disagreements[promise]).toEqual([]))
  }

  it('there was something to compare', () => {
    const { books } = result
    expect(books.payments.length).toBeGreaterThan(100)
    expect(books.acquirer.length).toBeGreaterThan(100)
    expect(books.received.size).toBeGreaterThan(100)
    expect(books.payments.filter((payment) => payment.paid_out_minor > 0).length).toBeGreaterThan(50)
    expect(new Set(books.operations.map((operation) => operation.kind)).size).toBe(4)
  })

  it('a new payment succeeds', () => expect(result.lastPayment).toBe('completed'))
})
