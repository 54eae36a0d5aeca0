import { reservedTestNumber } from '@tessera/contracts/test-cards'
import { describe, expect, it } from 'vitest'
import { aToken, createTestApi } from './testing/test-api.ts'

const aBody = { amount: 17.62, currency: 'USD', token: aToken }

describe('an idempotency key', () => {
  it('gives the first answer again, byte for byte, bare or quoted', async () => {
    const api = createTestApi()
    const first = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': 'order-1' } })
    const second = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': '"order-1"' } })
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect(second.headers['idempotent-replayed']).toBe('true')
    expect(second.headers['server-timing']).toBeUndefined()
    expect(second.text).toBe(first.text)
    expect(second.status).toBe(first.status)
  })

  it('stands for the same request however its members are ordered, and for no other', async () => {
    const api = createTestApi()
    const headers = { 'idempotency-key': 'order-2' }
    await api.post('/v1/payments', '{"amount":5.0,"currency":"usd"}', { headers })
    const reordered = await api.post('/v1/payments', '{"currency":"usd", "amount":5.0}', { headers })
    expect(reordered.headers['idempotent-replayed']).toBe('true')
    const other = await api.post('/v1/payments', '{"amount":5.1,"currency":"usd"}', { headers })
    expect(other.headers['idempotent-replayed']).toBeUndefined()
  })

  it('must not hold a card number, since keys are stored in clear', async () => {
    const api = createTestApi()
    const number = reservedTestNumber(1_234_567)
    for (const key of [number, `"order-${number}"`, number.replace(/(.{4})(?=.)/g, '$1-')]) {
      const answer = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': key } })
      expect(answer.json.error, key).toMatchObject({ code: 'validation_error', param: 'Idempotency-Key' })
      expect(answer.text).not.toContain(number)
    }
    expect(api.payments.created).toHaveLength(0)
  })

  it('must be visible ASCII of at most 255 characters', async () => {
    const api = createTestApi()
    for (const key of ['', ' ', '"', '""', 'a b', '"a"b"', 'ä', 'x'.repeat(256)]) {
      const answer = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': key } })
      expect(answer.json.error, key).toMatchObject({ code: 'validation_error', param: 'Idempotency-Key' })
    }
    const longest = await api.post('/v1/payments', aBody, { headers: { 'idempotency-key': 'x'.repeat(255) } })
    expect(longest.status).toBe(201)
  })
})
