import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ManualClock, systemClock } from '@tessera/lib/clock'
import { seededRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTaxIdVerifier } from './verifier.ts'
import { createVies, type Vies } from './vies.ts'

/** Answers in the shapes of VIES's REST interface, as it documents them and as users have reported them. */
const recorded = {
  valid: {
    status: 200,
    body: '{"countryCode":"DE","vatNumber":"136695976","requestDate":"2026-08-24T10:11:12.345Z","valid":true,"requestIdentifier":"","name":"---","address":"---","traderName":"---","traderStreet":"---","traderPostalCode":"---","traderCity":"---","traderCompanyType":"---","traderNameMatch":"NOT_PROCESSED","traderStreetMatch":"NOT_PROCESSED","traderPostalCodeMatch":"NOT_PROCESSED","traderCityMatch":"NOT_PROCESSED","traderCompanyTypeMatch":"NOT_PROCESSED"}',
  },
  invalid: {
    status: 200,
    body: '{"countryCode":"DE","vatNumber":"136695976","requestDate":"2026-08-24T10:11:12.345Z","valid":false,"requestIdentifier":"","name":"---","address":"---"}',
  },
  stateUnavailable: { status: 200, body: '{"actionSucceed":false,"errorWrappers":[{"error":"MS_UNAVAILABLE"}]}' },
  tooMany: { status: 500, body: '{"actionSucceed":false,"errorWrappers":[{"error":"MS_MAX_CONCURRENT_REQ"}]}' },
  troubleBesideVerdict: { status: 200, body: '{"valid":false,"userError":"MS_UNAVAILABLE","name":"---"}' },
  down: { status: 503, body: '<html>Service Unavailable</html>' },
  validButFailed: { status: 502, body: '{"valid":true}' },
  garbage: { status: 200, body: '<html>maintenance</html>' },
  otherShape: { status: 200, body: '{"valid":"true"}' },
  notAnObject: { status: 200, body: 'null' },
  endless: { status: 200, body: `{"valid":true,"name":"${'x'.repeat(200_000)}"}` },
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void
const clock = new ManualClock(Date.parse('2026-08-24T12:00:00Z'))
let server: Server
let vies: Vies
let answer: Answer
let bodies: unknown[]

const give = (what: { status: number; body: string }): void => {
  answer = (_request, response) => {
    response.writeHead(what.status, { 'content-type': 'application/json' }).end(what.body)
  }
}
const openVies = (timeoutMs: number): Vies => {
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/taxation_customs/vies/rest-api/check-vat-number`
  return createVies({ url, timeoutMs, clock: systemClock, timers: realTimers, random: seededRandom(1) })
}

beforeEach(async () => {
  bodies = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push([request.method, request.url, JSON.parse(Buffer.concat(chunks).toString())])
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  vies = openVies(5_000)
})
afterEach(async () => {
  await vies.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const verifier = () => createTaxIdVerifier({ vies, clock })

describe('without a register', () => {
  it('an id is as good as its check digits', async () => {
    const offline = createTaxIdVerifier({ vies: null, clock })
    expect(await offline.verify('de 136695976', 'DE', 'verified')).toEqual({
      taxId: 'DE136695976',
      status: 'format',
      checkedBy: 'jsvat',
      checkedAtMs: clock.now(),
    })
    expect(await offline.verify('DE136695977', 'DE', 'verified')).toMatchObject({
      status: 'invalid',
      checkedBy: 'jsvat',
    })
    expect(await offline.verify('51824753556', 'AU', 'verified')).toMatchObject({
      status: 'unavailable',
      checkedBy: 'jsvat',
    })
  })
})

describe('with VIES', () => {
  it('an id is verified or unregistered, as the register says', async () => {
    give(recorded.valid)
    expect(await verifier().verify('136 695 976', 'DE', 'verified')).toEqual({
      taxId: 'DE136695976',
      status: 'verified',
      checkedBy: 'vies',
      checkedAtMs: clock.now(),
    })
    give(recorded.invalid)
    expect(await verifier().verify('DE136695976', 'DE', 'verified')).toMatchObject({
      status: 'unregistered',
      checkedBy: 'vies',
    })
    const call = [
      'POST',
      '/taxation_customs/vies/rest-api/check-vat-number',
      { countryCode: 'DE', vatNumber: '136695976' },
    ]
    expect(bodies).toEqual([call, call])
  })

  it('Greek and Northern Irish ids go out under their prefixes there', async () => {
    give(recorded.valid)
    await verifier().verify('GR094259216', 'GR', 'verified')
    await verifier().verify('XI980780684', 'GB', 'verified')
    expect(bodies.map((each) => (each as unknown[])[2])).toEqual([
      { countryCode: 'EL', vatNumber: '094259216' },
      { countryCode: 'XI', vatNumber: '980780684' },
    ])
  })

  it('nothing goes out for a malformed id, for one that VIES does not know, and where check digits are enough', async () => {
    give(recorded.valid)
    expect(await verifier().verify('DE136695977', 'DE', 'verified')).toMatchObject({ status: 'invalid' })
    expect(await verifier().verify('GB980780684', 'GB', 'verified')).toMatchObject({ status: 'format' })
    expect(await verifier().verify('DE136695976', 'DE', 'format')).toMatchObject({ status: 'format' })
    expect(bodies).toEqual([])
  })

  it.each([
    'stateUnavailable',
    'tooMany',
    'troubleBesideVerdict',
    'down',
    'validButFailed',
    'garbage',
    'otherShape',
    'notAnObject',
    'endless',
  ] as const)('an answer that is none (%s) is unavailable, and asked for once', async (name) => {
    give(recorded[name])
    expect(await verifier().verify('DE136695976', 'DE', 'verified')).toMatchObject({
      status: 'unavailable',
      checkedBy: 'vies',
    })
    expect(bodies).toHaveLength(1)
  })

  it('an answer that does not come, or not to its end, is unavailable by the deadline', async () => {
    const impatient = openVies(50)
    const patience = createTaxIdVerifier({ vies: impatient, clock })
    answer = () => undefined
    expect(await patience.verify('DE136695976', 'DE', 'verified')).toMatchObject({ status: 'unavailable' })
    answer = (_request, response) => {
      response.writeHead(200).write('{"valid":')
    }
    expect(await patience.verify('DE136695976', 'DE', 'verified')).toMatchObject({ status: 'unavailable' })
    await impatient.close()
  })

  it('a connection that breaks is tried once more', async () => {
    answer = (request) => {
      request.socket.destroy()
      give(recorded.valid)
    }
    expect(await verifier().verify('DE136695976', 'DE', 'verified')).toMatchObject({ status: 'verified' })
    answer = (request) => request.socket.destroy()
    expect(await verifier().verify('DE136695976', 'DE', 'verified')).toMatchObject({ status: 'unavailable' })
    expect(bodies).toHaveLength(4)
  })

  it('a register that cannot be reached is unavailable', async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect(await verifier().verify('DE136695976', 'DE', 'verified')).toMatchObject({ status: 'unavailable' })
  })

  it('a yes is remembered for a day, with the time it was given; a no is not', async () => {
    const same = verifier()
    const startedAtMs = clock.now()
    give(recorded.invalid)
    await same.verify('DE136695976', 'DE', 'verified')
    give(recorded.valid)
    await same.verify('DE136695976', 'DE', 'verified')
    give(recorded.down)
    clock.advance(24 * 3_600_000 - 1)
    expect(await same.verify('136695976', 'DE', 'verified')).toMatchObject({
      status: 'verified',
      checkedAtMs: startedAtMs,
    })
    expect(bodies).toHaveLength(2)
    clock.advance(1)
    expect(await same.verify('DE136695976', 'DE', 'verified')).toMatchObject({ status: 'unavailable' })
  })

  it('the same id is asked for once at a time', async () => {
    give(recorded.invalid)
    const same = verifier()
    const checks = await Promise.all(Array.from({ length: 5 }, () => same.verify('DE136695976', 'DE', 'verified')))
    expect(checks.map((each) => each.status)).toEqual(Array(5).fill('unregistered'))
    expect(bodies).toHaveLength(1)
  })
})

it('a register that hangs holds a bounded number of payments', async () => {
  const waiting: (() => void)[] = []
  const hanging: Vies = {
    isRegistered: () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(true))
      }),
    close: () => Promise.resolve(),
  }
  const verifier = createTaxIdVerifier({ vies: hanging, clock })
  // Latvian ids that begin with a digit over 3 have a check digit; enough of them are well-formed.
  const ids = Array.from({ length: 20_000 }, (_, index) => `LV4${String(index).padStart(10, '0')}`)
  const formats = await Promise.all(ids.map((id) => verifier.verify(id, 'LV', 'format')))
  const good = formats.filter(({ status }) => status === 'format').slice(0, 80)
  expect(good).toHaveLength(80)
  const asking = good.map(({ taxId }) => verifier.verify(taxId, 'LV', 'verified'))
  for (const give of waiting) give()
  const statuses = (await Promise.all(asking)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 'verified')).toHaveLength(64)
  expect(statuses.filter((status) => status === 'unavailable')).toHaveLength(16)
})
