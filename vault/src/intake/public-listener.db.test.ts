import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tools/testing/database.ts'
import { claim, count } from '../testing/calls.ts'
import {
  goodCard,
  liveKey,
  merchantId,
  projectedKey,
  publishableKey,
  type RunningVault,
  runVault,
  secretKey,
  usualKeys,
} from '../testing/running-vault.ts'

let database: TestDatabase
let vault: RunningVault

const strangeKeys = [
  projectedKey('pk_test_inactive', { merchantActive: false }),
  projectedKey('pk_test_expired', { expiresAtMs: 1_000 }),
  projectedKey('tsk_test_without_scope', { kind: 'secret', scopes: ['payments:write'] }),
  projectedKey('tsk_test_with_everything', { kind: 'secret', scopes: ['*'] }),
]

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../migrations/', import.meta.url), name: 'intake' })
  vault = await runVault(database.url, { environment: { TESSERA_GATEWAY_PUBLIC_URL: 'https://pay.example/' } })
  await vault.pushKeys([...usualKeys, ...strangeKeys])
})

afterAll(async () => {
  await vault.stop()
  await database.drop()
})

const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code: string } }).error.code

/** PCI-relevant in every refusal: right shape, nothing stored, nothing of the card told or logged. */
async function refused(body: unknown, over: Parameters<RunningVault['post']>[1] = {}) {
  const before = await count(vault, 'tokens')
  const answer = await vault.post(body, over)
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.headers.get('x-request-id')).toMatch(/^rq_[0-9a-z]{26}$/)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  const { error } = answer.json
  expect(error.request_id).toBe(answer.headers.get('x-request-id'))
  expect(error.doc_url).toBe(`https://pay.example/docs/errors#${error.code}`)
  expect(
    Object.keys(error)
      .filter((key) => !['param', 'details'].includes(key))
      .sort(),
  ).toEqual(['code', 'doc_url', 'message', 'request_id', 'type'])
  expect(answer.text.replaceAll('4242 4242 4242 4242', '')).not.toMatch(/4242424242|987654/)
  expect(vault.logLines.join('\n')).not.toMatch(/4242424242|987654/)
  expect(await count(vault, 'tokens')).toBe(before)
  return { status: answer.status, ...error }
}

describe('POST /v1/tokens', () => {
  it('answers 201 with the fields of the contract', async () => {
    const before = vault.clock.now()
    const answer = await vault.post({ card: goodCard })
    expect(answer.status).toBe(201)
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^tok_[0-9a-hjkmnp-tv-z]{26}$/),
      card: { bin: '424242', last4: '4242', brand: 'visa', exp_month: 12, exp_year: 2039 },
      connector_id: 'conn_sandbox',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      expires_at: expect.any(String),
    })
    expect(Date.parse(answer.json.created_at)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(answer.json.expires_at) - Date.parse(answer.json.created_at)).toBe(30 * 60_000)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('takes month and year as texts, no name, unknown fields, and an Idempotency-Key that it does not heed', async () => {
    const { cardholder_name: _name, ...card } = goodCard
    const body = { card: { ...card, exp_month: '09', exp_year: '2039', extra: [1e3] }, metadata: { a: null } }
    const headers = { 'idempotency-key': 'same' }
    const answers = [await vault.post(body, { headers }), await vault.post(body, { headers })]
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect(answers[0]?.json.id).not.toBe(answers[1]?.json.id)
  })

  it('takes a secret key that may write tokens', async () => {
    expect((await vault.post({ card: goodCard }, { key: secretKey })).status).toBe(201)
    expect((await vault.post({ card: goodCard }, { key: 'tsk_test_with_everything' })).status).toBe(201)
  })

  it('stores the card sealed, for its merchant and mode', async () => {
    const { id } = (await vault.post({ card: goodCard })).json
    const { rows } = await vault.sql.query(
      'select * from tokens join cvcs using (merchant_id, mode, token) where token = $1',
      [id],
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ merchant_id: merchantId, mode: 'test', cardholder_name: 'Ada Lovelace' })
    // The token and the times are numbers of their own.
    const { token: _, created_at_ms: __, expires_at_ms: ___, ...ofTheCard } = rows[0]
    expect(JSON.stringify(ofTheCard)).not.toContain('737')
    expect(rows[0].sealed_number.includes('4242424242424242')).toBe(false)
  })

  it('seals each row for itself: a CVC or number that is moved to another row does not open', async () => {
    const [one, two] = [await vault.token(), await vault.token({ number: '5555555555554444' })]
    await vault.sql.query(
      'update tokens set sealed_number = other.sealed_number from tokens other where tokens.token = $1 and other.token = $2',
      [one, two],
    )
    expect(await claim(vault, 'att_swapped', one)).toMatchObject({ outcome: 'claimed', card: { last4: '4242' } })
    await expect(claim(vault, 'att_swapped', one, { withFingerprint: true })).rejects.toThrow(/^500/)
  })
})

