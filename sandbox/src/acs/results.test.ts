import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningSandbox, runSandbox } from '../testing/running-sandbox.ts'
import {
  beginChallenge,
  creqFor,
  cresOf,
  type Requestor,
  rresTo,
  sendForm,
  sendJson,
  startRequestor,
} from '../testing/three-ds-requestor.ts'

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

async function oracle(acsTransId: string): Promise<Record<string, unknown>> {
  return (await sandbox.call('GET', `/sandbox/authentications/${acsTransId}`)).json
}

/** Lets what is on its way in the sandbox arrive. */
async function untilReported(acsTransId: string, count: number): Promise<{ outcome: string; detail: string }[]> {
  for (;;) {
    const { reports } = (await oracle(acsTransId)) as { reports: { outcome: string; detail: string }[] }
    if (reports.length >= count) return reports
  }
}

describe('when the RReq comes', () => {
  test.each([
    ['0173', 2_000],
    ['0174', 20_000],
  ])('%s: %i ms after the CRes', async (lastFour, ms) => {
    const done = await beginChallenge(await requestor.authenticate(lastFour))
    expect(cresOf(done).transStatus).toBe('Y')
    await sandbox.timers.advance(ms - 500)
    expect(requestor.results).toEqual([])
    await sandbox.timers.advance(1_000)
    expect(await requestor.received(1)).toMatchObject([{ transStatus: 'Y', eci: '05' }])
  })

  test('0174: also when the sandbox was restarted in between', async () => {
    await beginChallenge(await requestor.authenticate('0174'))
    await sandbox.restart()
    await sandbox.timers.advance(21_000)
    expect(await requestor.received(1)).toMatchObject([{ transStatus: 'Y' }])
  })

  test('0175: twice, the very same', async () => {
    const ares = await requestor.authenticate('0175')
    await beginChallenge(ares)
    expect(requestor.results).toHaveLength(1)
    await sandbox.timers.advance(1_500)
    const [first, second] = await requestor.received(2)
    expect(second).toEqual(first)
    await untilReported(ares.acsTransID, 2)
    await sandbox.timers.advance(60_000)
    expect(requestor.results).toHaveLength(2)
  })

  test('0176: never', async () => {
    const done = await beginChallenge(await requestor.authenticate('0176'))
    expect(cresOf(done).transStatus).toBe('Y')
    await sandbox.timers.advance(120_000)
    expect(requestor.results).toEqual([])
    expect(sandbox.timers.waiting).toBe(0)
  })
})

describe('decoupled', () => {
  const asked = { threeDSRequestorDecReqInd: 'Y', threeDSRequestorDecMaxTime: '00002' }

  test.each([
    ['0180', 'Y', undefined, 5_500],
    ['0181', 'N', undefined, 5_500],
    ['0182', 'N', '03', 120_500],
  ])('%s ends with %s (cancelled %s) after %i ms', async (lastFour, transStatus, cancel, ms) => {
    const ares = await requestor.authenticate(lastFour, asked)
    expect(ares).toMatchObject({ transStatus: 'D', acsDecConInd: 'Y', authenticationType: '04' })
    expect(ares.cardholderInfo).toContain('your bank')
    await sandbox.timers.advance(ms)
    const [rreq] = await requestor.received(1)
    expect(rreq).toMatchObject({ transStatus, authenticationType: '04' })
    expect(rreq?.challengeCancel).toBe(cancel)
    expect(rreq?.interactionCounter).toBeUndefined()
  })

  test('that was not asked for is no authentication, with reason 23', async () => {
    expect(await requestor.authenticate('0180')).toMatchObject({ transStatus: 'N', transStatusReason: '23' })
  })

  test('has no page', async () => {
    const ares = await requestor.authenticate('0180', asked)
    const page = await sendForm(`${sandbox.url}/acs/challenge`, { creq: creqFor(ares) })
    expect(page.status).toBe(400)
  })
})

describe('an RReq that is not taken', () => {
  test.each([
    ['by HTTP 500', 'http_500'],
    ['by a reset', 'reset'],
  ])('%s is sent again, three times in all, after growing pauses', async (_, way) => {
    requestor.answerWith((_rreq, response) => {
      if (way === 'http_500') sendJson(response, {}, 500)
      else response.socket?.resetAndDestroy()
      return true
    })
    const ares = await requestor.authenticate('0170')
    expect(cresOf(await beginChallenge(ares)).transStatus).toBe('Y')
    await sandbox.timers.advance(2_500)
    await requestor.received(2)
    await sandbox.timers.advance(5_000)
    await requestor.received(3)
    expect(await untilReported(ares.acsTransID, 1)).toMatchObject([{ outcome: 'unreachable' }])
    await sandbox.timers.advance(60_000)
    expect(requestor.results).toHaveLength(3)
  })

  test('by silence is given up after ten seconds and sent again', async () => {
    let silent = true
    requestor.answerWith(() => silent)
    const ares = await requestor.authenticate('0170')
    const page = beginChallenge(ares)
    await requestor.received(1)
    silent = false
    await sandbox.timers.advance(10_000)
    expect(cresOf(await page).transStatus).toBe('Y')
    await sandbox.timers.advance(2_500)
    await requestor.received(2)
    expect(await untilReported(ares.acsTransID, 1)).toMatchObject([{ outcome: 'received' }])
  })

  test('and was on its way when the sandbox stopped, is sent by the next', async () => {
    requestor.answerWith((_rreq, response) => {
      response.socket?.resetAndDestroy()
      return true
    })
    const ares = await requestor.authenticate('0170')
    await beginChallenge(ares)
    requestor.answerWith(null)
    await sandbox.restart()
    await sandbox.timers.advance(1_000)
    await requestor.received(2)
    expect(await untilReported(ares.acsTransID, 1)).toMatchObject([{ outcome: 'received' }])
  })

  test.each([
    ['no RRes', () => ({}), '101'],
    ['an RRes without an element', (rres: object) => ({ ...rres, resultsStatus: undefined }), '201 resultsStatus'],
    [
      'an RRes about something else',
      (rres: object) => ({ ...rres, acsTransID: '7c2b9f10-3c55-4f0e-9b0a-6f1e2d3c4b02' }),
      '301 acsTransID',
    ],
    ['another version', (rres: object) => ({ ...rres, messageVersion: '2.1.0' }), '102'],
    [
      'an Erro',
      () => ({
        messageType: 'Erro',
        messageVersion: '2.2.0',
        errorCode: '301',
        errorComponent: 'S',
        errorDescription: 'A transaction id is not known.',
        errorDetail: 'threeDSServerTransID',
      }),
      'Erro 301 threeDSServerTransID',
    ],
  ])('by %s is refused, and not sent again', async (_, answer, detail) => {
    requestor.answerWith((rreq, response) => {
      sendJson(response, answer(rresTo(rreq)))
      return true
    })
    const ares = await requestor.authenticate('0170')
    await beginChallenge(ares)
    const [report] = await untilReported(ares.acsTransID, 1)
    expect(report).toMatchObject({ outcome: 'refused' })
    expect(report?.detail).toContain(detail)
    await sandbox.timers.advance(60_000)
    expect(requestor.results).toHaveLength(1)
  })
})
