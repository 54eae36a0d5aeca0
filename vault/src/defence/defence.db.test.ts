import { hash } from 'node:crypto'
import {
  challengeAnswerHeader,
  challengeBits,
  isSolvedBy,
  type TokenChallenge,
} from '@tessera/contracts/token-challenge'
import { type CardVerdict, vaultPaths } from '@tessera/contracts/vault-protocol'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { goodCard, merchantId, type RunningVault, runVault, secretKey } from '../testing/running-vault.ts'

let database: TestDatabase
let vault: RunningVault
let serial = 0

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'defence' })
})

beforeEach(async () => {
  await vault?.stop()
  vault = await runVault(database.url, {
    environment: {
      TESSERA_CARD_TESTING_DEFENCE: 'all',
      TESSERA_TEST_CARDS_ONLY: 'false',
      TESSERA_VAULT_TRUSTED_PROXIES: '127.0.0.0/8',
    },
  })
})

afterAll(async () => {
  await vault.stop()
  await database.drop()
})

/** The `index`th number of a range, none a neighbour of another. */
function cardOf(range: string, index: number): string {
  const body = range + String(index * 7_919).padStart(15 - range.length, '0')
  return [...'0123456789'].map((digit) => body + digit).find(passesLuhn) as string
}

function passesLuhn(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

function anAddress(): string {
  serial += 1
  return `198.18.${Math.floor(serial / 250)}.${1 + (serial % 250)}`
}

const ask = (card: Partial<typeof goodCard>, from: string = anAddress(), headers: Record<string, string> = {}) =>
  vault.post({ card: { ...goodCard, ...card } }, { headers: { 'x-forwarded-for': from, ...headers } })

async function pay(token: string, verdict?: CardVerdict): Promise<string> {
  serial += 1
  const owner = { merchantId, mode: 'test', attemptId: `att_${serial}` }
  const source = { kind: 'token', token }
  const { json } = await vault.call(vaultPaths.claims, { ...owner, source, withFingerprint: false })
  if (verdict) await vault.call(vaultPaths.releases, { releases: [{ ...owner, reason: 'ended', verdict }] })
  return json.outcome
}

function solve({ text, bits }: TokenChallenge): string {
  for (let number = 0; ; number += 1) {
    const answer = `${text}.${number}`
    if (isSolvedBy(hash('sha256', answer, 'buffer'), bits)) return answer
  }
}

test('an address whose cards are declined solves challenges, each for one token, and then goes on', async () => {
  const from = anAddress()
  for (let index = 0; index < 6; index += 1) {
    const { json } = await ask({ number: cardOf(`4${index}123456`, 1) }, from)
    expect(await pay(json.id, 'declined')).toBe('claimed')
  }
  const next = { number: cardOf('47123456', 1) }
  const asked = await ask(next, from)
  expect(asked.status).toBe(429)
  expect(asked.json.error).toMatchObject({ code: 'challenge_required', challenge: { algorithm: 'sha256' } })
  const answer = { [challengeAnswerHeader]: solve(asked.json.error.challenge) }
  expect((await ask(next, from, answer)).status).toBe(201)
  expect((await ask(next, from, answer)).json.error.code).toBe('challenge_required')
  expect((await ask(next)).status).toBe(201)
})

test('a browser may send the answer: the preflight names its header', async () => {
  const response = await fetch(`${vault.vault.urls.public}/v1/tokens`, { method: 'OPTIONS' })
  expect(response.headers.get('access-control-allow-headers')).toContain(challengeAnswerHeader)
})

test('a range that is being enumerated makes no token from any address, and tokens made before pay nothing', async () => {
  const early = (await ask({ number: cardOf('41234567', 50) })).json.id
  for (let index = 0; index < 3; index += 1) {
    expect(await pay((await ask({ number: cardOf('41234567', index) })).json.id, 'probed')).toBe('claimed')
  }
  const refused = await ask({ number: cardOf('41234567', 60) })
  expect(refused).toMatchObject({ status: 429, json: { error: { code: 'rate_limited' } } })
  expect(refused.headers.get('retry-after')).toBe('60')
  expect(await pay(early)).toBe('suspected')
  expect((await ask({ number: cardOf('42345678', 1) })).status).toBe(201)
  const warnings = vault.logLines.map((line) => JSON.parse(line)).filter((line) => line.level === 'warn')
  expect(warnings).toContainEqual(
    expect.objectContaining({ event: 'card testing suspected', merchantId, reason: 'range' }),
  )
})

test('each warning is an alert as well, told to the gateway until it says that it has it', async () => {
  const alerts = async (acknowledged: string[]) =>
    (await vault.call(vaultPaths.cardTestingAlerts, { acknowledged })).json.alerts
  expect(await alerts([])).toEqual([])
  const early = (await ask({ number: cardOf('41234567', 50) })).json.id
  for (let index = 0; index < 3; index += 1) {
    await pay((await ask({ number: cardOf('41234567', index) })).json.id, 'probed')
  }
  expect(await pay(early)).toBe('suspected')
  for (let index = 60; index < 70; index += 1) await ask({ number: cardOf('41234567', index) })

  const [alert, ...others] = await alerts([])
  expect(others).toEqual([])
  expect(alert).toEqual({
    alertId: expect.stringMatching(/^alert_[0-9a-z]{26}$/),
    merchantId,
    mode: 'test',
    suspicion: 'range',
    outcome: 'payment_refused',
    atMs: expect.any(Number),
  })
  expect(await alerts(['alert_of_another_vault'])).toEqual([alert])
  expect(await alerts([alert.alertId])).toEqual([])
  await ask({ number: cardOf('41234567', 80) })
  expect(await alerts([])).toEqual([])
})

test('an address that tries many cards of such ranges has to work for any other card', async () => {
  for (let index = 0; index < 3; index += 1) {
    await pay((await ask({ number: cardOf('41234567', index) })).json.id, 'probed')
  }
  const from = anAddress()
  const other = { number: cardOf('42345678', 1) }
  for (let index = 10; index < 15; index += 1) await ask({ number: cardOf('41234567', index) }, from)
  expect((await ask(other, from)).status).toBe(201)
  await ask({ number: cardOf('41234567', 15) }, from)
  expect((await ask(other, from)).json.error.code).toBe('challenge_required')
})

test('an attempt that was let go on is let go on when it asks again', async () => {
  const token = (await ask({ number: cardOf('41234567', 50) })).json.id
  const claim = {
    merchantId,
    mode: 'test',
    attemptId: 'att_again',
    source: { kind: 'token', token },
    withFingerprint: false,
  }
  expect((await vault.call(vaultPaths.claims, claim)).json.outcome).toBe('claimed')
  for (let index = 0; index < 3; index += 1) {
    await pay((await ask({ number: cardOf('41234567', index) })).json.id, 'probed')
  }
  expect((await vault.call(vaultPaths.claims, claim)).json.outcome).toBe('claimed')
})

test('numbers in a row, and one number with guessed security codes, are refused before any is paid with', async () => {
  const inARow = [...Array(12).keys()].map((index) => {
    const body = `41234567123${String(4000 + index).padStart(4, '0')}`
    return [...'0123456789'].map((digit) => body + digit).find(passesLuhn) as string
  })
  const statuses = []
  for (const number of inARow) statuses.push((await ask({ number })).status)
  expect(statuses.slice(0, 3)).toEqual([201, 201, 201])
  expect(statuses.at(-1)).toBe(429)

  const guesses = []
  for (let cvc = 100; cvc < 160; cvc += 1) guesses.push(await ask({ number: cardOf('43333333', 1), cvc: String(cvc) }))
  expect(guesses.slice(0, 3).map(({ status }) => status)).toEqual([201, 201, 201])
  expect(guesses.at(-1)?.json.error.code).toBe('rate_limited')
})

test('a wrong card is told what is wrong with it, suspected or not', async () => {
  const from = anAddress()
  for (let index = 0; index < 70; index += 1) await ask({ number: cardOf(`4${10 + index}12345`, 1) }, from)
  expect((await ask({ number: cardOf('49123456', 1) }, from)).status).toBe(429)
  expect((await ask({ number: '4242424242424241' }, from)).json.error).toMatchObject({ param: 'card.number' })
})

test('one card of one address makes hundreds of tokens without being asked for anything', async () => {
  const from = anAddress()
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all([...Array(100)].map(() => ask({}, from)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    await Promise.all(answers.map(({ json }) => pay(json.id, 'approved')))
  }
})

test('callers without an address of their own are not taken for one caller', async () => {
  for (let index = 0; index < 80; index += 1) {
    expect((await ask({ number: cardOf(`4${10 + index}12345`, 1) }, '10.0.0.1')).status).toBe(201)
  }
})

test('a secret key is its merchant’s own server, and is asked for nothing', async () => {
  const from = anAddress()
  for (let index = 0; index < 70; index += 1) {
    const card = { ...goodCard, number: cardOf(`4${10 + index}12345`, 1) }
    const answer = await vault.post({ card }, { key: secretKey, headers: { 'x-forwarded-for': from } })
    expect(answer.status).toBe(201)
  }
})

test('in test mode a name on the card asks for a challenge, so that an integration can be tried', async () => {
  const asked = await ask({ cardholder_name: 'CHALLENGE' })
  expect(asked.json.error.challenge.bits).toBe(challengeBits.least)
  const answer = { [challengeAnswerHeader]: solve(asked.json.error.challenge) }
  expect((await ask({ cardholder_name: 'CHALLENGE' }, anAddress(), answer)).status).toBe(201)
})

test('by default test mode is left alone, but for that name', async () => {
  await vault.stop()
  vault = await runVault(database.url)
  const from = anAddress()
  for (let index = 0; index < 20; index += 1) {
    const number = cardOf('40000098', index)
    expect(await pay((await ask({ number }, from)).json.id, 'probed')).toBe('claimed')
  }
  expect((await ask({ cardholder_name: 'CHALLENGE' }, from)).json.error.code).toBe('challenge_required')
})

test('no card number, and nothing that depends on one, is in what is counted or logged', async () => {
  const number = cardOf('41234567', 3)
  await ask({ number })
  const text = await (await fetch(`${vault.vault.urls.internal}/metrics`)).text()
  expect(text).toContain('tessera_vault_card_testing_total')
  expect(text + vault.logLines.join('\n')).not.toContain(number)
})
