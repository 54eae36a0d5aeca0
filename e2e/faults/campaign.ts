import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seededRandom } from '@tessera/lib/random'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf } from '../harness/api.ts'
import { type ProcessName, type Product, type StartOptions, startProduct } from '../harness/product.ts'
import { type Receiver, startReceiver } from '../harness/receiver.ts'
import type { Disagreement } from './agreement/disagreement.ts'
import { findDisagreements } from './agreement/promises.ts'
import { type Books, readBooks } from './books.ts'
import { keepShopping } from './journeys.ts'
import { type Kill, killAtRandomMoment } from './killer.ts'
import { InFlight, type Order } from './orders.ts'
import { waitUntilQuiet } from './quiet.ts'
import { longestHeldBackMs, startWeather } from './weather.ts'

export interface CampaignOptions {
  seed: number
  shoppers: number
  /** What to kill next; null ends the load. Asked for once the product has recovered from the kill before. */
  nextKill(killed: number, random: Random): ProcessName[] | null
  answersBetweenKills: number
  quietWithinMs: number
  log(line: string): void
}

export interface CampaignResult extends Aftermath {
  kills: Kill[]
}

/** Requests that are still under way when the load ends have this long to end well. */
const closingGraceMs = 3_000
/** After this the acquirer holds nothing back any more: what it does not know then, it will never know. */
const acquirerSettlesMs = longestHeldBackMs + 1_000
/** Longer than the clock is moved: a dispute that ended on the last day would be in one of the books alone. */
const disputesLast = '365d'
/** A receiver that fails now and then. */
const webhookFailures = 0.03

/** Load, kills, healing, and what the books say afterwards. The product keeps running: its end is the caller's. */
export async function runCampaign(product: Product, options: CampaignOptions): Promise<CampaignResult> {
  const kills: Kill[] = []
  const aftermath = await underLoad(product, options, async (site) => {
    const { answersBetweenKills } = options
    for (;;) {
      const chosen = options.nextKill(kills.length, site.random)
      if (chosen === null) return
      const killer = { ...site, answersBetweenKills, onSandboxBack: () => startWeather(site.acquirer) }
      const kill = await killAtRandomMoment(killer, chosen)
      kills.push(kill)
      options.log(
        `kill ${kills.length}: ${chosen.join(' and ')} with ${kill.inFlight.length} payments in flight, ${kill.sending} recorded as sending; ` +
          `answering again after ${kill.recoveredAfterMs} ms (${site.orders.length} orders so far)`,
      )
    }
  })
  return { kills, ...aftermath }
}

/** Where something is about to go wrong: a product, and shops that pay at it. */
export interface Site {
  product: Product
  api: Api
  acquirer: Acquirer
  receiver: Receiver
  random: Random
  inFlight: InFlight
  /** All of them so far. */
  orders: readonly Order[]
  /** Saved cards of which the vault knows something else since it was restored. */
  forgottenCards: Set<string>
  /** Answers that told a shop something, so far. */
  answers(): number
}

export interface Aftermath {
  books: Books
  /** By the promise that is broken; an empty list for each that is kept. */
  disagreements: Record<string, Disagreement[]>
  /** A payment made when all was over. */
  lastPayment: string
  clockMovedMs: number
}

/** Shops pay while `during` runs; then everything heals, and the books are compared. */
export async function underLoad(
  product: Product,
  options: Pick<CampaignOptions, 'seed' | 'shoppers' | 'quietWithinMs' | 'log'>,
  during: (site: Site) => Promise<void>,
): Promise<Aftermath> {
  const [api, acquirer] = [apiOf(product), await acquirerOf(product)]
  let webhooksFail = true
  const receiver = await startReceiver(() => (webhooksFail && Math.random() < webhookFailures ? 500 : 200))
  try {
    const endpoint = await api.post('/v1/webhook_endpoints', { url: receiver.url })
    if (endpoint.status !== 201) throw new Error(`no webhook endpoint: ${endpoint.text}`)
    await startWeather(acquirer)
    const orders: Order[] = []
    const forgottenCards = new Set<string>()
    const site = { product, api, acquirer, receiver, random: seededRandom(options.seed), orders, forgottenCards }
    await shopWhile(site, options, during)
    options.log(`load over: ${orders.length} orders; waiting for quiet`)
    webhooksFail = false
    await acquirer.clearFaults()
    await sleep(acquirerSettlesMs)
    let clockMovedMs = await waitUntilQuiet(product, options.quietWithinMs)
    await repeatSome(api, orders)
    clockMovedMs += await waitUntilQuiet(product, options.quietWithinMs)
    const received = new Set(receiver.received.map(({ json }) => json.id as string))
    const books = await readBooks({ product, api, acquirer, orders, received, forgottenCards })
    const lastPayment = (await api.pay()).json?.status ?? 'unanswered'
    return { books, disagreements: findDisagreements(books), lastPayment, clockMovedMs }
  } finally {
    await receiver.stop()
  }
}

export function startForCampaign(where: Pick<StartOptions, 'dataDirectory'> = {}): Promise<Product> {
  return startProduct({
    ...where,
    separateWorker: true,
    environment: { TESSERA_SANDBOX_SETTLE_AFTER_MS: '3000', TESSERA_SANDBOX_DISPUTE_LASTS_MS: disputesLast },
  })
}

async function shopWhile(
  parts: Omit<Site, 'inFlight' | 'answers' | 'orders'> & { orders: Order[] },
  options: Pick<CampaignOptions, 'seed' | 'shoppers'>,
  during: (site: Site) => Promise<void>,
): Promise<void> {
  const { api, orders } = parts
  const [stop, closing, inFlight] = [new AbortController(), new AbortController(), new InFlight()]
  let answers = 0
  const shoppers = Array.from({ length: options.shoppers }, (_, index) => {
    const own = seededRandom(options.seed * 1_000 + index)
    const shop = { api, random: own, inFlight, closing: closing.signal, onAnswer: () => (answers += 1) }
    return keepShopping(shop, `order-${index}`, stop.signal, (order) => orders.push(order))
  })
  const shopping = Promise.all(shoppers)
  // A shop that breaks ends the campaign; so does a product that does not recover.
  const running = during({ ...parts, inFlight, answers: () => answers })
  try {
    await Promise.race([running, shopping])
    await running
  } finally {
    stop.abort()
    const grace = setTimeout(() => closing.abort(), closingGraceMs)
    await shopping
    clearTimeout(grace)
  }
}

const repeatedMax = 60

/** The same request with the same key after all of it: one more answer for the books, and no more than that. */
async function repeatSome(api: Api, orders: Order[]): Promise<void> {
  const known = orders.filter((order) => order.transactionId !== null)
  for (const order of known.slice(-repeatedMax)) {
    const request = order.requests.find(({ what }) => what === 'create')
    if (request === undefined) continue
    const { status, json } = await api.post(request.path, request.body, { idempotencyKey: request.key })
    request.answers.push({ status, json })
  }
}
