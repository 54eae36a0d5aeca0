import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ConnectorAnswer, ConnectorOutcome } from '../../core/ports/connector.ts'
import { type Expected, parseAuthorization, parseInquiry, parseModification } from './answers.ts'
import { parseReport } from './report.ts'

/** More of them: FUZZ_ANSWERS=1000000 */
const numRuns = Number(process.env.FUZZ_ANSWERS ?? 4_000)
const seed = 20_261_121

const expected: Expected = { reference: 'att_1', amountMinor: 1762, currency: 'usd', cardBrand: 'visa', capture: true }
const good = {
  type: 'authorization',
  id: 'auth_1',
  reference: 'att_1',
  status: 'approved',
  response_code: '00',
  advice_code: null,
  network_transaction_id: '123456789012345',
  amount_minor: 1762,
  currency: 'usd',
  captured: true,
  capture_before: '2030-01-22T12:00:00.000Z',
}

const oddText = fc.oneof(
  fc.constantFrom(
    ...[
      'null',
      '""',
      '{}',
      '[]',
      '-1',
      '0',
      '1761',
      '1762.0',
      '1762e0',
      '17620',
      '"1762"',
      '1e999',
      'true',
      '"declined"',
      '"approved"',
    ],
    ...[
      '"att_2"',
      '"att_1 "',
      '"ATT_1"',
      '"eur"',
      '"USD"',
      '"capture"',
      '"05"',
      '"00"',
      '"51"',
      '"10"',
      '"\\u0000"',
      '{"a":1,"a":2}',
      'NaN',
    ],
    ...[
      '"pending"',
      '"refused"',
      '"succeeded"',
      '"not_found"',
      JSON.stringify('x'.repeat(300)),
      '"9999-99-99T99:99:99Z"',
    ],
  ),
  fc.json(),
)
type Member = [string, string]
const members = (body: object): Member[] =>
  Object.entries(body).map(([name, value]) => [JSON.stringify(name), JSON.stringify(value)])
const change = fc
  .tuple(fc.constantFrom('set', 'drop', 'twice', 'wrap'), fc.nat(20), oddText)
  .map(([kind, place, text]) => (all: Member[]): Member[] => {
    const at = place % Math.max(1, all.length)
    if (kind === 'drop') return all.filter((_, here) => here !== at)
    if (kind === 'twice') return [...all, [all[at]?.[0] ?? '"a"', text]]
    if (kind === 'wrap') return all.map(([name, value], here) => [name, here === at ? `[${value}]` : value])
    return all.map(([name, value], here) => [name, here === at ? text : value])
  })
const bodyOf = (kinds: readonly object[]) =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...kinds), fc.array(change, { maxLength: 3 }))
        .map(([body, changes]) => changes.reduce((all, apply) => apply(all), members(body)))
        .map((all) => `{${all.map(([name, value]) => `${name}:${value}`).join(',')}}`),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.json() },
  )
const hostile = (...kinds: object[]): fc.Arbitrary<ConnectorAnswer> =>
  fc.record({
    status: fc.oneof(fc.constantFrom(200, 201, 402, 404, 409, 500, 503), fc.integer({ min: 100, max: 599 })),
    contentType: fc.oneof(
      { weight: 9, arbitrary: fc.constant('application/json') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('text/html', '', 'application/json5', 'application/problem+json; charset=x'),
      },
    ),
    body: fc
      .tuple(bodyOf(kinds), fc.boolean(), fc.nat(400))
      .map(([body, cuts, at]) => (cuts && at % 5 === 0 ? body.slice(0, at) : body)),
  })

/** As a reader that knows nothing of ours would take it. */
function claims(answer: ConnectorAnswer): Record<string, unknown> {
  try {
    const value = JSON.parse(answer.body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

const kinds: readonly ConnectorOutcome['kind'][] = [
  'approved',
  'declined',
  'succeeded',
  'pending',
  'refused',
  'not_found',
  'unknown',
]
let heard: Record<string, number> = {}
const note = (outcome: ConnectorOutcome) => {
  heard[outcome.kind] = (heard[outcome.kind] ?? 0) + 1
  expect(kinds).toContain(outcome.kind)
}

test('whatever comes back, an authorization is approved only by a whole answer about this very money', () => {
  heard = {}
  fc.assert(
    fc.property(hostile(good, { ...good, status: 'declined', response_code: '51', captured: false }), (answer) => {
      const outcome = parseAuthorization(answer, expected)
      note(outcome)
      if (outcome.kind === 'unknown' || outcome.kind === 'pending') return
      const said = claims(answer)
      expect(answer.status).toBeLessThan(500)
      expect(said).toMatchObject({ reference: 'att_1', status: outcome.kind })
      if (outcome.kind === 'approved') expect(said).toMatchObject({ amount_minor: 1762, currency: 'usd' })
    }),
    { numRuns, seed },
  )
  // Else nothing was tried.
  expect(Object.keys(heard).sort()).toEqual(expect.arrayContaining(['approved', 'declined', 'unknown']))
})

test('whatever comes back, an inquiry never takes another operation for ours', () => {
  fc.assert(
    fc.property(hostile(good, { type: 'not_found', reference: 'att_1' }, { error: 'not_found' }), (answer) => {
      const outcome = parseInquiry(answer, 'authorization', { ...expected, capture: null })
      note(outcome)
      if (outcome.kind === 'approved') {
        expect(claims(answer)).toMatchObject({ reference: 'att_1', amount_minor: 1762, currency: 'usd' })
      }
    }),
    { numRuns, seed },
  )
})

test('whatever comes back, money is moved only by a whole answer about this very operation', () => {
  const modification = { type: 'refund', id: 'ref_1', reference: 'orf_1', status: 'succeeded', amount_minor: 500 }
  fc.assert(
    fc.property(hostile(modification, { ...modification, status: 'refused', code: 'too_much' }), (answer) => {
      const about = { reference: 'orf_1', amountMinor: 500, currency: null, cardBrand: null, capture: null }
      const outcome = parseModification(answer, 'refund', about)
      note(outcome)
      if (outcome.kind === 'succeeded') expect(claims(answer)).toMatchObject({ reference: 'orf_1', amount_minor: 500 })
    }),
    { numRuns, seed },
  )
})

test('whatever comes back as a report is a whole page or nothing', () => {
  fc.assert(
    fc.property(hostile({ account: 'a', entries: [], next_after: 0 }, { entries: [good] }), (answer) => {
      expect(() => parseReport(answer, { account: 'a', after: 0, limit: 10 })).not.toThrow()
    }),
    { numRuns, seed },
  )
})
