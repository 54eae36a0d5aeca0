import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenCall } from './testing/calls.ts'
import { errorFault } from './testing/contract.ts'
import { type Exchange, exchange, type RawAnswer, rawRequest } from './testing/raw-exchange.ts'
import { openRecorded, type Recorded } from './testing/recorded.ts'
import { brokenRequests, oddTargets } from './testing/wire-cases.ts'
import { startWorld, type World } from './testing/world.ts'

let world: World
let recorded: Recorded
let before: Record<string, string>
/** Connections that say too little; begun at the start, looked at last, so that nothing waits for them. */
let slow: Record<string, Promise<Exchange>>

beforeAll(async () => {
  world = await startWorld()
  const { gatewayUrl, vaultUrl } = world.product.credentials
  const waitMs = 60_000
  slow = Object.fromEntries(
    Object.entries({ gateway: gatewayUrl, vault: vaultUrl }).flatMap(([host, origin]) => [
      [`${host}: half a header`, exchange(origin, 'GET /healthz HTTP/1.1\r\nHost: x', { waitMs })],
      [`${host}: half a body`, exchange(origin, halfBody(host), { waitMs })],
      [`${host}: half a chunk`, exchange(origin, halfChunk(host), { waitMs })],
    ]),
  )
  recorded = await openRecorded(world)
  before = await recorded.settled()
})
afterAll(async () => {
  await recorded?.close()
  await world?.end()
})

const hosts = ['gateway', 'vault'] as const
const originOf = (host: string) => world.product.credentials[host === 'gateway' ? 'gatewayUrl' : 'vaultUrl']
const keyOf = (host: string) => (host === 'gateway' ? world.mine.key : world.product.credentials.publishableKey)
const writeOf = (host: string) => (host === 'gateway' ? '/v1/payments' : '/v1/tokens')
const bodyHeaders = (host: string) => [`Authorization: Bearer ${keyOf(host)}`, 'Content-Type: application/json']
const payment = '{"amount":12.5,"currency":"usd"}'

const write = (host: string, headers: readonly string[], body: string) =>
  rawRequest({ method: 'POST', target: writeOf(host), headers: [...bodyHeaders(host), ...headers], body })
const halfBody = (host: string) => write(host, ['Content-Length: 100'], '{"amount":')
const halfChunk = (host: string) => write(host, ['Transfer-Encoding: chunked'], '20\r\n{"amount":')

function expectError(answer: RawAnswer | undefined, status: number | readonly number[], code?: string): void {
  expect([status].flat()).toContain(answer?.status)
  const json = JSON.parse(answer?.body ?? '')
  expect(errorFault(json)).toBeNull()
  expect(answer?.headers['x-request-id']).toBe(json.error.request_id)
  expect(answer?.headers['content-type']).toBe('application/json; charset=utf-8')
  if (code !== undefined) expect(json.error.code).toBe(code)
}

async function expectAlive(host: string): Promise<void> {
  const { answers } = await exchange(originOf(host), rawRequest(), { answers: 1 })
  expect(answers.map((answer) => answer.status)).toEqual([200])
}

