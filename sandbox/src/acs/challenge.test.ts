import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningSandbox, runSandbox, send } from '../testing/running-sandbox.ts'
import {
  answerChallenge,
  beginChallenge,
  cresOf,
  formOf,
  type Requestor,
  sendForm,
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

describe('without a challenge', () => {
  test.each([
    ['4242424242424242', 'Y', '05', undefined],
    ['5555555555554444', 'Y', '02', undefined],
    ['4200000000000109', 'A', '06', undefined],
    ['5200000000000023', 'A', '01', undefined],
    ['0113', 'N', undefined, '01'],
    ['0133', 'R', undefined, '11'],
    ['0153', 'U', undefined, '22'],
    ['4000008400001280', 'U', undefined, '22'],
    ['0143', 'I', '07', undefined],
    ['371449635398431', 'U', undefined, '08'],
  ])('%s is answered %s with ECI %s and reason %s, and no result follows', async (card, status, eci, reason) => {
    const ares = await requestor.authenticate(card)
    expect(ares.transStatus).toBe(status)
    expect(ares.eci).toBe(eci)
    expect(ares.transStatusReason).toBe(reason)
    expect(ares.authenticationValue !== undefined).toBe(status === 'Y' || status === 'A')
    expect(ares.threeDSServerTransID).toBe('5e1d3c4a-94a3-4a5f-8c3b-000000000001')
    await sandbox.timers.advance(60_000)
    expect(requestor.results).toEqual([])
  })

  test('every authentication has ids and a value of its own', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => requestor.authenticate('4242424242424242')))
    for (const name of ['acsTransID', 'dsTransID', 'authenticationValue'] as const) {
      expect(new Set(answers.map((answer) => answer[name])).size).toBe(20)
    }
  })

  test('a plain card is challenged when the request mandates it, a scripted one is not', async () => {
    const mandated = { threeDSRequestorChallengeInd: '04' }
    expect((await requestor.authenticate('4242424242424242', mandated)).transStatus).toBe('C')
    expect((await requestor.authenticate('4200000000000091', mandated)).transStatus).toBe('Y')
  })

  test('only a browser can be challenged', async () => {
    const alone = { deviceChannel: '03', threeRIInd: '11' }
    expect(await requestor.authenticate('4000000000003220', alone)).toMatchObject({
      transStatus: 'U',
      transStatusReason: '21',
    })
  })
})

describe('a challenge with a code', () => {
  test('is passed by typing what the page shows; the RReq comes before the CRes', async () => {
    const ares = await requestor.authenticate('4000000000003220')
    expect(ares).toMatchObject({ transStatus: 'C', acsChallengeMandated: 'Y', authenticationType: '02' })
    expect(ares.authenticationValue).toBeUndefined()
    const page = await beginChallenge(ares, { threeDSSessionData: 'c2Vzc2lvbg' })
    expect(requestor.results).toEqual([])
    const done = await answerChallenge(page, formOf(page).code ?? '')
    expect(requestor.results).toHaveLength(1)
    const [rreq] = requestor.results
    expect(rreq).toMatchObject({
      transStatus: 'Y',
      eci: '05',
      interactionCounter: '01',
      acsTransID: ares.acsTransID,
      dsTransID: ares.dsTransID,
      messageCategory: '01',
    })
    expect(cresOf(done)).toMatchObject({ transStatus: 'Y', acsTransID: ares.acsTransID })
    expect(formOf(done)).toMatchObject({
      action: `${requestor.url}/challenge-done`,
      fields: { threeDSSessionData: 'c2Vzc2lvbg' },
    })
    expect(await oracle(ares.acsTransID)).toMatchObject({
      trans_status: 'Y',
      reports: [{ outcome: 'received', detail: 'resultsStatus 01', copy: 1 }],
    })
  })

  test('may be mistyped twice; the third wrong code has failed', async () => {
    const ares = await requestor.authenticate('0172')
    let page = await beginChallenge(ares)
    for (const left of ['2', '1']) {
      page = await answerChallenge(page, '0')
      expect(page.body).toContain(`Tries left: ${left}.`)
      expect(requestor.results).toEqual([])
    }
    const done = await answerChallenge(page, '0')
    expect(cresOf(done).transStatus).toBe('N')
    expect(requestor.results).toMatchObject([{ transStatus: 'N', transStatusReason: '19', interactionCounter: '03' }])
    expect(requestor.results[0]?.authenticationValue).toBeUndefined()
  })

  test('can be cancelled', async () => {
    const page = await beginChallenge(await requestor.authenticate('0172'))
    const done = await answerChallenge(page, '', 'cancel')
    expect(cresOf(done).transStatus).toBe('N')
    expect(requestor.results).toMatchObject([{ transStatus: 'N', challengeCancel: '01' }])
  })

  test('shows the same page again on a reload, and once it is over the same CRes, with one RReq in all', async () => {
    const ares = await requestor.authenticate('0172')
    const first = await beginChallenge(ares)
    expect((await beginChallenge(ares)).body).toBe(first.body)
    const { code } = formOf(first)
    const twice = await Promise.all([answerChallenge(first, code ?? ''), answerChallenge(first, code ?? '')])
    const late = [
      await answerChallenge(first, '0'),
      await answerChallenge(first, '', 'cancel'),
      await beginChallenge(ares),
    ]
    expect([...twice, ...late].map((page) => cresOf(page).transStatus)).toEqual(['Y', 'Y', 'Y', 'Y', 'Y'])
    expect(requestor.results).toHaveLength(1)
  })

  test('that the browser never begins ends after thirty seconds, with 05', async () => {
    const ares = await requestor.authenticate('0172')
    await sandbox.timers.advance(29_500)
    expect(requestor.results).toEqual([])
    await sandbox.timers.advance(1_000)
    expect(await requestor.received(1)).toMatchObject([
      { transStatus: 'N', transStatusReason: '14', challengeCancel: '05', interactionCounter: '00' },
    ])
    await untilReported(ares.acsTransID, 1)
    expect(cresOf(await beginChallenge(ares)).transStatus).toBe('N')
  })

  test('that the shopper leaves ends ten minutes after the last thing that was done, with 04', async () => {
    const ares = await requestor.authenticate('0172')
    const page = await beginChallenge(ares)
    await sandbox.timers.advance(500_000)
    await answerChallenge(page, '0')
    await sandbox.timers.advance(599_000)
    expect(requestor.results).toEqual([])
    await sandbox.timers.advance(2_000)
    expect(await requestor.received(1)).toMatchObject([{ transStatus: 'N', challengeCancel: '04' }])
  })

  test('waits for no timer when only the clock is moved on', async () => {
    await requestor.authenticate('0172')
    sandbox.clock.advance(3_600_000)
    await sandbox.timers.advance(500)
    expect(await requestor.received(1)).toMatchObject([{ challengeCancel: '05' }])
  })

  test('goes on where it was after a restart, wrong codes and all', async () => {
    const ares = await requestor.authenticate('0172')
    const page = await beginChallenge(ares)
    await answerChallenge(page, '0')
    await answerChallenge(page, '0')
    await sandbox.restart()
    const fields = { code: '0', action: 'confirm' }
    const done = await sendForm(`${sandbox.url}/acs/challenge/${ares.acsTransID}`, fields)
    expect(cresOf(done).transStatus).toBe('N')
    expect(requestor.results).toMatchObject([{ interactionCounter: '03' }])
  })
})

