import { acquirerOf } from '../harness/acquirer.ts'
import type { Product } from '../harness/product.ts'
import { type Card, type Population, type Shopper, testersAmount } from './population.ts'
import { type Shop, shopOf, solve } from './shop.ts'

export interface Outcome {
  attackCards: number
  /** Of them, those that the simulated acquirer was asked about. */
  reachedAcquirer: number
  attackTokens: number
  attackRefused: number
  attackBlockedAtPayment: number
  challengesSolved: number
  /** What solving cost the attacker on this machine. */
  solvingCpuSeconds: number
  shoppers: number
  shoppersWithFriction: number
  shoppersPaid: number
  unluckyShoppers: number
  unluckyShoppersWithFriction: number
}

/** Settings of the product under which test mode is defended like live mode, with any number, behind a proxy on this machine. */
export const defendedProduct = {
  TESSERA_CARD_TESTING_DEFENCE: 'all',
  TESSERA_TEST_CARDS_ONLY: 'false',
  TESSERA_VAULT_TRUSTED_PROXIES: '127.0.0.0/8',
}

const attackersAtOnce = 24
const shoppersAtOnce = 4
/** Tokens that are made before any is charged, so that nothing is known of them yet. */
const stockpileShare = 0.05
/** Further addresses that a refused card is tried from. */
const furtherAddresses = 1

/** An attack, with honest shoppers evenly in between from its first card to its last. */
export async function play(product: Product, population: Population, log: (line: string) => void): Promise<Outcome> {
  const shop = shopOf(product)
  const { attackCards, shoppers, unluckyShoppers } = population
  const attack = new Attack(shop, population)
  const stockpiled = Math.round(attackCards.length * stockpileShare)
  const shopping = { paid: 0, friction: 0, unluckyFriction: 0 }
  const everybody = [
    ...shoppers.map((shopper, index) => ({ shopper, at: index / shoppers.length, isUnlucky: false })),
    ...unluckyShoppers.map((shopper, index) => ({ shopper, at: index / unluckyShoppers.length, isUnlucky: true })),
  ].sort((one, other) => one.at - other.at)

  async function attackAll(): Promise<void> {
    const tokens: string[] = []
    await inParallel(attackCards.slice(0, stockpiled), attackersAtOnce, async (card) => {
      const token = await attack.tokenOf(card)
      if (token !== null) tokens.push(token)
    })
    log(`${tokens.length} of ${stockpiled} cards were stockpiled as tokens; now they are charged`)
    await inParallel(tokens, attackersAtOnce, (token) => attack.charge(token))
    await inParallel(attackCards.slice(stockpiled), attackersAtOnce, async (card) => {
      const token = await attack.tokenOf(card)
      if (token !== null) await attack.charge(token)
      if (attack.progress * 10 >= attack.told + 1) log(attack.tell())
    })
  }
  async function shopAll(): Promise<void> {
    await inParallel(everybody, shoppersAtOnce, async ({ shopper, at, isUnlucky }) => {
      while (attack.progress < at && !attack.isOver) await new Promise((resolve) => setTimeout(resolve, 5))
      const { hadFriction, hasPaid } = await buy(shop, shopper)
      if (isUnlucky) shopping.unluckyFriction += hadFriction ? 1 : 0
      else {
        shopping.friction += hadFriction ? 1 : 0
        shopping.paid += hasPaid ? 1 : 0
      }
    })
  }
  await Promise.all([attackAll().finally(() => attack.end()), shopAll()])

  const ledger = await (await acquirerOf(product)).ledger()
  return {
    attackCards: attackCards.length,
    reachedAcquirer: ledger.filter((entry) => entry.amount_minor === testersAmount * 100).length,
    attackTokens: attack.tokens,
    attackRefused: attack.refused,
    attackBlockedAtPayment: attack.blocked,
    challengesSolved: attack.solved,
    solvingCpuSeconds: Math.round(attack.solvingMs / 100) / 10,
    shoppers: shoppers.length,
    shoppersWithFriction: shopping.friction,
    shoppersPaid: shopping.paid,
    unluckyShoppers: unluckyShoppers.length,
    unluckyShoppersWithFriction: shopping.unluckyFriction,
  }
}

/** Rotates addresses, solves what it is asked, and charges whatever it gets. */
class Attack {
  tokens = 0
  refused = 0
  blocked = 0
  solved = 0
  solvingMs = 0
  told = 0
  isOver = false
  #tried = 0
  #nextAddress = 0
  readonly #shop: Shop
  readonly #population: Population

  constructor(shop: Shop, population: Population) {
    this.#shop = shop
    this.#population = population
  }

  get progress(): number {
    return this.#tried / this.#population.attackCards.length
  }

  end(): void {
    this.isOver = true
  }

  tell(): string {
    this.told = Math.floor(this.progress * 10)
    return `${this.told * 10} % of the attack: ${this.tokens} tokens, ${this.refused} refused, ${this.solved} challenges solved`
  }

  async tokenOf(card: Card): Promise<string | null> {
    try {
      for (let attempt = 0; attempt <= furtherAddresses; attempt += 1) {
        const token = await this.#tokenFrom(card, this.#address())
        if (token !== null) return token
      }
      this.refused += 1
      return null
    } finally {
      this.#tried += 1
    }
  }

  async charge(token: string): Promise<void> {
    this.tokens += 1
    if ((await this.#shop.charge(token, testersAmount)) === 'blocked') this.blocked += 1
  }

  async #tokenFrom(card: Card, address: string): Promise<string | null> {
    let answer: string | undefined
    for (let round = 0; round < 3; round += 1) {
      const reply = await this.#shop.tokenize(card, address, answer)
      if (reply.kind === 'token') return reply.token
      if (reply.kind === 'refused') return null
      const solution = await solve(reply.challenge)
      this.solved += 1
      this.solvingMs += solution.cpuMs
      answer = solution.answer
    }
    return null
  }

  #address(): string {
    const { attackAddresses } = this.#population
    this.#nextAddress += 1
    return attackAddresses[this.#nextAddress % attackAddresses.length] as string
  }
}

/** A shopper who is asked for anything, or refused anywhere, has seen friction and goes away. A decline is the bank's. */
async function buy(
  shop: Shop,
  { address, amount, cards }: Shopper,
): Promise<{ hadFriction: boolean; hasPaid: boolean }> {
  for (const card of cards) {
    const reply = await shop.tokenize(card, address)
    if (reply.kind !== 'token') return { hadFriction: true, hasPaid: false }
    const result = await shop.charge(reply.token, amount)
    if (result === 'blocked') return { hadFriction: true, hasPaid: false }
    if (result === 'approved') return { hadFriction: false, hasPaid: true }
  }
  return { hadFriction: false, hasPaid: false }
}

async function inParallel<T>(items: readonly T[], atOnce: number, run: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  await Promise.all(
    [...Array(atOnce)].map(async () => {
      for (const item of rest) await run(item)
    }),
  )
}
