import { aresSample, erroSample, type Sample } from '@tessera/contracts/three-ds/testing/sample-messages'
import { describe, expect, it } from 'vitest'
import { trustedId } from '../core/ids.ts'
import { aPayment } from '../core/testing/payments.ts'
import { readIssuerAnswer } from './issuer-answer.ts'

const ours = '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01'
const ids = { acsTransId: '7c2b9f10-3c55-4f0e-9b0a-6f1e2d3c4b02', dsTransId: '0a4f8e21-7d66-4c1b-8e2d-1b2c3d4e5f03' }
const asked = (brand: 'visa' | 'mastercard' = 'visa', version: '2.1.0' | '2.2.0' = '2.2.0') => ({
  authentication: { authenticationId: trustedId(ours) } as never,
  version,
  browser: { script: null } as never,
  payment: aPayment('requires_action', { card: { ...aPayment('created').card, brand } as never }),
})
const read = (message: Sample, about = asked()) => readIssuerAnswer(Buffer.from(JSON.stringify(message)), about)
const without = (message: Sample, ...names: string[]): Sample =>
  Object.fromEntries(Object.entries(message).filter(([name]) => !names.includes(name)))

describe('an answer', () => {
  it.each(['Y', 'A'])('%s comes with its proof', (transStatus) => {
    expect(read(aresSample({ transStatus }))).toEqual({
      kind: 'result',
      transStatus,
      reason: null,
      eci: '05',
      cavv: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=',
      ...ids,
      issuerText: null,
    })
  })

  it('whose ECI is left to the scheme gets the scheme’s', () => {
    const ecis = (['visa', 'mastercard'] as const).flatMap((brand) =>
      ['Y', 'A'].map((transStatus) => read(without(aresSample({ transStatus }), 'eci'), asked(brand))),
    )
    expect(ecis.map((answer) => (answer as { eci: string }).eci)).toEqual(['05', '06', '02', '01'])
  })

  it.each(['N', 'R', 'U'])('%s comes with its reason and without a proof', (transStatus) => {
    const message = without(aresSample({ transStatus, transStatusReason: '01' }), 'authenticationValue', 'eci')
    expect(read(message)).toMatchObject({ kind: 'result', transStatus, reason: '01', cavv: null, eci: null })
  })

  it('I informs', () => {
    const message = without(aresSample({ transStatus: 'I', eci: '07' }), 'authenticationValue')
    expect(read(message)).toMatchObject({ kind: 'result', transStatus: 'I', eci: '07', cavv: null })
  })

  it('C leads to the issuer’s page, in the window that was offered', () => {
    const message = without(
      aresSample({
        transStatus: 'C',
        acsURL: 'https://acs.example/c',
        acsChallengeMandated: 'Y',
        authenticationType: '02',
      }),
      'authenticationValue',
      'eci',
    )
    expect(read({ ...message, cardholderInfo: 'Call us.' })).toEqual({
      kind: 'challenge',
      challenge: { acsUrl: 'https://acs.example/c', ...ids, windowSize: '05' },
      issuerText: 'Call us.',
    })
  })

  it('D lets the shopper answer elsewhere', () => {
    const message = without(
      aresSample({ transStatus: 'D', acsDecConInd: 'Y', authenticationType: '04', cardholderInfo: 'Open your app.' }),
      'authenticationValue',
      'eci',
    )
    expect(read(message)).toMatchObject({ kind: 'decoupled', issuerText: 'Open your app.' })
  })
})

describe('nothing is made of', () => {
  const nothing: [string, () => ReturnType<typeof read>, RegExp][] = [
    ['what is no JSON', () => readIssuerAnswer(Buffer.from('<html>'), asked()), /^101/],
    ['half an answer', () => readIssuerAnswer(Buffer.from(JSON.stringify(aresSample()).slice(0, 90)), asked()), /^101/],
    ['an answer about another transaction', () => read(aresSample({ threeDSServerTransID: ids.dsTransId })), /^301/],
    ['an answer of another version', () => read(aresSample({ messageVersion: '2.1.0' })), /^102/],
    ['an answer of a version that we do not speak', () => read(aresSample({ messageVersion: '2.3.1' })), /^102/],
    ['an answer without its ids', () => read(without(aresSample(), 'dsTransID')), /^201 dsTransID/],
    ['a Y without its proof', () => read(without(aresSample(), 'authenticationValue')), /^201 authenticationValue/],
    [
      'a D in 2.1.0',
      () =>
        read(
          aresSample({ messageVersion: '2.1.0', transStatus: 'D', authenticationType: '03' }),
          asked('visa', '2.1.0'),
        ),
      /^203/,
    ],
    [
      'a challenge page that is no address',
      () =>
        read(
          aresSample({
            transStatus: 'C',
            acsURL: 'javascript:alert(1)',
            acsChallengeMandated: 'Y',
            authenticationType: '02',
          }),
        ),
      /^203 acsURL/,
    ],
    ['an Erro', () => read(erroSample()), /^Erro 203 mcc/],
    ['another message', () => read({ ...aresSample(), messageType: 'RRes' }), /^101/],
  ]
  it.each(nothing)('%s', (_, answer, why) => {
    expect(answer()).toEqual({ kind: 'unavailable', why: expect.stringMatching(why) })
  })
})