describe.each(hosts)('the %s', (host) => {
  it.each(brokenRequests.map((each) => [each.name, each] as const))('refuses %s and hangs up', async (_, each) => {
    const head = write(host, [], '').trimEnd()
    const bytes = typeof each.bytes === 'string' ? each.bytes.replace('WRITE', head) : each.bytes
    const { answers, closed, rest } = await exchange(originOf(host), bytes)
    expect({ closed, rest, count: answers.length }).toEqual({ closed: true, rest: '', count: 1 })
    expectError(answers[0], each.statuses, 'validation_error')
    expect(await recorded.read()).toEqual(before)
  })

  it.each(oddTargets.map((target) => [target.slice(0, 60), target] as const))(
    'finds nothing at %s',
    async (_, target) => {
      const headers = [`Authorization: Bearer ${keyOf(host)}`]
      const { answers } = await exchange(originOf(host), rawRequest({ target, headers }), { answers: 1 })
      expectError(answers[0], 404, 'not_found')
    },
  )

  it.each(['PUT', 'TRACE', 'PROPFIND', 'PURGE', 'OPTIONS', 'PATCH', 'DELETE'])(
    'has no %s of a list',
    async (method) => {
      const headers = [`Authorization: Bearer ${keyOf(host)}`]
      const target = host === 'gateway' ? '/v1/payments' : '/healthz'
      const { answers } = await exchange(originOf(host), rawRequest({ method, target, headers }), { answers: 1 })
      expectError(answers[0], 404, 'not_found')
    },
  )

  it('asks HTTP/1.1 for a host', async () => {
    const { answers } = await exchange(originOf(host), 'GET /healthz HTTP/1.1\r\n\r\n', { answers: 1 })
    expectError(answers[0], 400, 'validation_error')
  })

  it('answers HEAD without a body', async () => {
    const { answers, rest } = await exchange(originOf(host), rawRequest({ method: 'HEAD' }), {
      answers: 1,
      heads: true,
    })
    expect([answers[0]?.status, rest]).toEqual([404, ''])
    expect(answers[0]?.headers['x-request-id']).toMatch(/^rq_/)
  })

  it('opens no tunnel', async () => {
    const { answers, closed } = await exchange(
      originOf(host),
      'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n',
    )
    expect(closed).toBe(true)
    for (const answer of answers) expect(answer.status).toBeGreaterThanOrEqual(400)
  })

  it('speaks no other protocol when asked to', async () => {
    const headers = [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c, websocket',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    ]
    const { answers } = await exchange(originOf(host), rawRequest({ headers }), { answers: 1 })
    expect(answers[0]?.status).toBe(200)
  })

  it('passes over an expectation that it does not know', async () => {
    const { answers } = await exchange(originOf(host), rawRequest({ headers: ['Expect: a-miracle'] }), { answers: 1 })
    expect(answers[0]?.status).toBe(200)
    expect(answers[0]?.headers['x-request-id']).toMatch(/^rq_/)
  })

  it('speaks HTTP/1.0 and hangs up after it', async () => {
    const { answers, closed } = await exchange(originOf(host), 'GET /healthz HTTP/1.0\r\n\r\n')
    expect([answers.map((answer) => answer.status), closed]).toEqual([[200], true])
  })

  it('answers requests that come together one after the other', async () => {
    const three = write(host, ['Content-Length: 2'], '{}') + rawRequest() + rawRequest({ target: '/nothing' })
    const { answers } = await exchange(originOf(host), three, { answers: 3 })
    expect(answers.map((answer) => answer.status)).toEqual([400, 200, 404])
  })

  it('answers what came before the noise, then the noise, then hangs up', async () => {
    const { answers, closed } = await exchange(originOf(host), `${rawRequest()}}{!?\r\n\r\n`)
    expect([answers.map((answer) => answer.status), closed]).toEqual([[200, 400], true])
  })

  it('takes what follows a body for the next request, and refuses it', async () => {
    const { answers, closed } = await exchange(originOf(host), write(host, ['Content-Length: 2'], '{}{"amount":5}'))
    expect([answers.map((answer) => answer.status), closed]).toEqual([[400, 400], true])
    expect(await recorded.read()).toEqual(before)
  })

  it('tells what became of a whole request before it refuses what follows', async () => {
    const good = JSON.stringify(host === 'gateway' ? { amount: 12.5, currency: 'usd' } : tokenCall.body)
    const { answers, closed } = await exchange(
      originOf(host),
      `${write(host, [`Content-Length: ${good.length}`], good)}}{!?\r\n\r\n`,
    )
    expect([answers.map((answer) => answer.status), closed]).toEqual([[201, 400], true])
    before = await recorded.settled()
  })

  it('tells what became of it a caller that has ended its side of the connection', async () => {
    const good = JSON.stringify(host === 'gateway' ? { amount: 12.5, currency: 'usd' } : tokenCall.body)
    const { answers, closed } = await exchange(originOf(host), write(host, [`Content-Length: ${good.length}`], good), {
      halfClose: true,
    })
    expect([answers.map((answer) => answer.status), closed]).toEqual([[201], true])
    before = await recorded.settled()
  })

  it('charges nothing for a body that is cut', async () => {
    const { answers } = await exchange(originOf(host), write(host, ['Content-Length: 100'], payment), {
      halfClose: true,
    })
    for (const answer of answers) expectError(answer, 400)
    await expectAlive(host)
    expect(await recorded.read()).toEqual(before)
  })

  it('answers 413 to a body that is announced too large, before it comes, and hangs up', async () => {
    for (const length of ['65537', '1000000', '999999999999']) {
      const { answers, closed } = await exchange(originOf(host), write(host, [`Content-Length: ${length}`], '{'), {
        answers: 1,
      })
      expectError(answers[0], 413, 'body_too_large')
      expect([answers[0]?.headers.connection, closed]).toEqual(['close', false])
    }
  })

  it('answers 413 to chunks without end as soon as they are too many', async () => {
    const chunk = `400\r\n${'x'.repeat(1024)}\r\n`
    const bytes = write(host, ['Transfer-Encoding: chunked'], `a\r\n{"amount":\r\n${chunk.repeat(80)}`)
    const { answers } = await exchange(originOf(host), bytes, { answers: 1 })
    expectError(answers[0], 413, 'body_too_large')
    expect(answers[0]?.headers.connection).toBe('close')
  })

  it('takes nothing in a refused body for a request', async () => {
    const hidden = write('gateway', [`Content-Length: ${payment.length}`], payment)
    const body = hidden.padEnd(70_000, ' ') + hidden
    for (const headers of [
      [`Content-Length: ${body.length}`],
      ['Content-Type: text/plain', `Content-Length: ${body.length}`],
    ]) {
      const { answers } = await exchange(originOf(host), write(host, headers, body))
      expectError(answers[0], 413, 'body_too_large')
      for (const answer of answers.slice(1)) expectError(answer, 400)
    }
    expect(await recorded.read()).toEqual(before)
  })

  it('is still there', () => expectAlive(host))
})

it('hangs up on connections that say too little', async () => {
  for (const [name, begun] of Object.entries(slow)) {
    const { answers, closed } = await begun
    expect([name, closed]).toEqual([name, true])
    for (const answer of answers) expectError(answer, [400, 408])
  }
  expect(await recorded.read()).toEqual(before)
}, 90_000)
