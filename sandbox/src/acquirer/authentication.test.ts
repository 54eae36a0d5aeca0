import { threeDSecureTestNumber } from '@tessera/contracts/test-cards'
import type { ARes } from '@tessera/contracts/three-ds/messages/ares'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorization, type RunningSandbox, runSandbox } from '../testing/running-sandbox.ts'
import {
  answerChallenge,
  beginChallenge,
  formOf,
  type Requestor,
  startRequestor,
} from '../testing/three-ds-requestor.ts'

let sandbox: RunningSandbox
let requestor: Requestor
beforeEach(async () => {
  sandbox = await runSandbox()
  requestor = await startRequestor(sandbox)
})
afterEach(async () => {
  await requestor.stop()
  await sandbox.stop()
})

const challengeCard = '4000000000003220'

interface Proof {
  version: string
  eci: string | undefined
  cavv: string | undefined
  ds_trans_id: string
}

const proofOf = ({ messageVersion, eci, authenticationValue, dsTransID }: ARes): Proof => ({
  version: messageVersion,
  eci,
  cavv: authenticationValue,
  ds_trans_id: dsTransID,
})

/** Passes the challenge; the proof is the RReq's. */
async function passedChallenge(number = challengeCard): Promise<Proof> {
  const ares = await requestor.authenticate(number)
  const page = await beginChallenge(ares)
  await answerChallenge(page, formOf(page).code ?? '')
  const { eci, authenticationValue } = requestor.results.at(-1) ?? {}
  return { version: '2.2.0', eci, cavv: authenticationValue, ds_trans_id: ares.dsTransID }
}

async function authorize(
  reference: string,
  number: string,
  three_d_secure: Record<string, unknown> | Proof | null,
  more: Record<string, unknown> = {},
) {
  const body = authorization(reference, { ...more, card: { number }, three_d_secure })
  return (await sandbox.call('POST', '/v1/authorizations', body)).json
}

describe('a card that demands authentication', () => {
  test('is declined softly without one, and approved with the one that its challenge gave', async () => {
    expect(await authorize('att_1', challengeCard, null)).toMatchObject({ status: 'declined', response_code: '1A' })
    const approved = await authorize('att_2', challengeCard, await passedChallenge())
    expect(approved).toMatchObject({
      status: 'approved',
      three_d_secure: { result: 'verified', eci: '05', cavv_result: '2' },
    })
  })

  test('of a Mastercard family is declined with 65', async () => {
    const number = threeDSecureTestNumber('0172', 'mastercard')
    expect(await authorize('att_1', number, null)).toMatchObject({ status: 'declined', response_code: '65' })
    expect(await authorize('att_2', number, await passedChallenge(number))).toMatchObject({
      status: 'approved',
      three_d_secure: { eci: '02' },
    })
  })

  test.each([
    ['4000008400001629', '05'],
    ['4000008260003178', '51'],
  ])('%s is declined with %s once it is authenticated', async (number, code) => {
    const declined = await authorize('att_1', number, await passedChallenge(number))
    expect(declined).toMatchObject({ status: 'declined', response_code: code, three_d_secure: { result: 'verified' } })
  })

  test('keeps what it knows over a restart', async () => {
    const proof = await passedChallenge()
    await sandbox.restart()
    expect(await authorize('att_1', challengeCard, proof)).toMatchObject({ status: 'approved' })
  })
})

