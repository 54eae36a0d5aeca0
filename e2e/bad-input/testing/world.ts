import { type Acquirer, acquirerOf } from '../../harness/acquirer.ts'
import { type Answer, type Api, apiOf, type Json } from '../../harness/api.ts'
import { type Databases, databasesOf } from '../../harness/databases.ts'
import { operate } from '../../harness/operator.ts'
import { type Product, startProduct } from '../../harness/product.ts'
import { type Receiver, startReceiver } from '../../harness/receiver.ts'
import { until } from '../../harness/until.ts'

/** What one merchant has, one object of each kind that a path can name. */
export interface Possessions {
  key: string
  authorized: string
  captured: string
  voided: string
  hosted: string
  savedCard: string
  blockedCard: string
  customer: string
  endpoint: string
  event: string
}

/** The running product with two merchants that own something, for requests that must change nothing of it. */
export interface World {
  product: Product
  api: Api
  acquirer: Acquirer
  databases: Databases
  receiver: Receiver
  mine: Possessions
  theirs: Possessions
  /** The other merchant's publishable key. */
  theirPublishableKey: string
  end(): Promise<void>
}

export async function startWorld(options?: Parameters<typeof startProduct>[0]): Promise<World> {
  const product = await startProduct(options)
  const receiver = await startReceiver()
  const end = async () => {
    await product.dispose()
    await receiver.stop()
  }
  try {
    const api = apiOf(product)
    const other = await operate(product, 'merchants', 'create', '--name', 'Other shop')
    await known(api, other.secretKey)
    const mine = await possess(product, product.credentials, receiver)
    const theirs = await possess(product, other, receiver)
    const [acquirer, databases] = [await acquirerOf(product), databasesOf(product)]
    const theirPublishableKey: string = other.publishableKey
    return { product, api, acquirer, databases, receiver, mine, theirs, theirPublishableKey, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** Waits until the gateway knows a key that was just made; `status` is what a read with it then answers. */
export function known(api: Api, key: string, status = 200): Promise<unknown> {
  return until(async () => (await api.get('/v1/payments', { key })).status === status, {
    withinMs: 30_000,
    what: `a key to answer ${status}`,
  })
}

async function possess(
  product: Product,
  merchant: { secretKey: string; publishableKey: string },
  receiver: Receiver,
): Promise<Possessions> {
  const api = apiOf({ ...product, credentials: { ...product.credentials, ...merchant } })
  const customer = 'customer-of-fixtures'
  await until(async () => (await api.tokenize()).status === 201, {
    withinMs: 30_000,
    what: 'the vault to know the key',
  })
  const endpoint = must(await api.post('/v1/webhook_endpoints', { url: receiver.url }), 201)
  const pay = async (body: object) => must(await api.pay({ ...body }), 201)
  const authorized = await pay({ amount: 40, capture_method: 'manual' })
  const captured = await pay({ amount: 41 })
  const voided = await pay({ amount: 42, capture_method: 'manual' })
  must(await api.post(`/v1/payments/${voided.transaction_id}/void`), 200)
  const hosted = must(await api.post('/v1/payments', { amount: 43, currency: 'EUR' }), 201)
  const savedCard = await saved(api, customer, {})
  const blockedCard = await saved(api, customer, { number: '5555555555554444' })
  must(await api.post(`/v1/customers/payment-methods/${blockedCard}/block`, { reason: 'fixture' }), 200)
  const event = await until(async () => (await api.get('/v1/events')).json.data[0], {
    withinMs: 30_000,
    what: 'the first event in the feed',
  })
  return {
    key: merchant.secretKey,
    authorized: authorized.transaction_id,
    captured: captured.transaction_id,
    voided: voided.transaction_id,
    hosted: hosted.transaction_id,
    savedCard,
    blockedCard,
    customer,
    endpoint: endpoint.id,
    event: event.id,
  }
}

async function saved(api: Api, customer: string, card: Record<string, unknown>): Promise<string> {
  const paid = must(await api.pay({ amount: 44, save_card: true, customer_id: customer }, card), 201)
  return must(await api.get(`/v1/payments/${paid.transaction_id}`), 200).payment_method_id
}

function must(answer: Answer, status: number): Json {
  if (answer.status !== status) throw new Error(`a fixture was answered ${answer.status}: ${answer.text}`)
  return answer.json
}
