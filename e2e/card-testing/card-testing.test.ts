import { afterAll, beforeAll, expect, test } from 'vitest'
import { acquirerOf } from '../harness/acquirer.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { defendedProduct, type Outcome, play } from './play.ts'
import { populate } from './population.ts'

const size = { cards: 600, shoppers: 60, addresses: 150, ranges: 4 }
let product: Product
let outcome: Outcome

beforeAll(async () => {
  product = await startProduct({ environment: defendedProduct })
  outcome = await play(product, populate(size, 1), () => undefined)
})

afterAll(() => product.dispose())

test('nearly none of the cards of an attack reaches the acquirer, stockpiled or not', () => {
  expect(outcome.reachedAcquirer).toBeGreaterThan(0)
  expect(outcome.reachedAcquirer).toBeLessThan(60)
  expect(outcome.attackRefused).toBeGreaterThan(size.cards * 0.9)
})

test('shoppers who buy meanwhile see nothing of it', () => {
  expect(outcome).toMatchObject({ shoppersWithFriction: 0, shoppersPaid: size.shoppers })
})

test('what the acquirer saw besides are the shoppers, each charged once', async () => {
  const ledger = await (await acquirerOf(product)).ledger()
  const approved = ledger.filter((entry) => entry.amount_minor > 200 && entry.response_code === '00')
  expect(approved.length).toBeGreaterThanOrEqual(size.shoppers)
  expect(approved.length).toBeLessThanOrEqual(size.shoppers + outcome.unluckyShoppers)
})
