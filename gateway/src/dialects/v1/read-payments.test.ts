import { describe, expect, it } from 'vitest'
import { failureOf } from '../../core/payments/failure.ts'
import { noAmounts } from '../../core/payments/payment.ts'
import { paymentStates } from '../../core/payments/states.ts'
import { requestIdOf, transactionIdOf } from './payment-id.ts'
import { statesOfStatus, statuses, statusOf } from './status.ts'
import { createTestApi } from './testing/test-api.ts'

describe('reading a payment', () => {
  it('tells everything about it, amounts as text', async () => {
    const api = createTestApi()
    const payment = api.payments.has(api.mine.caller, 'captured', {
      externalId: 'A-1',
      metadata: { a: 1 },
      email: 'ann@example.com',
      paymentMethodId: 'pmi_0123456789abcdefghjkmnpqrs' as never,
      captureBeforeMs: Date.parse('2026-10-14T12:00:00.000Z'),
    })
    payment.amounts.refundedMinor = 550
    const refund = api.payments.hasOperation(payment, 'refund', 'approved', 550)
    const answer = await api.get(`/v1/payments/${transactionIdOf(payment.paymentId)}`)
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      id: transactionIdOf(payment.paymentId),
      request_id: requestIdOf(payment.paymentId),
      status: 'partially_refunded',
      amount: '100.00',
      currency: 'usd',
      capture_method: 'manual',
      external_id: 'A-1',
      payment_method: 'card',
      amount_captured: '100.00',
      amount_refunded: '5.50',
      original_amount: null,
      original_currency: null,
      applied_rate: null,
      card_brand: 'visa',
      card_last4: '4242',
      cardholder_name: null,
      card_exp_month: 12,
      card_exp_year: 2030,
      card_country: null,
      card_funding: null,
      payment_method_id: 'pmi_0123456789abcdefghjkmnpqrs',
      is_recurring: false,
      customer_id: null,
      email: 'ann@example.com',
      tel: null,
      product_name: null,
      error_code: null,
      metadata: { a: 1 },
      capture_before: '2026-10-14T12:00:00.000Z',
      three_d_secure: null,
      dispute: null,
      created_at: '2026-10-07T12:00:00.000Z',
      updated_at: '2026-10-07T12:00:00.000Z',
      refunds: [
        {
          id: refund.operationId,
          amount: '5.50',
          status: 'succeeded',
          reason: null,
          created_at: '2026-10-07T12:00:00.000Z',
        },
      ],
    })
  })

  it('tells which exemption of strong customer authentication the last attempt claimed', async () => {
    const api = createTestApi()
    const payment = api.payments.has(api.mine.caller, 'captured')
    const shown = async () => (await api.get(`/v1/payments/tx_${payment.paymentId}`)).json.three_d_secure
    const attempt = api.payments.hasOperation(payment, 'authorize', 'approved', 10_000)
    const claimed = { authenticationId: null, state: null, version: null, eci: null, dsTransId: null }
    attempt.authentication = { ...claimed, liabilityShift: false, exemption: 'transaction_risk' }
    expect(await shown()).toEqual({
      version: null,
      status: 'exempt',
      eci: null,
      flow: null,
      liability_shift: false,
      exemption: 'transaction_risk',
    })
    api.payments.hasOperation(payment, 'authorize', 'approved', 10_000)
    expect(await shown()).toBeNull()
  })

  it('reads the same by both spellings of its id', async () => {
    const api = createTestApi()
    const payment = api.payments.has(api.mine.caller, 'failed', { failure: failureOf('generic_decline') })
    const byTx = await api.get(`/v1/payments/tx_${payment.paymentId}`)
    const byReq = await api.get(`/v1/payments/req_${payment.paymentId}`)
    expect(byTx.text).toBe(byReq.text)
    expect(byTx.json).toMatchObject({ status: 'failed', error_code: 'card_declined' })
  })

  it('answers alike for what is missing, malformed, another merchant’s or of the other mode', async () => {
    const api = createTestApi()
    const foreign = api.payments.has(api.foreign.caller, 'captured')
    const live = api.payments.has(api.live.caller, 'captured')
    const ids = [`tx_${foreign.paymentId}`, `tx_${live.paymentId}`, 'tx_01jd0000000000000000000000', 'x', '%ff', '%zz']
    const answers = await Promise.all(ids.map((id) => api.get(`/v1/payments/${id}`)))
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 404))
    const known = answers.slice(0, 4).map(({ text, headers }) => text.replace(headers['x-request-id'] ?? '', 'rq'))
    expect(new Set(known).size).toBe(1)
  })

  it('needs a key that may read', async () => {
    const api = createTestApi()
    expect((await api.get('/v1/payments/tx_01jd0000000000000000000000', { key: null })).status).toBe(401)
    const { key } = api.directory.secretKey(api.merchant, 'test', ['payments:write'])
    expect((await api.get('/v1/payments', { key })).status).toBe(403)
  })
})

