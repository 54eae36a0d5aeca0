import { readAnswer, signTicket } from '@tessera/contracts/checkout'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { claim, count } from '../testing/calls.ts'
import { merchantId, type RunningVault, runVault } from '../testing/running-vault.ts'

let database: TestDatabase
let vault: RunningVault

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'checkout' })
  vault = await runVault(database.url, { environment: { TESSERA_GATEWAY_PUBLIC_URL: 'https://pay.example/' } })
  await vault.pushKeys()
})
afterAll(async () => {
  await vault.stop()
  await database.drop()
})

const paymentId = '0'.repeat(26)
const page = `https://pay.example/pay/req_${paymentId}`
const card = { number: '4242 4242 4242 4242', expiry: '12/34', cvc: '737', cardholder_name: 'Ada' }
const ticket = (over: { expiresAtMs?: number; mode?: 'test' | 'live'; paymentId?: string } = {}) =>
  signTicket(vault.secret, {
    ...{ merchantId, mode: 'test', paymentId, amountMinor: 1_762, expiresAtMs: vault.clock.now() + 60_000 },
    ...over,
  })

async function send(fields: Record<string, string>): Promise<string> {
  const answer = await fetch(`${vault.vault.urls.public}/v1/checkout/card`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
  expect([answer.status, await answer.text()]).toEqual([303, ''])
  expect(vault.logLines.join('\n')).not.toMatch(/42424242|737/)
  return answer.headers.get('location') ?? ''
}

it('a form is answered with a token for its payment, with which the card can be claimed', async () => {
  const place = await send({ ticket: ticket(), ...card, save_card: '1' })
  expect(place.startsWith(`${page}/card/`)).toBe(true)
  const answer = readAnswer(vault.secret, place.slice(`${page}/card/`.length))
  expect(answer).toMatchObject({ paymentId, amountMinor: 1_762, savesCard: true })
  const claimed = await claim(vault, `att_${'1'.repeat(26)}`, answer?.token ?? '')
  expect(claimed).toMatchObject({ outcome: 'claimed', card: { last4: '4242', expYear: 2034, cardholderName: 'Ada' } })
})

it.each([
  ['number', { number: '4242 4242 4242 4241' }],
  ['expiry', { expiry: '13/34' }],
  ['expiry', { expiry: '' }],
  ['cvc', { cvc: '12' }],
  ['name', { cardholder_name: '4242 4242 4242 4242' }],
  ['number.expiry.cvc', { number: '', expiry: 'x', cvc: '' }],
])('what is wrong is told by the address that it leads back to: %s', async (faults, over) => {
  const before = await count(vault, 'tokens')
  expect(await send({ ticket: ticket(), ...card, ...over })).toBe(`${page}/again/${faults}`)
  expect(await count(vault, 'tokens')).toBe(before)
})

it('a ticket that has expired leads back to a new one', async () => {
  expect(await send({ ticket: ticket({ expiresAtMs: vault.clock.now() }), ...card })).toBe(`${page}/again/stale`)
})

it('a form without a ticket of ours leads nowhere, whatever it names', async () => {
  const [payload, mac] = ticket().split('.')
  const other = Buffer.from(JSON.stringify(['mer_two', 'test', paymentId, 1, 9e15])).toString('base64url')
  for (const text of ['', 'https://evil.example/', `${payload}.`, `${other}.${mac}`]) {
    expect(await send({ ticket: text, ...card })).toBe('https://pay.example/pay/unknown')
  }
})

it('a test card is none for a live payment', async () => {
  expect(await send({ ticket: ticket({ mode: 'live' }), ...card })).toBe(`${page}/again/number`)
})

it('whoever tries many cards on one payment is told to wait, and other payments are not', async () => {
  const mine = ticket({ paymentId: '1'.repeat(26) })
  const places = []
  for (let tries = 0; tries < 21; tries += 1) places.push(await send({ ticket: mine, ...card, cvc: '1' }))
  expect(places.at(0)).toMatch(/cvc$/)
  expect(places.at(-1)).toMatch(/busy$/)
  expect(await send({ ticket: ticket({ paymentId: '2'.repeat(26) }), ...card })).toMatch(/\/card\//)
})
