import { checkMessage, readMessage } from '@tessera/contracts/three-ds/check-message'
import { encodeJson, readEncoded, readMethodData } from '@tessera/contracts/three-ds/encoding'
import { spokenVersions } from '@tessera/contracts/three-ds/versions'
import type { ForwardReply, ForwardRequest } from '@tessera/contracts/vault-protocol'
import { ManualClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Authentication } from '../core/authentication/authentication.ts'
import { defaultThreeDSecureSettings } from '../core/authentication/settings.ts'
import { trustedId } from '../core/ids.ts'
import type { AskIssuer } from '../core/ports/three-d-secure-provider.ts'
import type { Vault } from '../core/ports/vault.ts'
import { aPayment } from '../core/testing/payments.ts'
import { createThreeDSecureProvider } from './provider.ts'

const ours = '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01'
const acsTransId = '7c2b9f10-3c55-4f0e-9b0a-6f1e2d3c4b02'
const challenge = {
  acsUrl: 'https://acs.example/challenge',
  acsTransId,
  dsTransId: '0a4f8e21-7d66-4c1b-8e2d-1b2c3d4e5f03',
  windowSize: '03',
} as const
const authentication = { authenticationId: trustedId(ours), challenge, version: '2.2.0' } as unknown as Authentication

let forwarded: ForwardRequest[]
let reply: () => Promise<ForwardReply>
const clock = new ManualClock(1_900_000_000_000)
const provider = createThreeDSecureProvider({
  vault: {
    forward: (request: ForwardRequest) => {
      forwarded.push(request)
      return reply()
    },
  } as unknown as Vault,
  link: { isKnown: (mode) => mode === 'test', post: () => Promise.reject(new Error('nobody asks')) },
  ranges: { find: async () => ({ kind: 'unknown' }) },
  clock,
  log: createLogger({ process: 'test', clock, level: 'silent' }),
  publicUrl: 'https://pay.example',
  resultsBaseUrl: 'https://results.example',
})

beforeEach(() => {
  forwarded = []
})

const asking: AskIssuer = {
  payment: aPayment('requires_action'),
  authentication,
  version: '2.2.0',
  methodCompletion: 'U',
  browser: { acceptHeader: '*/*', userAgent: 'Firefox', ip: null, language: 'en', script: null },
  merchant: { name: 'Corner Shop', country: 'FR', settings: defaultThreeDSecureSettings },
  holdId: trustedId('att_1'),
  returnUrl: 'https://pay.example/authenticate/abc/returned',
  decoupledMinutes: null,
}

describe('what the browser carries to the issuer', () => {
  it.each(spokenVersions)('is a good CReq of %s, for that challenge and that window', (version) => {
    const creq = readEncoded(provider.challengeRequest({ ...authentication, version }, challenge), {
      types: ['CReq'],
      deviceChannel: '02',
    })
    expect(creq).toMatchObject({
      ok: true,
      message: {
        messageVersion: version,
        threeDSServerTransID: ours,
        acsTransID: acsTransId,
        challengeWindowSize: '03',
      },
    })
  })

  it('names the transaction, and where the hidden page is to call back', () => {
    const data = provider.methodData(trustedId(ours), 'https://pay.example/authenticate/abc/method')
    expect(readMethodData(data)).toEqual({
      threeDSServerTransID: ours,
      threeDSMethodNotificationURL: 'https://pay.example/authenticate/abc/method',
    })
  })
})

describe('what the browser brings back', () => {
  const cres = { messageType: 'CRes', messageVersion: '2.2.0', threeDSServerTransID: ours, acsTransID: acsTransId }
  const isOurs = (message: unknown) => provider.isReturnOf(authentication, encodeJson(message as object))

  it('is of this challenge where it names it, whatever it says of the outcome', () => {
    for (const transStatus of ['Y', 'N']) expect(isOurs({ ...cres, transStatus })).toBe(true)
    expect(isOurs({ ...cres, transStatus: 'Y', acsTransID: acsTransId.toUpperCase() })).toBe(true)
  })

  it.each([
    ['another transaction', { ...cres, transStatus: 'Y', threeDSServerTransID: acsTransId }],
    ['another challenge', { ...cres, transStatus: 'Y', acsTransID: ours }],
    ['no outcome', cres],
    ['a request', { ...cres, messageType: 'CReq', challengeWindowSize: '03' }],
    ['nothing', {}],
  ])('is none of this challenge where it is %s', (_what, message) => {
    expect(isOurs(message)).toBe(false)
  })

  it('is none where there was no challenge', () => {
    expect(provider.isReturnOf({ ...authentication, challenge: null }, encodeJson({ ...cres, transStatus: 'Y' }))).toBe(
      false,
    )
  })
})

describe('the issuer is asked', () => {
  const cases: [string, () => Promise<ForwardReply>, string][] = [
    ['is not sent', async () => ({ outcome: 'not_sent', reason: 'hold_gone', detail: '' }), 'hold_gone'],
    ['has no known answer', async () => ({ outcome: 'unknown', reason: 'timeout', acquirerMs: 10_000 }), 'timeout'],
    ['is answered by a failure', async () => answered(500, '{}'), 'HTTP 500'],
    ['is answered with something else', async () => answered(200, 'hello'), '101'],
    ['cannot be handed to the vault', () => Promise.reject(new Error('the vault is away')), 'failed'],
  ]
  it.each(cases)('and a request that %s counts as not performed', async (_what, given, why) => {
    reply = given
    const answer = await provider.ask(asking)
    expect(answer).toEqual({ kind: 'unavailable', why: expect.stringContaining(why) })
  })

  it('by way of the vault, with a good AReq in which the number is a place to be filled', async () => {
    reply = async () => answered(200, '')
    await provider.ask(asking)
    const [request] = forwarded
    expect(request).toMatchObject({
      connector: 'directory-server',
      operation: 'authenticate',
      stepId: `${ours}.authenticate`,
      card: { attemptId: 'att_1', saveAs: null },
      timeoutMs: 10_000,
    })
    const { value } = (request as ForwardRequest).template.body as { value: Record<string, unknown> }
    expect(value).toMatchObject({
      acctNumber: { $card: 'number' },
      cardExpiryDate: { $card: 'exp_yymm' },
      threeDSServerURL: 'https://results.example/3ds/results',
    })
    const filled = { ...value, acctNumber: '4000000000003220', cardExpiryDate: '3012' }
    expect(checkMessage(filled, { types: ['AReq'] })).toMatchObject({ ok: true })
  })
})

it('3-D Secure is available where there is a directory server', () => {
  expect([provider.isAvailable('test'), provider.isAvailable('live')]).toEqual([true, false])
})

it('what is answered to a result is a good message', () => {
  const result = {
    authenticationId: trustedId<never>(ours),
    acsTransId,
    dsTransId: challenge.dsTransId,
    version: '2.2.0',
    transStatus: 'Y',
    reason: null,
    eci: '05',
    cavv: null,
    challengeCancel: null,
  } as const
  for (const { body } of [provider.acceptResult(result), provider.refuseResult(result, 'too_early')]) {
    expect(readMessage(Buffer.from(body), { types: ['RRes', 'Erro'] })).toMatchObject({ ok: true })
  }
})

function answered(status: number, body: string): ForwardReply {
  return { outcome: 'answered', status, contentType: 'application/json', body, acquirerMs: 5 }
}