describe('challenges that end by themselves', () => {
  test.each([
    ['0170', 'Y', 'Y', undefined],
    ['2070', 'Y', 'Y', undefined],
    ['0171', 'N', 'N', undefined],
    ['0179', 'N', 'N', '01'],
    ['0177', 'N', 'Y', undefined],
  ])('%s: RReq %s, CRes %s, cancelled %s', async (lastFour, inRreq, inCres, cancel) => {
    const done = await beginChallenge(await requestor.authenticate(lastFour))
    expect(requestor.results).toMatchObject([{ transStatus: inRreq }])
    expect(requestor.results[0]?.challengeCancel).toBe(cancel)
    expect(cresOf(done).transStatus).toBe(inCres)
  })

  test('in 2.1.0 too', async () => {
    const ares = await requestor.authenticate('1170', { messageVersion: '2.1.0' })
    const done = await beginChallenge(ares)
    expect(requestor.results).toMatchObject([{ messageVersion: '2.1.0', transStatus: 'Y' }])
    expect(cresOf(done).messageVersion).toBe('2.1.0')
  })

  test('one is abandoned: five seconds after its page it has timed out', async () => {
    const page = await beginChallenge(await requestor.authenticate('0178'))
    expect(formOf(page).code).toMatch(/^\d{6}$/)
    await sandbox.timers.advance(5_500)
    expect(await requestor.received(1)).toMatchObject([{ transStatus: 'N', challengeCancel: '04' }])
  })
})

describe('the journal', () => {
  test('holds neither a card number nor an expiry', async () => {
    const number = '4000000000003220'
    await beginChallenge(await requestor.authenticate(number))
    const text = await sandbox.journalText()
    expect(text).toContain('"challenge_step"')
    expect([text, number].filter((each) => each.includes(number))).toEqual([number])
    expect(text).not.toContain('"3412"')
  })
})

test('the oracle answers by the id of the transaction, and knows nothing else', async () => {
  const ares = await requestor.authenticate('0172')
  const list = await sandbox.call(
    'GET',
    `/sandbox/authentications?three_ds_server_trans_id=${ares.threeDSServerTransID}`,
  )
  expect(list.json).toMatchObject([
    { ds_trans_id: ares.dsTransID, answered: 'C', code: expect.stringMatching(/^\d{6}$/) },
  ])
  expect(await oracle(ares.dsTransID)).toMatchObject({ acs_trans_id: ares.acsTransID })
  const unknown = await send(
    undefined,
    `${sandbox.url}/sandbox/authentications/${'0'.repeat(36)}`,
    'GET',
    undefined,
    {},
  )
  expect(unknown.status).toBe(404)
})
