import { connect } from 'node:net'
import { lastFourOutcomes, type SandboxFaultKind, sandboxFaultKinds } from '@tessera/contracts/test-card-outcomes'
import { outcomeTestNumber } from '@tessera/contracts/test-cards'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorization, type HttpAnswer, type RunningSandbox, runSandbox } from '../testing/running-sandbox.ts'

let sandbox: RunningSandbox
beforeEach(async () => {
  sandbox = await runSandbox()
})
afterEach(() => sandbox.stop())

const authorize = (reference: string, more: Parameters<typeof authorization>[1] = {}) =>
  sandbox.call('POST', '/v1/authorizations', authorization(reference, more))
const ask = (...rules: unknown[]) => sandbox.call('POST', '/sandbox/faults', rules)
const isInLedger = async (reference: string) =>
  (await sandbox.call('GET', `/v1/references/${reference}`)).status === 200

async function outcomeOf(answer: Promise<HttpAnswer>): Promise<string> {
  try {
    const { status, json } = await answer
    return json.status === undefined ? `${status} unreadable` : `${status} ${json.status}`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no code'
  }
}

/** Lets the request reach the sandbox, then time pass, in steps, until the answer is there. */
async function withTime(answer: Promise<HttpAnswer>): Promise<string> {
  const outcome = outcomeOf(answer)
  let isSettled = false
  void outcome.then(() => {
    isSettled = true
  })
  while (!isSettled) await sandbox.timers.advance(1_000)
  return outcome
}

describe('what the caller sees and what the ledger holds', () => {
  test.each<[SandboxFaultKind, string, boolean]>([
    ['delay_before', '200 approved', true],
    ['delay_after', '200 approved', true],
    ['reset_before', 'ECONNRESET', false],
    ['reset_after', 'ECONNRESET', true],
    ['http_503_before', '503 unreadable', false],
    ['http_500_after', '500 unreadable', true],
    ['garbage_after', '200 unreadable', true],
    ['truncate_after', 'ECONNRESET', true],
    ['duplicate_answer', '200 approved', true],
    ['hang_before', 'ECONNRESET', false],
    ['hang_after', 'ECONNRESET', true],
    ['never_answer', 'ECONNRESET', true],
  ])('%s: %s, in the ledger: %s', async (kind, seen, written) => {
    await ask({ match: { reference: 'att_1' }, fault: { kind } })
    expect(await withTime(authorize('att_1'))).toBe(seen)
    expect(await isInLedger('att_1')).toBe(written)
    expect(await outcomeOf(authorize('att_2'))).toBe('200 approved')
    const summary = await sandbox.call('GET', '/sandbox/summary')
    expect(summary.json.faults_shown).toEqual({ [kind]: 1 })
  })

  test('every kind has a card that asks for it', async () => {
    const kinds = [...lastFourOutcomes.values()].flatMap((behaviour) => behaviour.fault ?? [])
    expect(kinds).toEqual([...sandboxFaultKinds])
    const number = outcomeTestNumber('1004')
    expect(await outcomeOf(authorize('att_1', { card: { number } }))).toBe('ECONNRESET')
    expect(await outcomeOf(authorize('att_1', { card: { number } }))).toBe('200 approved')
    expect(await sandbox.ledger()).toHaveLength(1)
  })
})

