import { apiOf } from '../harness/api.ts'
import { inflowOf } from '../harness/inflow.ts'
import { operate } from '../harness/operator.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { type Receiver, startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

/** Keys of one merchant in one mode. */
export interface Keys {
  publishableKey: string
  secretKey: string
}

export interface Parties {
  product: Product
  receiver: Receiver
  mine: Keys
  theirs: Keys
  live: Keys
  /** Mine, but may only read payments. */
  readerKey: string
  /** What I own at the start, and what nobody but others may see. */
  owned: IdPool
  foreign: ReadonlySet<string>
  end(): Promise<void>
}

const anyId = /\b([a-z]{2,4})_([0-9a-hjkmnp-tv-z]{26})\b/g
const kept = 64

/** Ids by what they name; the newest are kept, so that most of them are still good for something. */
export class IdPool {
  readonly #ids = new Map<string, string[]>()

  learn(text: string): void {
    for (const [id, prefix = ''] of text.matchAll(anyId)) this.#add(prefix, id)
  }

  of(prefix: string): readonly string[] {
    return this.#ids.get(prefix) ?? [`${prefix}_01jd0000000000000000000000`]
  }

  all(): string[] {
    return [...this.#ids.values()].flat()
  }

  #add(prefix: string, id: string): void {
    const ids = this.#ids.get(prefix) ?? []
    if (ids.includes(id)) return
    ids.push(id)
    if (ids.length > kept) ids.shift()
    this.#ids.set(prefix, ids)
  }
}

/** The product with two merchants of test mode that own something, and one of live mode. */
export async function startParties(): Promise<Parties> {
  const many = '100000'
  const product = await startProduct({
    environment: {
      TESSERA_WEBHOOKS_ENABLED: 'false',
      TESSERA_RATE_LIMIT_PER_SECOND: many,
      TESSERA_VAULT_RATE_LIMIT_PER_SECOND: many,
      TESSERA_VAULT_RATE_LIMIT_BURST: many,
    },
  })
  const receiver = await startReceiver()
  const end = async () => {
    await product.dispose()
    await receiver.stop()
  }
  try {
    const { credentials } = product
    const create = (name: string, mode: string) =>
      operate(product, 'merchants', 'create', '--name', name, '--mode', mode)
    const [theirs, live] = [await create('Other shop', 'test'), await create('Live shop', 'live')]
    const reader = await operate(product, 'keys', 'create', credentials.merchantId, '--scopes', 'payments:read')
    const mine = { publishableKey: credentials.publishableKey, secretKey: credentials.secretKey }
    const owned = await possess(product, mine, receiver.url)
    const foreign = await possess(product, theirs, receiver.url)
    await until(async () => (await apiOf(product).get('/v1/payments', { key: live.secretKey })).status === 200, {
      withinMs: 30_000,
      what: 'the live key',
    })
    return {
      product,
      receiver,
      mine,
      theirs,
      live,
      readerKey: reader.text,
      owned,
      foreign: new Set(foreign.all().filter((id) => !owned.all().includes(id))),
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Payments in several states, a saved card, an endpoint and links. Answers all ids that were told. */
async function possess(product: Product, keys: Keys, receiverUrl: string): Promise<IdPool> {
  const api = apiOf({ ...product, credentials: { ...product.credentials, ...keys } })
  const inflow = inflowOf({ ...product, credentials: { ...product.credentials, inflowPrivateKey: keys.secretKey } })
  await until(async () => (await api.tokenize()).status === 201 && (await api.get('/v1/payments')).status === 200, {
    withinMs: 30_000,
    what: 'the keys to be known',
  })
  const pool = new IdPool()
  const learn = async (answer: Promise<{ text: string }>) => pool.learn((await answer).text)
  for (let count = 0; count < 8; count += 1) {
    await learn(api.pay({ amount: 40, capture_method: 'manual' }))
    await learn(api.pay({ amount: 41, save_card: true, customer_id: 'customer-of-fixtures' }))
    await learn(inflow.pay())
    await learn(inflow.pay({ autoConfirm: true }))
    await learn(api.tokenize())
  }
  await learn(
    inflow.api('POST', '/api/payment', { products: [{ name: 'Tea', price: 500, quantity: 1 }], currency: 'EUR' }),
  )
  await learn(
    inflow.api('POST', '/api/link', { products: [{ name: 'Tea', price: 500, quantity: 1 }], currency: 'EUR' }),
  )
  await learn(api.post('/v1/webhook_endpoints', { url: receiverUrl }))
  await learn(api.get('/v1/customers/customer-of-fixtures/payment-methods'))
  await learn(api.get('/v1/events'))
  return pool
}
