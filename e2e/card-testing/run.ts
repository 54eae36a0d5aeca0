import { parseArgs } from 'node:util'
import { startProduct } from '../harness/product.ts'
import { defendedProduct, play } from './play.ts'
import { populate } from './population.ts'

/**
 * `npm run card-testing`: starts the product, attacks it, lets honest shoppers buy meanwhile, and prints how many of the attacker's
 * cards reached the acquirer and how many shoppers saw anything of it. Exit code 1 where that is too many.
 */
const { values } = parseArgs({
  options: {
    cards: { type: 'string', default: '10000' },
    shoppers: { type: 'string', default: '1000' },
    addresses: { type: 'string', default: '2500' },
    ranges: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
  },
})
const size = {
  cards: Number(values.cards),
  shoppers: Number(values.shoppers),
  addresses: Number(values.addresses),
  ranges: Number(values.ranges),
}
const reachedMax = 100
const seed = Number(values.seed)

console.log(
  `${size.cards} cards made up in ${size.ranges} issuers' ranges, from ${size.addresses} addresses, among ${size.shoppers} shoppers (seed ${seed})`,
)
const product = await startProduct({
  environment: { ...defendedProduct, TESSERA_LOG_LEVEL: 'warn' },
  fromNothing: true,
})
try {
  const outcome = await play(product, populate(size, seed), (line) => console.log(line))
  const { reachedAcquirer, shoppersWithFriction } = outcome
  console.log(
    `cards that reached the acquirer:      ${reachedAcquirer} of ${outcome.attackCards} (bar: below ${reachedMax})`,
  )
  console.log(`ordinary shoppers that saw friction:  ${shoppersWithFriction} of ${outcome.shoppers} (bar: 0)`)
  console.log(
    `shoppers of the attacked ranges:      ${outcome.unluckyShoppersWithFriction} of ${outcome.unluckyShoppers} saw friction`,
  )
  console.log(
    `challenges the attacker solved:       ${outcome.challengesSolved}, in ${outcome.solvingCpuSeconds} s of CPU`,
  )
  const isHeld = reachedAcquirer < reachedMax && shoppersWithFriction === 0
  console.log(JSON.stringify({ cardTesting: { ...size, seed, isHeld, ...outcome } }))
  process.exitCode = isHeld ? 0 : 1
} finally {
  await product.dispose()
}
