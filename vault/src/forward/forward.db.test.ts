import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ForwardRequest } from '@tessera/contracts/vault-protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { authorize, authorizeTemplate, claim, count, fence } from '../testing/calls.ts'
import { type RunningVault, runVault } from '../testing/running-vault.ts'
import { type StubAcquirer, startStubAcquirer } from '../testing/stub-acquirer.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

let database: TestDatabase
let acquirer: StubAcquirer
let vault: RunningVault
let serial = 0

const manifest = {
  connector: 'acme',
  origins: {
    test: { originFromEnvironment: 'TESSERA_SANDBOX_URL', loopbackOnly: true },
    live: { origin: 'https://acme.invalid' },
  },
  operations: {
    authorize: {
      method: 'POST',
      path: '/v1/charges',
      content: 'form',
      headers: ['authorization'],
      once: true,
      placeholders: { number: ['number'], cvc: ['cvc'], expiry: ['exp_mmyy'] },
      verbatim: ['/amount'],
    },
    authenticate: {
      method: 'POST',
      path: '/v1/lookups',
      content: 'json',
      headers: [],
      once: false,
      placeholders: { '/number': ['number'], '/cvc': ['cvc'] },
      verbatim: [],
    },
    capture: { method: 'POST', path: '/v1/captures', content: 'json', headers: [], once: true, verbatim: [] },
    refund: { method: 'POST', path: '/v1/refunds', content: 'json', headers: [], once: false, verbatim: [] },
    inquire: { method: 'GET', path: '/v1/charges', content: 'none', headers: [], once: false, verbatim: [] },
  },
}

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'forward' })
  acquirer = await startStubAcquirer()
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'acme.json'), JSON.stringify(manifest))
  vault = await runVault(database.url, {
    environment: { TESSERA_SANDBOX_URL: acquirer.url, TESSERA_MANIFESTS_DIR: folder },
  })
})

afterAll(async () => {
  await vault.stop()
  await acquirer.stop()
  await database.drop()
})

beforeEach(() => {
  acquirer.received.length = 0
  acquirer.behave((_request, res) => res.end('{}'))
})

const form: ForwardRequest['template'] = {
  method: 'POST',
  path: '/v1/charges',
  headers: { authorization: 'Bearer key' },
  body: {
    kind: 'form',
    fields: [
      ['amount', '100'],
      ['number', { $card: 'number' }],
      ['expiry', { $card: 'exp_mmyy' }],
      ['cvc', { $card: 'cvc', optional: true }],
    ],
  },
}
const json = (path: string, value: unknown): ForwardRequest['template'] => ({
  method: 'POST',
  path,
  headers: {},
  body: { kind: 'json', value } as ForwardRequest['template']['body'],
})

async function claimed(card: Record<string, unknown> = {}): Promise<string> {
  const attempt = `att_${++serial}`
  await claim(vault, attempt, await vault.token(card))
  return attempt
}

const acme = (attempt: string, over: Partial<ForwardRequest> = {}) =>
  authorize(vault, attempt, { connector: 'acme', template: form, ...over })
const withoutCard = (stepId: string, operation: string, template: ForwardRequest['template']) =>
  authorize(vault, stepId, { connector: 'acme', operation, template, card: null })