describe('the list of payments', () => {
  it('shows the caller’s own, newest first, and whether there are more', async () => {
    const api = createTestApi()
    const first = api.payments.has(api.mine.caller, 'captured')
    const second = api.payments.has(api.mine.caller, 'authorized')
    api.payments.has(api.foreign.caller, 'captured')
    api.payments.has(api.live.caller, 'captured')
    const answer = await api.get('/v1/payments')
    expect(answer.json.data.map(({ id }: { id: string }) => id)).toEqual([
      transactionIdOf(second.paymentId),
      transactionIdOf(first.paymentId),
    ])
    expect(answer.json.has_more).toBe(false)
    expect((await api.get('/v1/payments?limit=1')).json).toMatchObject({ has_more: true, data: [{}] })
  })

  it('hands every filter on', async () => {
    const api = createTestApi()
    const cursor = api.payments.has(api.mine.caller, 'captured')
    const answer = await api.get(
      `/v1/payments?limit=100&starting_after=req_${cursor.paymentId}&status=canceled&external_id=A%201&customer_id=c` +
        '&created_gte=2026-01-01&created_lte=2026-01-31T12:00:00%2B02:00',
    )
    expect(answer.status).toBe(200)
    expect(api.payments.filters).toEqual([
      {
        limit: 100,
        startingAfter: cursor.paymentId,
        states: [{ state: 'canceled' }, { state: 'expired' }],
        externalId: 'A 1',
        customerId: 'c',
        createdFromMs: Date.parse('2026-01-01T00:00:00Z'),
        createdToMs: Date.parse('2026-01-31T10:00:00Z'),
      },
    ])
  })

  it('begins with twenty of everything', async () => {
    const api = createTestApi()
    await api.get('/v1/payments')
    expect(api.payments.filters[0]).toEqual({
      limit: 20,
      startingAfter: null,
      states: null,
      externalId: null,
      customerId: null,
      createdFromMs: null,
      createdToMs: null,
    })
  })

  it('lists every fault of a query at once', async () => {
    const api = createTestApi()
    const answer = await api.get(
      '/v1/payments?limit=101&status=paid&created_gte=yesterday&created_lte=2026-01-01T10:00:00&external_id=a&external_id=b&customer_id=%00',
    )
    expect(answer.status).toBe(400)
    expect(answer.json.error.details.map(({ param }: { param: string }) => param).sort()).toEqual([
      'created_gte',
      'created_lte',
      'customer_id',
      'external_id',
      'limit',
      'status',
    ])
    for (const limit of ['0', '-1', '1.5', 'x', '']) {
      expect((await api.get(`/v1/payments?limit=${limit}`)).json.error.param, limit).toBe('limit')
    }
  })

  it('refuses a cursor that is no payment of the caller', async () => {
    const api = createTestApi()
    const foreign = api.payments.has(api.foreign.caller, 'captured')
    for (const cursor of [`tx_${foreign.paymentId}`, 'tx_01jd0000000000000000000000', 'x']) {
      const answer = await api.get(`/v1/payments?starting_after=${cursor}`)
      expect(answer.json.error).toMatchObject({ code: 'validation_error', param: 'starting_after' })
    }
  })
})

describe('the status of a payment', () => {
  const refunded = (refundedMinor: number) => ({
    ...noAmounts,
    authorizedMinor: 100,
    capturedMinor: 100,
    refundedMinor,
  })

  it('is the one that the contract names for every state', () => {
    expect(paymentStates.map((state) => [state, statusOf({ state, amounts: refunded(0) })])).toEqual([
      ['created', 'pending'],
      ['requires_action', 'requires_action'],
      ['requires_confirmation', 'pending'],
      ['processing', 'pending'],
      ['authorized', 'authorized'],
      ['captured', 'completed'],
      ['failed', 'failed'],
      ['canceled', 'canceled'],
      ['expired', 'canceled'],
    ])
    expect(statusOf({ state: 'captured', amounts: refunded(1) })).toBe('partially_refunded')
    expect(statusOf({ state: 'captured', amounts: refunded(100) })).toBe('refunded')
  })

  it('finds as a filter exactly the payments that show it', () => {
    const sums = { none: 0, partial: 1, full: 100 }
    for (const status of statuses) {
      for (const { state, refunds = 'none' } of statesOfStatus[status]) {
        expect(statusOf({ state, amounts: refunded(sums[refunds]) })).toBe(status)
      }
    }
    const covered = statuses.flatMap((status) => statesOfStatus[status].map(({ state }) => state))
    expect(new Set(covered)).toEqual(new Set(paymentStates))
  })
})
