import { createSecretKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { readAnswer, readText, readTicket, signAnswer, signText, signTicket } from './checkout.ts'

const key = createSecretKey(Buffer.alloc(32, 1))
const otherKey = createSecretKey(Buffer.alloc(32, 2))
const ticket = { merchantId: 'mer_1', mode: 'test', paymentId: 'p', amountMinor: 1_234, expiresAtMs: 5 } as const

it('a ticket comes back as it was signed, and fits a path', () => {
  const text = signTicket(key, ticket)
  expect(readTicket(key, text)).toEqual(ticket)
  expect(encodeURIComponent(text)).toBe(text)
})

it('an answer comes back as it was signed', () => {
  const answer = { paymentId: 'p', token: 'tok_1', amountMinor: 7, savesCard: true }
  expect(readAnswer(key, signAnswer(key, answer))).toEqual(answer)
})

it('a text of another key, another purpose, or that was changed is none', () => {
  const text = signTicket(key, ticket)
  expect(readTicket(otherKey, text)).toBeNull()
  expect(readAnswer(key, text)).toBeNull()
  const [payload = '', mac] = text.split('.')
  const changed = Buffer.from(payload, 'base64url').toString().replace('1234', '1')
  expect(readTicket(key, `${Buffer.from(changed).toString('base64url')}.${mac}`)).toBeNull()
  for (const nonsense of ['', '.', payload, `${text}x`, 'é'.repeat(10)]) expect(readTicket(key, nonsense)).toBeNull()
})

it('texts of forms are signed for their own purpose', () => {
  expect(readText(key, 'ticket', signText(key, 'link form', ['a']))).toBeNull()
})