describe('a forward', () => {
  it('sends the card in the place that the manifest names, once', async () => {
    const attempt = await claimed()
    expect(await acme(attempt)).toMatchObject({ outcome: 'answered', status: 200, body: '{}' })
    expect(acquirer.received).toEqual([
      expect.objectContaining({ path: '/v1/charges', body: 'amount=100&number=4242424242424242&expiry=1239&cvc=737' }),
    ])
    expect(acquirer.received[0]?.headers).toMatchObject({
      authorization: 'Bearer key',
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(await acme(attempt)).toEqual({ outcome: 'already_sent' })
    expect(acquirer.received).toHaveLength(1)
  })

  it('has taken permit and CVC out of the database before the acquirer sees the first byte', async () => {
    const attempt = await claimed()
    let seen: unknown
    acquirer.behave((_request, res) => {
      void Promise.all([count(vault, `permits where attempt_id = '${attempt}'`), count(vault, 'cvcs')]).then(
        (counts) => {
          seen = counts
          res.end('{}')
        },
      )
    })
    await vault.sql.query('delete from cvcs where token not in (select token from holds where attempt_id = $1)', [
      attempt,
    ])
    await acme(attempt)
    expect(seen).toEqual([0, 0])
  })

  it('made many times at once is sent once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const attempt = await claimed()
      acquirer.received.length = 0
      const outcomes = await Promise.all([1, 2, 3, 4].map(() => acme(attempt)))
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
        'already_sent',
        'already_sent',
        'already_sent',
        'answered',
      ])
      expect(acquirer.received).toHaveLength(1)
    }
  })

  it('gets an answer without the number and CVC that it sent', async () => {
    acquirer.behave((request, res) => {
      res.setHeader('content-type', 'text/x-4242424242424242')
      const { number, cvc } = Object.fromEntries(new URLSearchParams(request.body))
      res.end(
        JSON.stringify({ amount: 737, number, cvc, text: `card ${number} cvc ${cvc}`, other: '5555555555554444' }),
      )
    })
    const reply = await acme(await claimed())
    expect(JSON.parse(reply.body)).toEqual({
      amount: 737,
      number: '****************',
      cvc: '***',
      text: 'card **************** cvc ***',
      other: '5555555555554444',
    })
    expect(reply.contentType).toBe('text/x-****************')
  })

  it('gives an answer that is not UTF-8 as far as it can be read', async () => {
    acquirer.behave((_request, res) => res.end(Buffer.from([0x7b, 0xff, 0x7d])))
    expect(await acme(await claimed())).toMatchObject({ outcome: 'answered', body: '{\ufffd}' })
  })

  it('that is too late is never sent', async () => {
    const attempt = await claimed()
    expect(await acme(attempt, { sendBeforeMs: vault.clock.now() })).toMatchObject({
      outcome: 'not_sent',
      reason: 'too_late',
    })
    expect(acquirer.received).toHaveLength(0)
  })

  it('has an unknown outcome when the acquirer does not answer in time, and is not sent again', async () => {
    acquirer.behave(() => undefined)
    const attempt = await claimed()
    // Long enough for the request to leave on a busy machine.
    expect(await acme(attempt, { timeoutMs: 2_000 })).toMatchObject({ outcome: 'unknown', reason: 'timeout' })
    expect(await acme(attempt)).toEqual({ outcome: 'already_sent' })
    expect(await fence(vault, attempt)).toEqual({ outcome: 'may_have_been_sent' })
    expect(acquirer.received).toHaveLength(1)
  })

  it('has an unknown outcome when the connection is reset', async () => {
    acquirer.behave((_request, res) => res.destroy())
    expect(await acme(await claimed())).toMatchObject({ outcome: 'unknown', reason: 'connection_lost' })
  })

  it('was not sent where nobody listens, and keeps its CVC gone', async () => {
    const attempt = `att_live_${++serial}`
    const token = (
      await vault.post(
        { card: { number: '4532015112830366', exp_month: 1, exp_year: 2039, cvc: '321' } },
        { key: 'pk_live_8a7b6c5d4e3f2a1b' },
      )
    ).json.id
    await claim(vault, attempt, token, { mode: 'live' })
    expect(await acme(attempt, { mode: 'live' })).toMatchObject({ outcome: 'not_sent', reason: 'connect_failed' })
    expect(await count(vault, `cvcs where token = '${token}'`)).toBe(0)
    expect(await acme(attempt, { mode: 'live' })).toEqual({ outcome: 'already_sent' })
  })
})

describe('what the manifest does not allow is not sent', () => {
  it.each<[string, Partial<ForwardRequest>]>([
    ['an unknown connector', { connector: 'other' }],
    ['an unknown operation', { operation: 'payout' }],
    ['another path', { template: { ...form, path: '/v1/elsewhere' } }],
    ['a host in the path', { template: { ...form, path: 'http://evil.example/v1/charges' } }],
    ['another header', { template: { ...form, headers: { host: 'evil.example' } } }],
    [
      'a number elsewhere',
      { template: { ...form, body: { kind: 'form', fields: [['description', { $card: 'number' }]] } } },
    ],
    ['another kind of body', { template: authorizeTemplate() }],
    ['a template that is none', { template: {} as ForwardRequest['template'] }],
    ['a card where none is taken', { operation: 'capture', template: json('/v1/captures', {}) }],
  ])('%s', async (_what, over) => {
    const attempt = await claimed()
    expect(await acme(attempt, over)).toMatchObject({ outcome: 'not_sent', reason: 'refused_by_manifest' })
    expect(acquirer.received).toHaveLength(0)
    expect(await acme(attempt), 'and the permit is still there').toMatchObject({ outcome: 'answered' })
  })
})

