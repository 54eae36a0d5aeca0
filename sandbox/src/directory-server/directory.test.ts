import { outcomeTestNumber, reservedTestNumber, testCards, threeDSecureTestNumber } from '@tessera/contracts/test-cards'
import type { CardRange } from '@tessera/contracts/three-ds/messages/preparation'
import { enrolledRanges, issuersByLastFour, notEnrolled } from '@tessera/contracts/three-ds/test-issuers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningSandbox, runSandbox, send } from '../testing/running-sandbox.ts'
import { good, type Requestor, startRequestor } from '../testing/three-ds-requestor.ts'

let sandbox: RunningSandbox
let requestor: Requestor
beforeEach(async () => {
  sandbox = await runSandbox()
  requestor = await startRequestor(sandbox)
})
afterEach(async () => {
  await requestor.stop()
  await sandbox.stop()
})

const preq = (more: Record<string, unknown> = {}) => ({
  messageType: 'PReq',
  messageVersion: '2.2.0',
  threeDSServerTransID: '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01',
  threeDSServerRefNumber: 'TESSERA_3DSS',
  ...more,
})

async function prepare(serialNum?: string) {
  const { json } = await sandbox.call('POST', '/ds/card-ranges', preq(serialNum === undefined ? {} : { serialNum }))
  return good('PRes', json)
}

async function refused(path: string, body: unknown): Promise<string> {
  const erro = good('Erro', (await sandbox.call('POST', path, body)).json)
  return `${erro.errorComponent} ${erro.errorCode} ${erro.errorDetail}`
}

const rangeOf = (ranges: CardRange[] | undefined, number: string) =>
  ranges?.filter(({ startRange, endRange }) => startRange <= number && number <= endRange)

describe('card ranges', () => {
  test('all come to the first question, and each test card that takes part is in one of them', async () => {
    const { cardRangeData } = await prepare()
    expect(cardRangeData).toHaveLength(enrolledRanges.length)
    for (const { number } of testCards) {
      const found = cardRangeData?.filter(
        ({ startRange, endRange }) => startRange.length === number.length && startRange <= number && number <= endRange,
      )
      expect([number, found?.length]).toEqual([number, notEnrolled.has(number) ? 0 : 1])
    }
    for (const number of [reservedTestNumber(7), outcomeTestNumber('0051'), outcomeTestNumber('0065', 'mastercard')]) {
      expect(rangeOf(cardRangeData, number)).toHaveLength(1)
    }
  })

  test.each([
    ['0003', '2.1.0', '2.2.0', '/acs/method'],
    ['1103', '2.1.0', '2.1.0', undefined],
    ['2203', '2.2.0', '2.2.0', '/acs/method/silent'],
  ])('the last four digits %s give versions %s to %s and the method %s', async (lastFour, start, end, method) => {
    const [range] = rangeOf((await prepare()).cardRangeData, threeDSecureTestNumber(lastFour)) ?? []
    expect(range).toMatchObject({ acsStartProtocolVersion: start, acsEndProtocolVersion: end, actionInd: 'A' })
    expect(range?.threeDSMethodURL).toBe(method && `${sandbox.url}${method}`)
  })

  test('do not come again while nothing changed', async () => {
    const { serialNum } = await prepare()
    const again = await prepare(serialNum)
    expect(again.serialNum).toBe(serialNum)
    expect(again.cardRangeData).toBeUndefined()
  })

  test('that changed come alone, each with its last change, also across a restart', async () => {
    const { serialNum } = await prepare()
    const added = { action: 'A', start: '4000055000000000', end: '4000055999999999', method: 'calls_back' }
    const gone = { action: 'D', start: '4000000000003220' }
    await sandbox.call('POST', '/sandbox/card-ranges', [added, gone])
    const since = await prepare(serialNum)
    expect(since.cardRangeData?.map(({ actionInd, startRange }) => [actionInd, startRange])).toEqual([
      ['A', '4000055000000000'],
      ['D', '4000000000003220'],
    ])
    const versions = { start: '2.1.0', end: '2.1.0' }
    await sandbox.call('POST', '/sandbox/card-ranges', [{ ...added, action: 'M', versions }])
    const [modified, ...others] = (await prepare(since.serialNum)).cardRangeData ?? []
    expect(others).toEqual([])
    expect(modified).toMatchObject({ actionInd: 'M', acsEndProtocolVersion: '2.1.0' })
    const [stillNew] = (await prepare(serialNum)).cardRangeData ?? []
    expect(stillNew).toMatchObject({ actionInd: 'A', acsEndProtocolVersion: '2.1.0' })

    await sandbox.restart()
    const all = (await prepare()).cardRangeData
    expect(rangeOf(all, '4000000000003220')).toEqual([])
    expect(rangeOf(all, '4000055000000018')).toHaveLength(1)
  })

  test('of another address, or with a number that was never given out, are refused with 307', async () => {
    const { serialNum } = await prepare()
    expect(await refused('/ds/card-ranges', preq({ serialNum: '99' }))).toBe('D 307 serialNum')
    expect(await refused('/ds/card-ranges', preq({ serialNum: `7${serialNum}` }))).toBe('D 307 serialNum')
    await sandbox.restart()
    expect(await refused('/ds/card-ranges', preq({ serialNum }))).toBe('D 307 serialNum')
  })

  test.each([
    [[]],
    [[{ action: 'X', start: '4000055000000000' }]],
    [[{ action: 'A', start: '4000055000000000', end: '4000054999999999' }]],
    [[{ action: 'A', start: '4000055000000000', versions: { start: '2.1.0', end: '2.3.1' } }]],
  ])('cannot be changed by %j', async (changes) => {
    expect((await sandbox.call('POST', '/sandbox/card-ranges', changes)).status).toBe(400)
  })
})

