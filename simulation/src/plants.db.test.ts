import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testPostgresUrl } from '../../tools/testing/database.ts'
import { openRunDatabase, type RunDatabase } from './database/database.ts'
import { plantedFaults } from './plants.ts'
import { simulate } from './simulate.ts'
import { openShop, type Shop } from './world/merchant.ts'

const seedsMax = 150
const mayTakeMs = 300_000

let database: RunDatabase
let shop: Shop

beforeAll(async () => {
  database = await openRunDatabase(testPostgresUrl())
  shop = await openShop(database.sessions)
})

afterAll(() => database.close())

describe('the net holds: it is noticed when', () => {
  for (const [name, { firstSeed, ...plants }] of Object.entries(plantedFaults)) {
    it(
      name,
      async () => {
        for (let seed = firstSeed; seed < firstSeed + seedsMax; seed += 1) {
          const { violations } = await simulate({ seed: String(seed), database, shop, plants })
          if (violations.length > 0) return
        }
        expect.fail(`not noticed in ${seedsMax} seeds`)
      },
      mayTakeMs,
    )
  }
})
