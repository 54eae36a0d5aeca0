import type { Json } from '../../harness/api.ts'

/** The payment object of the contract, with what a payment of its example order holds at first. */
export function payment(changes: Json = {}): Json {
  return {
    id: 'pay_…',
    amountInCents: 4999,
    amountTaxesIncluded: 5999,
    taxRateInPercentage: 20,
    taxCountry: 'FR',
    currency: 'EUR',
    customerEmail: 'john@example.com',
    customerId: 'cus_…',
    products: [{ name: 'Pro Plan', price: 4999, quantity: 1 }],
    metadatas: null,
    subscriptionId: null,
    status: 'INITIATION',
    depositStatus: null,
    lastDepositAttempt: null,
    depositAttempts: [],
    timeline: [{ status: 'INITIATION', timestamp: 'time' }],
    transactionSummary: null,
    taxDetails: taxOfFrance,
    threeDsSessionUrl: null,
    purchaseUrl: null,
    paymentMethodId: null,
    createdAt: 'time',
    updatedAt: 'time',
    ...changes,
  }
}

export const taxOfFrance = {
  country: 'FR',
  region: null,
  name: 'VAT',
  rateInPercentage: 20,
  reason: 'standard',
  net: 4999,
  tax: 1000,
  taxIdCheck: null,
}

export const succeeded = (amount: number): Json => ({
  status: 'succeeded',
  amount,
  paymentMethod: 'CARD',
  error: null,
  attemptedAt: 'time',
})

export const failed = (amount: number, error: string): Json => ({ ...succeeded(amount), status: 'failed', error })

export const went = (...statuses: string[]): Json => statuses.map((status) => ({ status, timestamp: 'time' }))

/** What a charged payment of the example order holds. */
export function charged(changes: Json = {}): Json {
  return payment({
    status: 'CHECKOUT_SUCCESS',
    depositStatus: 'succeeded',
    lastDepositAttempt: succeeded(5999),
    depositAttempts: [succeeded(5999)],
    timeline: went('INITIATION', 'CHECKOUT_PENDING', 'CHECKOUT_SUCCESS'),
    transactionSummary: { net: 4999, tax: 1000, gross: 5999, refunded: 0 },
    ...changes,
  })
}

export const badRequest = (message: string | string[]): Json => ({ statusCode: 400, message, error: 'Bad Request' })