describe('a use of a hold beside its permit', () => {
  it('before the authorization has the number, not the CVC, and leaves both for it', async () => {
    const attempt = await claimed()
    const lookup = (stepId: string) =>
      acme(attempt, {
        stepId,
        operation: 'authenticate',
        template: json('/v1/lookups', { number: { $card: 'number' }, cvc: { $card: 'cvc', optional: true } }),
      })
    expect(await lookup(`${attempt}.1`)).toMatchObject({ outcome: 'answered' })
    expect(await lookup(`${attempt}.1`)).toMatchObject({ outcome: 'answered' })
    expect(acquirer.received.map(({ body }) => body)).toEqual(Array(2).fill('{"number":"4242424242424242"}'))
    expect(await acme(attempt)).toMatchObject({ outcome: 'answered' })
    expect(acquirer.received.at(-1)?.body).toContain('cvc=737')
  })

  it('cannot ask for the CVC', async () => {
    const attempt = await claimed()
    const template = json('/v1/lookups', { cvc: { $card: 'cvc' } })
    expect(await acme(attempt, { stepId: `${attempt}.1`, operation: 'authenticate', template })).toMatchObject({
      outcome: 'not_sent',
      reason: 'refused_by_manifest',
    })
  })

  it('for a second try has the number without CVC, once', async () => {
    const attempt = await claimed()
    await acme(attempt)
    const second = `${attempt}.2`
    expect(await acme(attempt, { stepId: second })).toMatchObject({ outcome: 'answered' })
    expect(acquirer.received.at(-1)?.body).toBe('amount=100&number=4242424242424242&expiry=1239')
    expect(await acme(attempt, { stepId: second })).toEqual({ outcome: 'already_sent' })
    expect(await fence(vault, attempt, { stepId: second })).toEqual({ outcome: 'may_have_been_sent' })
  })

  it('for a second try can be fenced', async () => {
    const attempt = await claimed()
    await acme(attempt)
    expect(await fence(vault, attempt, { stepId: `${attempt}.3` })).toEqual({ outcome: 'never_sent' })
    expect(await acme(attempt, { stepId: `${attempt}.3` })).toMatchObject({ outcome: 'not_sent', reason: 'fenced' })
  })
})

describe('a step without a card', () => {
  const capture = json('/v1/captures', { amount: 100 })
  const refund = json('/v1/refunds', { amount: 100 })

  it('that the manifest sends once is sent once', async () => {
    const step = `op_${++serial}`
    expect(await withoutCard(step, 'capture', capture)).toMatchObject({ outcome: 'answered' })
    expect(await withoutCard(step, 'capture', capture)).toEqual({ outcome: 'already_sent' })
    expect(await fence(vault, step, { attemptId: null })).toEqual({ outcome: 'may_have_been_sent' })
    expect(acquirer.received).toHaveLength(1)
  })

  it('that may be repeated is repeated, and a fence knows that it was sent', async () => {
    const step = `op_${++serial}`
    expect(await withoutCard(step, 'refund', refund)).toMatchObject({ outcome: 'answered' })
    expect(await withoutCard(step, 'refund', refund)).toMatchObject({ outcome: 'answered' })
    expect(await fence(vault, step, { attemptId: null })).toEqual({ outcome: 'may_have_been_sent' })
  })

  it.each(['capture', 'refund'])('and a fence at the same moment never both have their way: %s', async (operation) => {
    const seen = new Set<string>()
    for (let round = 0; round < 50 || (seen.size < 2 && round < 2_000); round += 1) {
      const step = `op_${++serial}`
      acquirer.received.length = 0
      const template = operation === 'capture' ? capture : refund
      const send = () => withoutCard(step, operation, template)
      const stop = () => fence(vault, step, { attemptId: null })
      const [sent, fenced] =
        round % 2 === 0 ? await Promise.all([send(), stop()]) : (await Promise.all([stop(), send()])).reverse()
      seen.add(fenced.outcome)
      expect([sent.outcome, acquirer.received.length]).toEqual(
        fenced.outcome === 'never_sent' ? ['not_sent', 0] : ['answered', 1],
      )
    }
    expect(seen.size, 'both orders were seen').toBe(2)
  })

  it('that changes nothing leaves no mark', async () => {
    const before = await count(vault, 'step_marks')
    const template = { method: 'GET', path: '/v1/charges', headers: {}, body: null } as const
    expect(await withoutCard(`op_${++serial}`, 'inquire', template)).toMatchObject({ outcome: 'answered' })
    expect(await count(vault, 'step_marks')).toBe(before)
  })
})
