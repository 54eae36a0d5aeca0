import { reservedTestNumber } from '@tessera/contracts/test-cards'
import { afterEach, describe, expect, it } from 'vitest'
import { buildEcho, converse, logLines, post, publishableKey, secretKey, stopServers } from './testing/echo-server.ts'

const number = reservedTestNumber(1_111_111)
afterEach(stopServers)

describe('bodies', () => {
  it('are handed on with amounts as they were written', async () => {
    const { json } = await post(buildEcho(), '{"amount":17.620,"other":17.620}')
    expect(json.body).toEqual({ amount: { exactNumber: '17.620' }, other: 17.62 })
  })

  it.each([
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":', 'syntax'],
    ['{"a":1} x', 'syntax'],
    ['{"a":1e999}', 'number_range'],
    [`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`, 'too_deep'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'invalid_utf8'],
    [' ', 'empty'],
  ])('that are broken are refused with what and where: %s', async (payload, kind) => {
    const { json } = await post(buildEcho(), payload)
    expect(json).toMatchObject({ problem: 'malformed_json', fault: { kind, position: expect.any(Number) } })
  })

  it.each(['[]', '1', '"x"', 'null', 'true'])('that are %s are refused, only objects are taken', async (payload) => {
    expect((await post(buildEcho(), payload)).json.problem).toBe('body_not_an_object')
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonp',
    'application/json, text/plain',
    'garbage',
    '',
  ])('of type %j are refused', async (type) => {
    expect((await post(buildEcho(), '{"a":1}', { 'content-type': type })).json.problem).toBe('unsupported_media_type')
  })

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'of type %j are taken',
    async (type) => {
      expect((await post(buildEcho(), '{"a":1}', { 'content-type': type })).json.body).toEqual({ a: 1 })
    },
  )

  it('may be empty, with or without a type', async () => {
    const server = buildEcho()
    expect((await post(server, '')).json.body).toBeNull()
    expect((await post(server, '', { 'content-type': 'text/plain' })).json.body).toBeNull()
  })

  it('cannot change what an object is', async () => {
    const { json } = await post(buildEcho(), '{"__proto__":{"admin":true},"constructor":1}')
    expect(json).toMatchObject({ caller: 'mer_1' })
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('of a megabyte are refused without being kept', async () => {
    const server = buildEcho()
    const { json } = await post(server, `{"a":"${'x'.repeat(1_000_000)}"}`)
    expect(json).toMatchObject({ problem: 'body_too_large', limitBytes: 65_536 })
    const port = await server.listen({ host: '127.0.0.1', port: 0 })
    const head = `POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secretKey}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    expect(await converse(port, head + chunk.repeat(5))).toContain('body_too_large')
  })
})

describe('card data that was sent here by mistake', () => {
  const body = `{"card":{"number":"${number}","cvc":"123"}}`

  it.each([
    ['a payment', '/echo', {}],
    ['a path that is not ours', '/v1/tokens', {}],
    ['a request without a key', '/echo', { authorization: '' }],
    ['a publishable key', '/v1/tokens', { authorization: `Bearer ${publishableKey}` }],
    ['another content type', '/echo', { 'content-type': 'text/plain' }],
    ['a content type that is none', '/echo', { 'content-type': 'garbage' }],
  ])('is refused with the vault’s address: %s', async (_name, url, headers) => {
    const { json, text } = await post(buildEcho(), body, headers as Record<string, string>, url)
    expect(json).toMatchObject({ problem: 'card_in_body', vaultUrl: 'https://vault.test' })
    expect(text).not.toContain(number)
    expect(logLines.join()).not.toContain(number.slice(6))
  })

  it('is found in a form as well', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await post(buildEcho(), `card[number]=${number}`, headers)).json.problem).toBe('card_in_body')
  })

  it('is wiped from memory before the answer is sent, as every body is', async () => {
    const server = buildEcho()
    const chunks: Buffer[] = []
    server.app.addHook('preParsing', async (request) => {
      request.raw.prependListener('data', (chunk: Buffer) => chunks.push(chunk))
    })
    await post(server, body)
    await post(server, '{"name":"Ann"}')
    expect(chunks).toHaveLength(2)
    for (const chunk of chunks) expect(chunk.every((byte) => byte === 0)).toBe(true)
  })
})
