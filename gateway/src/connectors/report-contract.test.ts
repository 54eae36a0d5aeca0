import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ConnectorAnswer } from '../core/ports/connector.ts'
import { manifestFaults } from './contract/manifest-check.ts'
import type { ContractSubject } from './contract/subject.ts'
import { sandboxSubject } from './sandbox/contract-subject.ts'

/** The part of the contract suite for connectors whose acquirer gives a report. */
const subjects: ContractSubject[] = [sandboxSubject].filter((subject) => subject.reportCases.length > 0)
type Row = Record<string, unknown>

describe.each(subjects.map((subject) => [subject.connector.name, subject] as const))('%s', (_, subject) => {
  const { manifest, reportCases } = subject

  test('its recordings show every kind of entry, an empty page, and a page in the middle', () => {
    const kinds = new Set(reportCases.flatMap((each) => each.entries.map((entry) => entry.kind)))
    expect([...kinds].sort()).toEqual(['dispute_lost', 'dispute_opened', 'dispute_won', 'paid_out', 'settled'])
    expect(reportCases.some((each) => each.entries.length === 0)).toBe(true)
    expect(reportCases.some((each) => each.asked.after > 0 && each.entries.length > 0)).toBe(true)
  })

  test('its report may be asked for again and again, and is asked for without a card', () => {
    const operation = manifest.operations[reportCases[0]?.step.operation ?? '']
    expect(operation).toMatchObject({ method: 'GET', once: false })
    expect(operation?.placeholders).toBeUndefined()
  })

  describe.each(reportCases.map((each) => [each.exchange.name, each] as const))('%s', (__, reportCase) => {
    const { exchange, step, asked, entries } = reportCase
    const parse = (change: Partial<ConnectorAnswer>) => step.parse({ ...exchange.answer, ...change })
    const page = () => JSON.parse(exchange.answer.body) as { entries: Row[] } & Row

    test('its template keeps to the manifest and is what went over the wire', () => {
      expect(manifestFaults(manifest, step.operation, step.template)).toEqual([])
      expect(step.template).toMatchObject({
        method: exchange.request.method,
        path: exchange.request.path,
        headers: exchange.request.headers,
      })
    })

    test('its answer means what is written down', () => {
      expect(parse({})).toEqual(entries)
    })

    test('its answer, cut short anywhere, with more around it, of another kind or status, means nothing', () => {
      const { body } = exchange.answer
      for (let length = 0; length < body.length; length += 1) expect(parse({ body: body.slice(0, length) })).toBeNull()
      for (const changed of [body + body, `${body}x`, `[${body}]`, JSON.stringify(body)]) {
        expect(parse({ body: changed })).toBeNull()
      }
      expect(parse({ contentType: 'text/html' })).toBeNull()
      for (const status of [201, 204, 301, 400, 401, 404, 429, 500, 503]) expect(parse({ status })).toBeNull()
    })

    test('another account’s page, another page, and more than was asked for mean nothing', () => {
      expect(parse({ body: JSON.stringify({ ...page(), account: 'mer_2' }) })).toBeNull()
      expect(parse({ body: JSON.stringify({ ...page(), after: asked.after + 1 }) })).toBeNull()
      for (const other of reportCases) {
        if (other.asked.after !== asked.after) expect(step.parse(other.exchange.answer)).toBeNull()
      }
      const more = Array.from({ length: asked.limit + 1 }, (_each, index) => ({
        ...(reportCases[0] && (JSON.parse(reportCases[0].exchange.answer.body).entries[0] as Row)),
        sequence: asked.after + index + 1,
      }))
      expect(parse({ body: JSON.stringify({ ...page(), entries: more }) })).toBeNull()
    })

    test('a page with one entry missing, twice or in another place means nothing', () => {
      if (entries.length < 2) return
      const rows = page().entries
      const [first, second, ...rest] = rows
      for (const changed of [
        [second, ...rest],
        [first, first, second, ...rest],
        [second, first, ...rest],
      ]) {
        expect(parse({ body: JSON.stringify({ ...page(), entries: changed }) })).toBeNull()
      }
    })

    test('a page with any field of any entry changed for nonsense, or gone, means nothing', () => {
      for (const [index, row] of page().entries.entries()) {
        for (const name of Object.keys(row)) {
          for (const value of [undefined, null, '', 0, 1.5, true, [], {}, 'x'.repeat(200)]) {
            const changed = page()
            changed.entries[index] = { ...row, [name]: value }
            expect(parse({ body: JSON.stringify(changed) }), `${name}: ${value}`).toBeNull()
          }
        }
      }
    })

    test('no answer that nobody could have meant makes it throw or believe anything', () => {
      const anything = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.json(),
        fc.json().map((json) => `{"entries":[${json}]}`),
      )
      fc.assert(
        fc.property(anything, (body) => {
          expect(parse({ body })).toBeNull()
        }),
        { numRuns: 300 },
      )
    })
  })
})
