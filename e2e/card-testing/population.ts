import { type Random, seededRandom } from '@tessera/lib/random'

export interface Card {
  number: string
  cvc: string
  /** What the simulated issuer goes by; the defence has no eyes for it. */
  cardholder_name: string
  exp_month: number
  exp_year: number
}

export interface Shopper {
  address: string
  amount: number
  /** In the order in which they are tried, until one is approved. */
  cards: Card[]
}

export interface Population {
  attackCards: Card[]
  attackAddresses: string[]
  shoppers: Shopper[]
  /** Honest ones whose banks' ranges are being enumerated. They are counted apart. */
  unluckyShoppers: Shopper[]
}

export interface PopulationSize {
  cards: number
  shoppers: number
  /** Addresses of the attacker's. */
  addresses: number
  /** Issuers' ranges (of eight digits) that the attacker makes its numbers in. */
  ranges: number
}

/** Least that may be charged in this currency: testers take no more. Nobody else in this play pays so little. */
export const testersAmount = 2

const shoppersRanges = 250
const officeShare = 0.04
const carrierShare = 0.06
const declineShare = 0.1
const mistypeShare = 0.03
const aliveShare = 0.03
const unluckyShoppers = 20

/** The same seed makes the same people, cards and addresses. */
export function populate(size: PopulationSize, seed: number): Population {
  const random = seededRandom(seed)
  const pick = (below: number): number => Math.floor(random.unit() * below)
  const ranges = distinct(size.ranges + shoppersRanges, () => `${pick(2) === 0 ? '45' : '53'}${digits(random, 6)}`)
  const attackRanges = ranges.slice(0, size.ranges)
  const otherRanges = ranges.slice(size.ranges)
  const cardIn = (range: string, name: string): Card => ({
    number: numberIn(range, random),
    cvc: digits(random, 3),
    cardholder_name: name,
    exp_month: 1 + pick(12),
    exp_year: 2030 + pick(5),
  })
  // Few banks have many customers: the square of a fraction favours the first ones.
  const anyRange = (): string => otherRanges[Math.floor(random.unit() ** 2 * otherRanges.length)] as string

  function shopperWith(range: () => string, address: string): Shopper {
    const first = cardIn(range(), 'Ada Lovelace')
    const isDeclined = random.unit() < declineShare
    const cards = isDeclined
      ? [
          { ...first, cardholder_name: pick(2) === 0 ? 'NOT_ENOUGH_BALANCE' : 'DECLINED' },
          cardIn(range(), 'Ada Lovelace'),
        ]
      : [first]
    if (random.unit() < mistypeShare) cards.unshift({ ...first, cvc: digits(random, 3), cardholder_name: 'DECLINED' })
    return { address, amount: (1_500 + pick(20_000)) / 100, cards }
  }
  const addresses = distinct(size.shoppers + unluckyShoppers, () => address(random, 80))
  const addressOf = (index: number): string => {
    const place = random.unit()
    if (place < officeShare) return '81.2.69.160'
    if (place < officeShare + carrierShare) return `2a02:c207:0:1::${(index % 9) + 1}`
    return addresses[index] as string
  }
  return {
    attackCards: distinctCards(size.cards, (index) =>
      cardIn(attackRanges[index % size.ranges] as string, random.unit() < aliveShare ? 'Ada Lovelace' : 'DECLINED'),
    ),
    attackAddresses: distinct(size.addresses, () => address(random, 120)),
    shoppers: [...Array(size.shoppers).keys()].map((index) => shopperWith(anyRange, addressOf(index))),
    unluckyShoppers: [...Array(unluckyShoppers).keys()].map((index) =>
      shopperWith(() => attackRanges[index % size.ranges] as string, addresses[size.shoppers + index] as string),
    ),
  }
}

const digits = (random: Random, count: number): string =>
  [...Array(count)].map(() => Math.floor(random.unit() * 10)).join('')

/** In the forty networks of /8 from `first` on: public ones, which nobody reads as a proxy's. */
const address = (random: Random, first: number): string =>
  [first + random.unit() * 40, random.unit() * 256, random.unit() * 256, 1 + random.unit() * 254]
    .map(Math.floor)
    .join('.')

function distinct(count: number, make: () => string): string[] {
  const made = new Set<string>()
  while (made.size < count) made.add(make())
  return [...made]
}

function distinctCards(count: number, make: (index: number) => Card): Card[] {
  const made = new Map<string, Card>()
  while (made.size < count) {
    const card = make(made.size)
    made.set(card.number, card)
  }
  return [...made.values()]
}

function numberIn(range: string, random: Random): string {
  const body = range + digits(random, 7)
  return [...'0123456789'].map((digit) => body + digit).find(hasCheckDigit) as string
}

/** ISO/IEC 7812-1 Annex B. */
function hasCheckDigit(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}