describe('what is no good message', () => {
  test('gets an Erro that names what is wrong', async () => {
    const areq = requestor.areq('4242424242424242', { merchantCountryCode: '999' })
    expect(await refused('/ds/authentications', areq)).toBe('D 304 merchantCountryCode')
    expect(await refused('/ds/authentications', { ...areq, mcc: undefined })).toBe('D 201 mcc')
    expect(await refused('/ds/authentications', { ...areq, messageVersion: '2.3.1' })).toBe('D 102 2.1.0,2.2.0')
    expect(await refused('/ds/authentications', preq())).toBe('D 101 messageType')
    expect(await refused('/ds/card-ranges', areq)).toBe('D 101 messageType')
    expect(await refused('/ds/nowhere', areq)).toContain('D 303')
  })

  test('of bytes that are not JSON, or a JSON object with an element twice, gets one too', async () => {
    const post = (body: string) => send(undefined, `${sandbox.url}/ds/authentications`, 'POST', body, {})
    expect(good('Erro', (await post('{')).json).errorCode).toBe('101')
    expect(good('Erro', (await post('{"messageType":"AReq","messageType":"AReq"}')).json).errorCode).toBe('204')
  })

  test('is a version that the issuer does not speak', async () => {
    const refusal = (lastFour: string, messageVersion: string) =>
      refused('/ds/authentications', requestor.areq(threeDSecureTestNumber(lastFour), { messageVersion }))
    expect(await refusal('1103', '2.2.0')).toBe('D 102 2.1.0,2.1.0')
    expect(await refusal('2103', '2.1.0')).toBe('D 102 2.2.0,2.2.0')
  })
})

describe('an answer that is spoilt', () => {
  const ask = (lastFour: string) =>
    sandbox.call('POST', '/ds/authentications', requestor.areq(threeDSecureTestNumber(lastFour)))

  test('is no JSON, lacks an element, is about something else or of another version', async () => {
    expect((await ask('0190')).body).toContain('<html>')
    const lacking = (await ask('0199')).json
    expect(lacking.messageType).toBe('ARes')
    expect(() => good('ARes', lacking)).toThrow('"errorCode":"201","errorDetail":"acsTransID"')
    const other = good('ARes', (await ask('0192')).json)
    const { json: transactions } = await sandbox.call('GET', '/sandbox/authentications')
    const known = (transactions as unknown as { three_ds_server_trans_id: string }[]).map(
      (each) => each.three_ds_server_trans_id,
    )
    expect(known).not.toContain(other.threeDSServerTransID)
    expect((await ask('0198')).json.messageVersion).toBe('2.3.1')
  })

  test('is an Erro, a 500, a reset, or half of one', async () => {
    expect(good('Erro', (await ask('0193')).json)).toMatchObject({ errorCode: '403', errorComponent: 'D' })
    expect(
      good('Erro', (await sandbox.call('POST', '/ds/authentications', requestor.areq('4000000000003097'))).json),
    ).toMatchObject({ errorCode: '403' })
    expect((await ask('0194')).status).toBe(500)
    await expect(ask('0195')).rejects.toThrow()
    await expect(ask('0197')).rejects.toThrow()
  })

  async function heldBack(): Promise<void> {
    while (sandbox.timers.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
  }

  test('comes after twelve seconds', async () => {
    let answered = false
    const asked = ask('0196').then((answer) => {
      answered = true
      return answer
    })
    await heldBack()
    await sandbox.timers.advance(11_999)
    expect(answered).toBe(false)
    await sandbox.timers.advance(1)
    expect(good('ARes', (await asked).json, { deviceChannel: '02', messageCategory: '01' }).transStatus).toBe('Y')
  })

  test('never comes: the connection ends after a minute', async () => {
    const asked = expect(ask('0163')).rejects.toThrow()
    await heldBack()
    await sandbox.timers.advance(60_000)
    await asked
  })

  test('does not hold up a stop', async () => {
    const asked = expect(ask('0163')).rejects.toThrow()
    await heldBack()
    await sandbox.restart()
    await asked
  })
})

test('every script of the families answers in one of the ways that it is known for', async () => {
  for (const [lastFour, { decision, versions }] of issuersByLastFour) {
    if (decision.kind === 'directory_fault') continue
    const more = { messageVersion: versions.end, threeDSRequestorDecReqInd: 'Y', threeDSRequestorDecMaxTime: '00005' }
    const { transStatus } = await requestor.authenticate(lastFour, more)
    const expected = decision.kind === 'frictionless' ? decision.transStatus : decision.kind === 'challenge' ? 'C' : 'D'
    expect([lastFour, transStatus]).toEqual([lastFour, expected])
  }
})
