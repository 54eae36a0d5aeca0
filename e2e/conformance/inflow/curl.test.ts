import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Json } from '../../harness/api.ts'
import { withoutChance } from '../../harness/inflow.ts'
import { type Product, startProduct } from '../../harness/product.ts'
import { charged, payment, went } from './contract.ts'

let product: Product

beforeAll(async () => {
  product = await startProduct()
})
afterAll(() => product?.dispose())

/** The flow as its documentation writes it down. Only hosts, key and the payment's id are put in. */
const create = (
  card: string,
  autoConfirm: boolean,
) => `curl -X POST https://api-card.inflowpay.com/api/server/payment \\
  -H "X-Inflow-Api-Key: inflow_priv_your_key" \\
  -H "Content-Type: application/json" \\
  -d '{
    "products": [
      { "name": "Pro Plan", "price": 4999, "quantity": 1 }
    ],
    "currency": "EUR",
    "customerEmail": "john@example.com",
    "billingCountry": "FR",
    "postalCode": "75001",
    "purchasingAsBusiness": false,
    "firstName": "John",
    "lastName": "Doe",${card}
    "autoConfirm": ${autoConfirm},
    "pricingMode": "TAX_EXCLUSIVE",
    "threeDsSuccessUrl": "https://yoursite.com/3ds-success",
    "threeDsFailureUrl": "https://yoursite.com/3ds-failure",
    "metadatas": {
      "orderId": "order_12345"
    }
  }'`
const card = `
    "card": { "number": "4242424242424242", "expMonth": 12, "expYear": 2034, "cvc": "123" },`
const confirm = `curl -X POST https://api.inflowpay.xyz/api/server/payment/{paymentId}/confirm \\
  -H "X-Inflow-Api-Key: inflow_priv_your_key"`
const read = `curl https://api.inflowpay.xyz/api/payment/{paymentId} \\
  -H "X-Inflow-Api-Key: inflow_priv_your_key"`

async function run(command: string, paymentId = ''): Promise<Json> {
  const { gatewayUrl, vaultUrl, inflowPrivateKey } = product.credentials
  const here = command
    .replace('https://api-card.inflowpay.com', vaultUrl)
    .replace('https://api.inflowpay.xyz', gatewayUrl)
    .replace('inflow_priv_your_key', inflowPrivateKey)
    .replace('{paymentId}', paymentId)
  const { stdout } = await promisify(execFile)('bash', ['-euc', `${here} --silent --show-error`])
  return JSON.parse(stdout)
}

const metadatas = { orderId: 'order_12345' }

it('create, confirm and read run as they are documented', async () => {
  const created = await run(create(card, false))
  expect(withoutChance(created)).toEqual(payment({ metadatas, depositStatus: 'requires_confirmation' }))
  const confirmed = await run(confirm, created.id)
  expect(withoutChance(confirmed)).toEqual(
    charged({ metadatas, timeline: went('INITIATION', 'CHECKOUT_PENDING', 'CHECKOUT_SUCCESS') }),
  )
  expect(await run(read, created.id)).toEqual(confirmed)
})

it('with autoConfirm one call is enough', async () => {
  expect(withoutChance(await run(create(card, true)))).toEqual(charged({ metadatas }))
})

it('the first example, which has no card, waits for one', async () => {
  const created = await run(create('', true))
  expect(withoutChance(created)).toEqual(
    payment({ metadatas, purchaseUrl: `${product.credentials.gatewayUrl}/pay/req_…` }),
  )
  expect(await run(read, created.id)).toEqual(created)
})