describe('a request that is held back', () => {
  async function leaveEarly(kind: SandboxFaultKind): Promise<void> {
    await ask({ match: {}, fault: { kind, ms: 5_000 } })
    const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1')
    const body = JSON.stringify(authorization('att_1'))
    const head = `POST /v1/authorizations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sbx_mer_1\r\ncontent-length: ${body.length}`
    socket.write(`${head}\r\n\r\n${body}`)
    while (sandbox.timers.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
  }

  test('is processed when its delay ends, although the caller has left', async () => {
    await leaveEarly('delay_before')
    expect(await isInLedger('att_1')).toBe(false)
    await sandbox.timers.advance(5_000)
    expect(await isInLedger('att_1')).toBe(true)
  })

  test('is declined when a reversal overtook it', async () => {
    await leaveEarly('delay_before')
    await sandbox.call('POST', '/v1/authorizations/att_1/reversals', { reference: 'rev_1', amount_minor: null })
    await sandbox.timers.advance(5_000)
    const truth = await sandbox.call('GET', '/v1/references/att_1')
    expect(truth.json).toMatchObject({ status: 'declined', response_code: '12' })
  })

  test('is never processed when it hangs', async () => {
    await leaveEarly('hang_before')
    await sandbox.timers.advance(60_000)
    expect(await isInLedger('att_1')).toBe(false)
  })

  test('does not keep the sandbox from stopping', async () => {
    await ask({ match: {}, fault: { kind: 'never_answer' } })
    const held = outcomeOf(authorize('att_1'))
    while (sandbox.timers.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
    await sandbox.restart()
    expect(await held).toBe('ECONNRESET')
    expect(await isInLedger('att_1')).toBe(true)
  })
})

test('a duplicate answer really is on the wire twice', async () => {
  await ask({ match: {}, fault: { kind: 'duplicate_answer' } })
  const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1')
  const body = JSON.stringify(authorization('att_1'))
  const head = `POST /v1/authorizations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sbx_mer_1\r\ncontent-length: ${body.length}`
  socket.write(`${head}\r\n\r\n${body}`)
  let seen = ''
  for await (const piece of socket) {
    seen += piece
    if (seen.split('"id":"auth_').length === 3) break
  }
  expect(seen.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  expect(seen.match(/"reference":"att_1"/g)).toHaveLength(2)
})

describe('which request gets a fault', () => {
  test('is chosen by operation, account, reference, last four digits and amount, all of which must match', async () => {
    await ask({
      match: { operation: 'authorize', account: 'mer_1', reference: 'att_5', last4: '4242', amount_minor: 500 },
      fault: { kind: 'http_500_after' },
      times: null,
    })
    const fitting = { amount_minor: 500 }
    expect(await outcomeOf(authorize('att_1', fitting))).toBe('200 approved')
    expect(await outcomeOf(authorize('att_5', { amount_minor: 501 }))).toBe('200 approved')
    expect(await outcomeOf(sandbox.call('GET', '/v1/references/att_5'))).toBe('200 approved')
    const other = sandbox.call('POST', '/v1/authorizations', authorization('att_5', fitting), 'mer_2')
    expect(await outcomeOf(other)).toBe('200 approved')
    await sandbox.call('DELETE', '/sandbox/faults')
    await ask({ match: { last4: '4444', amount_minor: 500 }, fault: { kind: 'http_500_after' } })
    expect(await outcomeOf(authorize('att_6', { ...fitting, card: { number: '5555555555554444' } }))).toMatch('500')
  })

  test('by last four digits includes captures, reversals and refunds of that card', async () => {
    await authorize('att_1')
    await ask({ match: { operation: 'capture', last4: '4242' }, fault: { kind: 'reset_after' } })
    const capture = () =>
      sandbox.call('POST', '/v1/authorizations/att_1/captures', { reference: 'cap_1', amount_minor: 5, final: true })
    expect(await outcomeOf(capture())).toBe('ECONNRESET')
    expect((await capture()).json.status).toBe('succeeded')
    expect((await sandbox.call('GET', '/v1/references/att_1')).json.captured_minor).toBe(5)
  })

  test('lasts as many times as was asked, in the order of asking', async () => {
    await ask(
      { match: {}, fault: { kind: 'http_503_before' }, times: 2 },
      { match: {}, fault: { kind: 'http_500_after' } },
    )
    const seen: string[] = []
    for (let index = 0; index < 4; index += 1) seen.push(await outcomeOf(authorize(`att_${index}`)))
    expect(seen.map((outcome) => outcome.slice(0, 3))).toEqual(['503', '503', '500', '200'])
    expect((await sandbox.call('GET', '/sandbox/faults')).body).toBe('[]')
  })

  test('with a probability is shown to a part of the requests', async () => {
    await ask({ match: {}, fault: { kind: 'http_500_after' }, times: null, probability: 0.5 })
    const seen = await Promise.all(Array.from({ length: 200 }, (_, index) => outcomeOf(authorize(`att_${index}`))))
    const shown = seen.filter((outcome) => outcome.startsWith('500')).length
    expect(shown).toBeGreaterThan(60)
    expect(shown).toBeLessThan(140)
  })

  test.each([
    [{ fault: { kind: 'explode' } }],
    [{ fault: { kind: 'delay_before', ms: 10_001 } }],
    [{ fault: { kind: 'delay_after' }, match: { colour: 'red' } }],
    [{ fault: { kind: 'delay_after' }, times: 0 }],
    [{ fault: { kind: 'delay_after' }, probability: 2 }],
    [{ match: {} }],
  ])('cannot be asked for as %j', async (rule) => {
    expect((await ask(rule)).status).toBe(400)
    expect((await sandbox.call('GET', '/sandbox/faults')).body).toBe('[]')
  })
})
