import { aresSample, erroSample, rreqSample, type Sample } from '@tessera/contracts/three-ds/testing/sample-messages'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trustedId } from '../core/ids.ts'
import { aPayment } from '../core/testing/payments.ts'
import { readIssuerAnswer } from './issuer-answer.ts'
import { readResult } from './results.ts'

/** More of them: FUZZ_ANSWERS=1000000 */
const numRuns = Number(process.env.FUZZ_ANSWERS ?? 4_000)
const seed = 20_261_121

const ours = '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01'
const asked = {
  authentication: { authenticationId: trustedId(ours) } as never,
  version: '2.2.0' as const,
  browser: { script: null } as never,
  payment: aPayment('requires_action', {}),
}

const oddText = fc.oneof(
  fc.constantFrom(
    ...[
      'null',
      '""',
      '{}',
      '[]',
      '0',
      'true',
      '"Y"',
      '"N"',
      '"C"',
      '"A"',
      '"ARes"',
      '"RReq"',
      '"2.1.0"',
      '"3.0.0"',
      '"01"',
      '"99"',
    ],
    ...[
      '"javascript:alert(1)"',
      '"http://10.0.0.1/"',
      '"https://acs.example/x"',
      JSON.stringify('x'.repeat(5_000)),
      '"\\u0000"',
    ],
    ...['{"a":1,"a":2}', '"00000000-0000-0000-0000-000000000000"', JSON.stringify(ours.toUpperCase())],
  ),
  fc.json(),
)
const change = fc.tuple(fc.constantFrom('set', 'drop', 'twice'), fc.nat(40), oddText)
const spoilt = (...samples: Sample[]): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(change, { maxLength: 2 }),
      fc.integer({ min: 0, max: 30 }),
      fc.nat(900),
    )
    .map(([sample, changes, damage, at]) => {
      const all = Object.entries(sample).map(([name, value]) => [JSON.stringify(name), JSON.stringify(value)])
      for (const [kind, place, text] of changes) {
        const here = place % Math.max(1, all.length)
        if (kind === 'drop') all.splice(here, 1)
        else if (kind === 'twice') all.push([all[here]?.[0] ?? '"a"', text])
        else if (all[here]) all[here][1] = text
      }
      const bytes = Buffer.from(`{${all.map(([name, value]) => `${name}:${value}`).join(',')}}`)
      if (damage === 0) return bytes.subarray(0, at)
      if (damage === 1 && bytes.length > 0) bytes[at % bytes.length] = at & 0xff
      return bytes
    })

function claims(bytes: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return {}
  }
}

test('whatever a directory server answers, only a whole ARes of this transaction says something', () => {
  const heard = new Set<string>()
  const samples = ['Y', 'A', 'N', 'C', 'U'].map((transStatus) => aresSample({ transStatus }))
  fc.assert(
    fc.property(spoilt(...samples, erroSample({})), (bytes) => {
      const answer = readIssuerAnswer(bytes, asked)
      heard.add(answer.kind)
      if (answer.kind === 'unavailable') {
        expect(answer.why.length).toBeLessThanOrEqual(200)
        return
      }
      const said = claims(bytes)
      expect(said.messageType).toBe('ARes')
      expect(String(said.threeDSServerTransID).toLowerCase()).toBe(ours)
      if (answer.kind === 'challenge') expect(answer.challenge.acsUrl).toMatch(/^https:\/\//)
      if (answer.kind !== 'result') return
      expect(said.transStatus).toBe(answer.transStatus)
      // Nobody is authenticated without a proof.
      if (answer.transStatus === 'Y' || answer.transStatus === 'A') expect(answer.cavv).toBe(said.authenticationValue)
    }),
    { numRuns, seed },
  )
  expect([...heard].sort()).toEqual(expect.arrayContaining(['result', 'unavailable']))
})

test('whatever is posted as a result is a whole RReq, or answered with what is wrong', () => {
  let taken = 0
  fc.assert(
    fc.property(spoilt(rreqSample({}), rreqSample({ transStatus: 'N', transStatusReason: '01' })), (bytes) => {
      const read = readResult(bytes)
      if (!read.ok) {
        expect(JSON.parse(read.answer.body).messageType).toBe('Erro')
        return
      }
      taken += 1
      const said = claims(bytes)
      expect(said).toMatchObject({ messageType: 'RReq', transStatus: read.result.transStatus })
      if (read.result.transStatus === 'Y') expect(read.result.cavv).toBe(said.authenticationValue)
    }),
    { numRuns, seed },
  )
  expect(taken).toBeGreaterThan(numRuns / 50)
})
