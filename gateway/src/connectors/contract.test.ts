import type { RequestTemplate } from '@tessera/contracts/vault-protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { longestAnswerMs } from '../core/payments/operation.ts'
import type { ConnectorAnswer, ConnectorOutcome } from '../core/ports/connector.ts'
import { connectors } from './catalogue.ts'
import { filledBody } from './contract/fill.ts'
import { manifestFaults, placeholdersOf } from './contract/manifest-check.ts'
import type { ContractSubject } from './contract/subject.ts'
import { sandboxSubject } from './sandbox/contract-subject.ts'

const subjects: ContractSubject[] = [sandboxSubject]

test('the suite judges every connector of the catalogue', () => {
  expect(subjects.map((subject) => subject.connector)).toEqual([...connectors.values()])
})

const unknownKinds = ['unknown']
/** An answer that was tampered with may still mean what it meant, or nothing; it must never mean something else. */
const sameOrUnknown = (outcome: ConnectorOutcome) => [outcome.kind, ...unknownKinds]

describe.each(subjects.map((subject) => [subject.connector.name, subject] as const))('%s', (_, subject) => {
  const { connector, manifest, cases, reportCases } = subject

  test('its recordings show every operation of its manifest and every kind of outcome', () => {
    const shown = [...cases, ...reportCases].map((each) => each.step.operation)
    expect(new Set(shown)).toEqual(new Set(Object.keys(manifest.operations)))
    expect(reportCases.length > 0).toBe(connector.reports !== undefined)
    const kinds = ['approved', 'declined', 'succeeded', 'refused', 'not_found']
    expect(kinds.filter((kind) => cases.every((each) => each.outcome.kind !== kind))).toEqual([])
  })

  test('it is in its manifest, where whatever moves money can be fenced, and what undoes or asks may be sent again', () => {
    expect(manifest.connector).toBe(connector.name)
    for (const [name, operation] of Object.entries(manifest.operations)) {
      const movesMoney = ['authorize', 'capture', 'refund'].includes(name)
      const takesCard = Object.keys(operation.placeholders ?? {}).length > 0
      expect({ name, once: operation.once }).toEqual({ name, once: movesMoney || takesCard })
    }
  })

  test('its time-outs are bounded, and "not found" is believed only after the longest of them', () => {
    for (const { step } of cases) {
      expect(step.timeoutMs).toBeGreaterThan(0)
      expect(step.timeoutMs).toBeLessThanOrEqual(longestAnswerMs)
      expect(connector.capabilities.notFoundFinalAfterMs).toBeGreaterThan(step.timeoutMs)
    }
  })

  describe.each(cases.map((each) => [each.exchange.name, each] as const))('%s', (__, { exchange, step, ...rest }) => {
    const { reference, card, outcome } = rest
    const parse = (change: Partial<ConnectorAnswer>) => step.parse({ ...exchange.answer, ...change })

    test('its template keeps to the manifest and is what went over the wire', () => {
      expect(step.operation).toBe(exchange.operation)
      expect(manifestFaults(manifest, step.operation, step.template)).toEqual([])
      const { method, path, headers } = step.template
      expect({ method, path, body: filledBody(step.template, card) }).toEqual({
        method: exchange.request.method,
        path: exchange.request.path,
        body: exchange.request.body,
      })
      expect(headers).toMatchObject(exchange.request.headers)
    })

    test('its template names our reference, and a card only by placeholders', () => {
      const { path, body } = step.template
      expect(JSON.stringify([path, body])).toContain(reference)
      expect(placeholdersOf(step.template).length > 0).toBe(card !== null)
      expect(JSON.stringify(step.template)).not.toMatch(/\d{12,}/)
    })

    test('its answer means what is written down', () => {
      expect(parse({})).toEqual(outcome)
    })

    test('its answer, cut short anywhere, means nothing', () => {
      for (let length = 0; length < exchange.answer.body.length; length += 1) {
        expect(parse({ body: exchange.answer.body.slice(0, length) }).kind).toBe('unknown')
      }
    })

    test('its answer with text before or after it, or as another kind of content, means nothing', () => {
      const { body } = exchange.answer
      for (const changed of [body + body, `${body}x`, `x${body}`, `[${body}]`, `\ufeff${body}`, JSON.stringify(body)]) {
        expect(parse({ body: changed }).kind).toBe('unknown')
      }
      for (const contentType of ['', 'text/html', 'text/plain; charset=utf-8', 'application/jsonp']) {
        expect(parse({ contentType }).kind).toBe('unknown')
      }
    })

    test('its answer under another status never means more, and nothing at all with 3xx and 5xx', () => {
      for (let status = 100; status < 600; status += 1) {
        if (status === exchange.answer.status) continue
        const { kind } = parse({ status })
        expect({ status, kind }).toEqual({ status, kind: 'unknown' })
      }
    })

    test('its answer with one field changed or gone means the same or nothing', () => {
      const fields = JSON.parse(exchange.answer.body) as Record<string, unknown>
      for (const name of Object.keys(fields)) {
        for (const value of [undefined, null, '', 'other', 0, -1, 1e9, 1.5, true, false, [], {}, 'x'.repeat(5000)]) {
          const body = JSON.stringify({ ...fields, [name]: value })
          expect(sameOrUnknown(outcome), `${name}: ${value}`).toContain(parse({ body }).kind)
        }
      }
    })

    test('its answer about another reference, amount or currency means nothing', () => {
      const fields = JSON.parse(exchange.answer.body) as Record<string, unknown>
      const changes = { reference: 'att_other', amount_minor: 17_620, currency: 'eur' }
      for (const [name, value] of Object.entries(changes)) {
        if (fields[name] === undefined) continue
        const { kind } = parse({ body: JSON.stringify({ ...fields, [name]: value }) })
        // A final no stays a no whatever amount it speaks of; it may not be about another operation.
        const stays = name !== 'reference' && outcome.kind === 'refused' ? sameOrUnknown(outcome) : unknownKinds
        expect(stays, name).toContain(kind)
      }
    })

    test('its answer with any one character changed means the same or nothing', () => {
      const { body } = exchange.answer
      fc.assert(
        fc.property(fc.nat(body.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (position, character) => {
          const changed = body.slice(0, position) + character + body.slice(position + 1)
          expect(sameOrUnknown(outcome)).toContain(parse({ body: changed }).kind)
        }),
        { numRuns: 300 },
      )
    })

    test('the answer to any other request, taken for its own, means nothing', () => {
      for (const other of cases) {
        if (other.reference === reference) continue
        expect(step.parse(other.exchange.answer).kind, other.exchange.name).toBe('unknown')
      }
    })

    test('no answer that nobody could have meant makes it throw or believe anything', () => {
      const anything = fc.record({
        status: fc.oneof(fc.integer(), fc.constantFrom(200, 201, 400, 404, 409, 422, 500)),
        contentType: fc.oneof(fc.string(), fc.constant('application/json')),
        body: fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc.constant(exchange.answer.body.replaceAll(':', ',')),
        ),
      })
      fc.assert(
        fc.property(anything, (answer) => {
          expect(step.parse(answer).kind).toBe('unknown')
        }),
        { numRuns: 300 },
      )
    })
  })
})

