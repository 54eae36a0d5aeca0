import { existsSync, readFileSync } from 'node:fs'
import { checkMessage } from '@tessera/contracts/three-ds/check-message'
import { rreqSample, type Sample } from '@tessera/contracts/three-ds/testing/sample-messages'
import { describe, expect, it } from 'vitest'
import { resultsPath } from '../core/authentication/authentications.ts'
import { acceptResult, readResult, refuseResult } from './results.ts'
import { createResultsRoute } from './results-route.ts'

const read = (message: unknown) =>
  readResult(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)))
const without = (message: Sample, name: string): Sample =>
  Object.fromEntries(Object.entries(message).filter(([each]) => each !== name))

function good(message: Sample = rreqSample()) {
  const verdict = read(message)
  if (!verdict.ok) throw new Error(verdict.answer.body)
  return verdict.result
}
const isGood = (body: string) => checkMessage(JSON.parse(body), { types: ['RRes', 'Erro'] }).ok

describe('a results request', () => {
  it('is read to what it says', () => {
    expect(
      good(rreqSample({ challengeCancel: '01', threeDSServerTransID: '5E1D3C4A-94A3-4A5F-8C3B-0D2F5A1B7C01' })),
    ).toEqual({
      authenticationId: '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01',
      acsTransId: '7c2b9f10-3c55-4f0e-9b0a-6f1e2d3c4b02',
      dsTransId: '0a4f8e21-7d66-4c1b-8e2d-1b2c3d4e5f03',
      version: '2.2.0',
      transStatus: 'Y',
      reason: null,
      eci: '05',
      cavv: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=',
      challengeCancel: '01',
    })
  })

  it('that is taken is answered with an RRes of its ids and version', () => {
    const { status, body } = acceptResult(good(rreqSample({ messageVersion: '2.1.0' })))
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({
      messageType: 'RRes',
      messageVersion: '2.1.0',
      threeDSServerTransID: '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01',
      acsTransID: '7c2b9f10-3c55-4f0e-9b0a-6f1e2d3c4b02',
      dsTransID: '0a4f8e21-7d66-4c1b-8e2d-1b2c3d4e5f03',
      resultsStatus: '01',
    })
    expect(isGood(body)).toBe(true)
  })

  const refused = [
    ['unknown_transaction', '301'],
    ['contradicts', '305'],
    ['too_early', '403'],
    ['other_version', '203'],
  ] as const
  it.each(refused)('that is not taken (%s) is answered with Erro %s about an RReq', (why, errorCode) => {
    const { body } = refuseResult(good(), why)
    expect(JSON.parse(body)).toMatchObject({
      messageType: 'Erro',
      errorCode,
      errorComponent: 'S',
      errorMessageType: 'RReq',
    })
    expect(isGood(body)).toBe(true)
  })

  const wrong: [string, unknown, string][] = [
    ['no JSON', 'transStatus=Y', '101'],
    ['nothing', '', '101'],
    ['another message', { ...rreqSample(), messageType: 'CRes' }, '101'],
    ['a version of tomorrow', rreqSample({ messageVersion: '2.3.1' }), '102'],
    ['an element missing', without(rreqSample(), 'dsTransID'), '201'],
    ['a Y without its proof', without(rreqSample(), 'authenticationValue'), '201'],
    [
      'a critical extension',
      rreqSample({ messageExtension: [{ name: 'x', id: 'x', criticalityIndicator: true, data: {} }] }),
      '202',
    ],
    ['a status that ends nothing', rreqSample({ transStatus: 'C' }), '203'],
    ['an element twice', `{"messageType":"RReq","messageType":"RReq"}`, '204'],
  ]
  it.each(wrong)('that is %s is answered with a good Erro of the right code', (_, message, errorCode) => {
    const verdict = read(message)
    if (verdict.ok) throw new Error('it was taken')
    expect(JSON.parse(verdict.answer.body)).toMatchObject({ messageType: 'Erro', errorCode })
    expect(isGood(verdict.answer.body)).toBe(true)
  })
})

const recorded = new URL('../../../../shared/judges/three-ds/visa-messages.jsonl', import.meta.url)
describe.skipIf(!existsSync(recorded))('results that a scheme’s test platform has sent', () => {
  const messages = existsSync(recorded)
    ? readFileSync(recorded, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"RReq"'))
        .map((line) => JSON.parse(line))
        .map((line) => line.message ?? line.body ?? line)
        .filter((message) => message.messageType === 'RReq' && message.messageCategory === '01')
    : []
  it('are read', () => {
    expect(messages.length).toBeGreaterThan(0)
    for (const message of messages) {
      const verdict = read(message)
      expect([message.threeDSServerTransID, verdict.ok || verdict.answer.body]).toEqual([
        message.threeDSServerTransID,
        true,
      ])
    }
  })
})

describe('the route', () => {
  const bodies: string[] = []
  const route = createResultsRoute({
    result: async (bytes) => {
      bodies.push(Buffer.from(bytes).toString())
      return { status: 200, body: '{}' }
    },
  })
  const request = { params: {}, headers: {}, remoteAddress: null }

  it('hands the bytes on as they came, where the directory server is told to bring them', async () => {
    expect([route.method, route.path]).toEqual(['POST', resultsPath])
    const answer = await route.answer({ ...request, body: Buffer.from('{"a":1}') })
    expect(bodies).toEqual(['{"a":1}'])
    expect(answer).toEqual({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: '{}' })
  })

  it.each([
    ['too_large', 413, '101'],
    ['card_data', 400, '203'],
    ['failed', 503, '403'],
  ] as const)('says %s in the protocol’s own words', (why, status, errorCode) => {
    const answer = route.refuse(why, request)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toMatchObject({ messageType: 'Erro', errorCode, errorComponent: 'S' })
    expect(isGood(answer.body)).toBe(true)
  })
})
