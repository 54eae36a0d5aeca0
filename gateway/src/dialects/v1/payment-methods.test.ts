import { describe, expect, it } from 'vitest'
import type { PaymentMethod } from '../../core/customers/payment-method.ts'
import type { PaymentMethods } from '../../core/customers/payment-methods.ts'
import type { Caller } from '../../core/merchants/merchant.ts'
import { accept, refuse } from '../../core/refusals.ts'
import { createTestApi, nowMs } from './testing/test-api.ts'

const id = 'pmi_0123456789abcdefghjkmnpqrs'

function aMethod(caller: Caller, changes: Partial<PaymentMethod> = {}): PaymentMethod {
  return {
    merchantId: caller.merchant.merchantId,
    paymentMethodId: id as PaymentMethod['paymentMethodId'],
    mode: caller.mode,
    customerId: 'cus/1 é' as PaymentMethod['customerId'],
    cardId: 'card_1' as PaymentMethod['cardId'],
    fingerprintId: 'fp_1' as PaymentMethod['fingerprintId'],
    connectorId: 'conn_1' as PaymentMethod['connectorId'],
    card: { bin: '424242', last4: '4242', brand: 'visa', expMonth: 12, expYear: 2030, cardholderName: 'Ann' },
    networkTransactionId: 'nti_1',
    status: 'active',
    blockedReason: null,
    isDefault: true,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...changes,
  }
}

/** One saved card, of the one whose key is asked for first. */
function createMethodsApi() {
  let method: PaymentMethod | undefined
  const own = (caller: Caller) =>
    method?.merchantId === caller.merchant.merchantId && method.mode === caller.mode ? method : undefined
  const missing = refuse({ refusal: 'not_found', what: 'payment_method' })
  const change = (caller: Caller, changes: Partial<PaymentMethod>) => {
    const found = own(caller)
    if (found === undefined) return missing
    method = { ...found, ...changes, updatedAtMs: nowMs + 1 }
    return accept(method)
  }
  const paymentMethods: PaymentMethods = {
    list: async (caller, customerId) =>
      [own(caller)].flatMap((each) => (each?.customerId === customerId ? [each] : [])),
    block: async (caller, _id, reason) => change(caller, { status: 'blocked', blockedReason: reason }),
    unblock: async (caller) => change(caller, { status: 'active', blockedReason: null }),
    delete: async (caller) => {
      const found = own(caller)
      method = undefined
      return found === undefined ? missing : accept(found)
    },
  }
  const api = createTestApi({ parts: { paymentMethods } })
  method = aMethod(api.mine.caller)
  return api
}

describe('the saved cards of a customer', () => {
  it('show what anyone may know of them, under the customer’s own id however it is spelled', async () => {
    const answer = await createMethodsApi().get(`/v1/customers/${encodeURIComponent('cus/1 é')}/payment-methods`)
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      customer_id: 'cus/1 é',
      payment_methods: [
        {
          id,
          type: 'card',
          connector_id: 'conn_1',
          card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2030 },
          is_default: true,
          status: 'active',
          blocked_reason: null,
          created_at: '2026-10-07T12:00:00.000Z',
        },
      ],
    })
  })

  it('are none for a customer who is unknown, somebody else’s or of the other mode', async () => {
    const api = createMethodsApi()
    const path = `/v1/customers/${encodeURIComponent('cus/1 é')}/payment-methods`
    const none = (customer: string) => ({ customer_id: customer, payment_methods: [] })
    expect((await api.get('/v1/customers/nobody/payment-methods')).json).toEqual(none('nobody'))
    expect((await api.get(path, { key: api.foreign.key })).json).toEqual(none('cus/1 é'))
    expect((await api.get(path, { key: api.live.key })).json).toEqual(none('cus/1 é'))
  })

  it('are refused for an id that can be nobody’s', async () => {
    const api = createMethodsApi()
    for (const customer of ['%00', 'x'.repeat(256), '4242424242424242']) {
      const answer = await api.get(`/v1/customers/${customer}/payment-methods`)
      expect(answer.json.error, customer).toMatchObject({ code: 'validation_error', param: 'customer_id' })
    }
  })
})

describe('a saved card', () => {
  it('is blocked with a reason and unblocked again', async () => {
    const api = createMethodsApi()
    const blocked = await api.post(`/v1/customers/payment-methods/${id}/block`, { reason: 'chargeback' })
    expect(blocked.json).toEqual({
      id,
      status: 'blocked',
      blocked_reason: 'chargeback',
      updated_at: '2026-10-07T12:00:00.001Z',
    })
    const active = await api.post(`/v1/customers/payment-methods/${id}/unblock`)
    expect(active.json).toEqual({ id, status: 'active', updated_at: '2026-10-07T12:00:00.001Z' })
  })

  it('is not blocked without a reason', async () => {
    const api = createMethodsApi()
    for (const body of [undefined, {}, { reason: '' }, { reason: 5 }, { reason: 'x'.repeat(256) }]) {
      const answer = await api.post(`/v1/customers/payment-methods/${id}/block`, body)
      expect(answer.json.error).toMatchObject({ code: 'validation_error', param: 'reason' })
    }
  })

  it('is deleted once', async () => {
    const api = createMethodsApi()
    expect((await api.delete(`/v1/customers/payment-methods/${id}`)).json).toEqual({ id, deleted: true })
    expect((await api.delete(`/v1/customers/payment-methods/${id}`)).status).toBe(404)
  })

  it('of somebody else, of the other mode, unknown or malformed is not found, in the same words', async () => {
    const api = createMethodsApi()
    const calls = [
      (path: string, key?: string) => api.post(`${path}/block`, { reason: 'x' }, { key }),
      (path: string, key?: string) => api.post(`${path}/unblock`, {}, { key }),
      (path: string, key?: string) => api.delete(path, { key }),
    ]
    const bodies = new Set<string>()
    for (const call of calls) {
      const answers = [
        await call(`/v1/customers/payment-methods/${id}`, api.foreign.key),
        await call(`/v1/customers/payment-methods/${id}`, api.live.key),
        await call('/v1/customers/payment-methods/nonsense'),
      ]
      for (const { status, text, headers } of answers) {
        expect(status).toBe(404)
        bodies.add(text.replace(headers['x-request-id'] ?? '', 'rq'))
      }
    }
    expect(bodies.size).toBe(1)
  })

  it('is read and changed with scopes of their own', async () => {
    const api = createMethodsApi()
    const reader = api.directory.secretKey(api.merchant, 'test', ['customers:read'])
    const list = '/v1/customers/c/payment-methods'
    expect((await api.get(list, { key: reader.key })).status).toBe(200)
    expect((await api.delete(`/v1/customers/payment-methods/${id}`, { key: reader.key })).status).toBe(403)
    expect((await api.get(list, { key: null })).status).toBe(401)
  })
})