describe('an authentication that does not hold', () => {
  const wrong: [string, (proof: Proof) => Record<string, unknown>, Record<string, unknown>][] = [
    ['wrong_value', (proof) => ({ ...proof, cavv: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=' }), {}],
    ['wrong_value', (proof) => ({ ...proof, cavv: null }), {}],
    ['wrong_eci', (proof) => ({ ...proof, eci: '06' }), {}],
    ['unknown_transaction', (proof) => ({ ...proof, ds_trans_id: '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01' }), {}],
    ['other_amount', (proof) => ({ ...proof }), { amount_minor: 1763 }],
    ['other_amount', (proof) => ({ ...proof }), { currency: 'eur' }],
  ]
  test.each(wrong)('for %s (case %#) leaves the soft decline and is worth nothing', async (result, spoil, more) => {
    const declined = await authorize('att_1', challengeCard, spoil(await passedChallenge()), more)
    expect(declined).toMatchObject({
      status: 'declined',
      response_code: '1A',
      three_d_secure: { result, eci: '07', cavv_result: '1' },
    })
  })

  test('because the challenge was not passed', async () => {
    const ares = await requestor.authenticate(challengeCard)
    const { ds_trans_id } = proofOf(ares)
    const proof = { eci: '05', cavv: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=', ds_trans_id }
    expect(await authorize('att_1', challengeCard, proof)).toMatchObject({
      response_code: '1A',
      three_d_secure: { result: 'not_authenticated' },
    })
  })

  test('because another card was authenticated', async () => {
    const proof = proofOf(await requestor.authenticate('4242424242424242'))
    expect(await authorize('att_1', challengeCard, proof)).toMatchObject({
      response_code: '1A',
      three_d_secure: { result: 'other_card' },
    })
  })

  test('does not keep a card from approving that demands none, but loses the shift', async () => {
    const proof = { ...proofOf(await requestor.authenticate('4242424242424242')), eci: '06' }
    expect(await authorize('att_1', '4242424242424242', proof)).toMatchObject({
      status: 'approved',
      three_d_secure: { result: 'wrong_eci', eci: '07' },
    })
  })
})

describe('one authentication', () => {
  test('counts for one approved authorization; the same request again gets the same answer', async () => {
    const proof = await passedChallenge()
    const first = await authorize('att_1', challengeCard, proof)
    expect(await authorize('att_1', challengeCard, proof)).toEqual(first)
    expect(await authorize('att_2', challengeCard, proof)).toMatchObject({
      response_code: '1A',
      three_d_secure: { result: 'spent_before' },
    })
    await sandbox.restart()
    expect(await authorize('att_3', challengeCard, proof)).toMatchObject({ three_d_secure: { result: 'spent_before' } })
  })

  test('may be tried again after a decline', async () => {
    const proof = await passedChallenge('4000008260003178')
    await authorize('att_1', '4000008260003178', proof)
    expect(await authorize('att_2', '4000008260003178', proof)).toMatchObject({
      response_code: '51',
      three_d_secure: { result: 'verified' },
    })
  })

  test('is part of the request: under the same reference another one is refused', async () => {
    await authorize('att_1', challengeCard, await passedChallenge())
    const other = authorization('att_1', { card: { number: challengeCard }, three_d_secure: await passedChallenge() })
    expect((await sandbox.call('POST', '/v1/authorizations', other)).status).toBe(409)
  })

  test('expires after ninety days', async () => {
    const proof = await passedChallenge()
    sandbox.clock.advance(91 * 24 * 3_600_000)
    expect(await authorize('att_1', challengeCard, proof)).toMatchObject({ three_d_secure: { result: 'expired' } })
  })
})

test('an exemption is written down as it was claimed, and does not move a card that demands authentication', async () => {
  const exemption = 'low_value'
  expect(await authorize('att_1', '4242424242424242', null, { exemption })).toMatchObject({
    status: 'approved',
    exemption,
  })
  expect(await authorize('att_2', challengeCard, null, { exemption })).toMatchObject({ response_code: '1A', exemption })
  for (const other of [{}, { exemption: 'transaction_risk' }]) {
    const body = authorization('att_1', { card: { number: '4242424242424242' }, three_d_secure: null, ...other })
    expect((await sandbox.call('POST', '/v1/authorizations', body)).status).toBe(409)
  }
  const wrong = authorization('att_3', { exemption: 'because' })
  expect((await sandbox.call('POST', '/v1/authorizations', wrong)).status).toBe(400)
})

test('an attempt counts as verified, with its own digit', async () => {
  const proof = proofOf(await requestor.authenticate('4200000000000109'))
  expect(await authorize('att_1', '4200000000000109', proof)).toMatchObject({
    status: 'approved',
    three_d_secure: { result: 'verified', eci: '06', cavv_result: '3' },
  })
})

test.each([
  [{ ds_trans_id: 'x', eci: '05', cavv: null }],
  [{ eci: '05' }],
  [{ ds_trans_id: '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01', eci: '5' }],
  ['text'],
])('what is no authentication at all (%j) is a bad request', async (three_d_secure) => {
  const body = authorization('att_1', { three_d_secure })
  expect((await sandbox.call('POST', '/v1/authorizations', body)).status).toBe(400)
})