describe('the manifest check finds what it must', () => {
  const { manifest, cases } = sandboxSubject
  const authorize = cases.find((each) => each.step.operation === 'authorize')?.step.template as RequestTemplate
  const inquire = cases.find((each) => each.step.operation === 'inquire')?.step.template as RequestTemplate

  test.each<[string, string, RequestTemplate]>([
    ['another method', 'authorize', { ...authorize, method: 'PUT' }],
    ['another path', 'authorize', { ...authorize, path: '/v1/authorizations/x' }],
    ['a segment with a slash', 'inquire', { ...inquire, path: '/v1/references/a/b' }],
    ['a segment that is too long', 'inquire', { ...inquire, path: `/v1/references/${'a'.repeat(65)}` }],
    ['a query', 'inquire', { ...inquire, path: '/v1/references/a?echo=1' }],
    ['a header', 'inquire', { ...inquire, headers: { 'x-forward-to': 'here' } }],
    ['a body where none belongs', 'inquire', { ...inquire, body: { kind: 'json', value: {} } }],
    ['a form instead of JSON', 'authorize', { ...authorize, body: { kind: 'form', fields: [] } }],
    [
      'a number where it could be read back',
      'authorize',
      { ...authorize, body: { kind: 'json', value: { reference: { $card: 'number' } } } },
    ],
    [
      'a number in place of a name',
      'authorize',
      {
        ...authorize,
        body: { kind: 'json', value: { card: { holder: { $card: 'number' } } } },
      },
    ],
    [
      'a card where none is needed',
      'capture',
      {
        method: 'POST',
        path: '/v1/authorizations/a/captures',
        headers: {},
        body: { kind: 'json', value: { list: [{ $card: 'cvc' }] } },
      },
    ],
    ['an operation of its own', 'detokenize', authorize],
  ])('%s', (__, operation, template) => {
    expect(manifestFaults(manifest, operation, template)).toHaveLength(1)
  })
})