describe('a request that is refused', () => {
  it.each([
    ['no JSON', 'card=4242424242424242'],
    ['nothing', ''],
    ['a lonely brace', '{'],
    ['a list', '[{"card":{}}]'],
    ['a text', '"4242424242424242"'],
    ['half a document', '{"card":{"number":"4242424242424242"'],
    ['a field twice', '{"card":{"number":"4242424242424242","number":"4242424242424242"}}'],
    ['deep nesting', `{"card":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}}`],
    ['a control character', '{"card":{"number":"42424242\u000142424242"}}'],
    ['a byte order mark', '\ufeff{"card":{}}'],
    ['a lone surrogate', '{"card":{"cardholder_name":"\\ud800"}}'],
  ])('has a body that is %s', async (_what, body) => {
    expect(await refused(body)).toMatchObject({ status: 400, type: 'invalid_request_error', code: 'validation_error' })
  })

  it('has a body that is not UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"card":{"number":"4242424242424242","cvc":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}}'),
    ])
    expect(await refused(body)).toMatchObject({ status: 400, code: 'validation_error' })
  })

  it.each([[{}], [{ card: null }], [{ card: 'tok' }], [{ card: [] }], [{ Card: goodCard }]])(
    'has no card: %j',
    async (body) => {
      expect(await refused(body)).toMatchObject({ code: 'validation_error', param: 'card' })
    },
  )

  it.each([
    ['card.number', { number: '4242424242424241' }],
    ['card.number', { number: 4242424242424242 }],
    ['card.number', { number: null }],
    ['card.number', { number: '4111111111111112' }],
    ['card.exp_month', { exp_month: 13 }],
    ['card.exp_month', { exp_month: 1e100 }],
    ['card.exp_month', { exp_month: {} }],
    ['card.exp_year', { exp_year: 39 }],
    ['card.exp_year', { exp_year: 2020 }],
    ['card.exp_year', { exp_year: '9'.repeat(5_000) }],
    ['card.cvc', { cvc: '12' }],
    ['card.cvc', { cvc: 737 }],
    ['card.cvc', { cvc: '9876543' }],
    ['card.cardholder_name', { cardholder_name: '4242 4242 4242 4242 ' }],
    ['card.cardholder_name', { cardholder_name: 'x'.repeat(256) }],
    ['card.cardholder_name', { cardholder_name: ['Ada'] }],
  ])('has a fault at %s: %j', async (param, over) => {
    const problem = await refused({ card: { ...goodCard, ...over } })
    expect(problem).toMatchObject({ status: 400, code: 'validation_error', param })
    expect(problem.details).toEqual([{ param, message: expect.any(String) }])
  })

  it('has all its faults named at once', async () => {
    const problem = await refused({ card: { number: '42', exp_month: 0, exp_year: 'x', cvc: '', cardholder_name: 1 } })
    expect(problem.details.map((fault: { param: string }) => fault.param)).toEqual([
      'card.number',
      'card.exp_month',
      'card.exp_year',
      'card.cvc',
      'card.cardholder_name',
    ])
  })

  it('has a card of the other mode', async () => {
    expect(await refused({ card: { ...goodCard, number: '4532015112830366' } })).toMatchObject({ param: 'card.number' })
    expect(await refused({ card: goodCard }, { key: liveKey })).toMatchObject({ param: 'card.number' })
    const live = await vault.post({ card: { ...goodCard, number: '4532015112830366' } }, { key: liveKey })
    expect(live.status).toBe(201)
  })

  it.each([null, 'pk_test_unknown', 'x', 'pk_test_expired', `${publishableKey}x`, 'Bearer', 'a b c d e f'])(
    'has no good key: %s',
    async (key) => {
      expect(await refused({ card: goodCard }, { key })).toMatchObject({
        status: 401,
        type: 'authentication_error',
        code: 'unauthorized',
      })
    },
  )

  it('has a key that may not do this', async () => {
    expect(await refused({ card: goodCard }, { key: 'tsk_test_without_scope' })).toMatchObject({
      status: 403,
      code: 'forbidden',
    })
    expect(await refused({ card: goodCard }, { key: 'pk_test_inactive' })).toMatchObject({
      status: 403,
      code: 'merchant_not_active',
    })
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', 'application/jsonx'])(
    'has the content type %s',
    async (type) => {
      const over = { headers: { 'content-type': type } }
      expect(await refused({ card: goodCard }, over)).toMatchObject({ status: 415, code: 'unsupported_media_type' })
    },
  )

  it('has a compressed body', async () => {
    const over = { headers: { 'content-encoding': 'gzip' } }
    expect(await refused({ card: goodCard }, over)).toMatchObject({ status: 415 })
  })

  it('has a body of a megabyte', async () => {
    const body = JSON.stringify({ card: goodCard, pad: 'x'.repeat(1 << 20) })
    expect(await refused(body)).toMatchObject({ status: 413, code: 'body_too_large' })
  })

  it('has a body of a megabyte whose length it does not tell', async () => {
    const pieces = async function* () {
      yield Buffer.from('{"pad":"')
      for (let kibibyte = 0; kibibyte < 1024; kibibyte += 1) yield Buffer.alloc(1024, 'x')
    }
    const response = await fetch(`${vault.vault.urls.public}/v1/tokens`, {
      method: 'POST',
      body: pieces(),
      duplex: 'half',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${publishableKey}` },
    })
    expect(response.status).toBe(413)
    expect(await codeOf(response)).toBe('body_too_large')
  })

  it('goes somewhere else', async () => {
    for (const [method, path] of [
      ['GET', '/v1/tokens'],
      ['POST', '/v1/tokens/'],
      ['POST', '/v1/cards'],
      ['DELETE', '/v1/tokens'],
    ]) {
      const response = await fetch(`${vault.vault.urls.public}${path}`, { method })
      expect([response.status, await codeOf(response)]).toEqual([404, 'not_found'])
    }
  })

  it('is no HTTP at all', async () => {
    const port = Number(new URL(vault.vault.urls.public).port)
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.end('4242424242424242 nonsense\r\n\r\n'))
      let received = ''
      socket.on('data', (piece) => {
        received += piece
      })
      socket.on('close', () => resolve(received))
      socket.on('error', reject)
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).toMatch(/x-request-id: rq_/)
    expect(JSON.parse(text.slice(text.indexOf('{'))).error.code).toBe('validation_error')
    expect(text).not.toContain('4242424242424242')
  })

  it('leaves its connection fit for the next request', async () => {
    for (let round = 0; round < 5; round += 1) {
      await refused('{', { key: null })
      await refused('{')
      expect((await vault.post({ card: goodCard })).status).toBe(201)
    }
  })
})
