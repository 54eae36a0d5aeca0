import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkMessage, type Expectation, readMessage } from './check-message.ts'
import { erroAbout } from './error-codes.ts'
import { type MessageType, messageTypes } from './messages/erro.ts'
import { areqSample, aresSample, presSample, rreqSample, type Sample, samples } from './testing/sample-messages.ts'

const browserPayment = { deviceChannel: '02', messageCategory: '01' } as const

function faultOf(message: unknown, more: Partial<Expectation<MessageType>> = {}) {
  const verdict = checkMessage(message, { types: messageTypes, ...browserPayment, ...more })
  return verdict.ok ? null : `${verdict.fault.errorCode} ${verdict.fault.errorDetail}`
}

const without = (message: Sample, ...names: string[]): Sample =>
  Object.fromEntries(Object.entries(message).filter(([name]) => !names.includes(name)))

describe('a good message', () => {
  test.each(Object.keys(samples))('%s passes', (type) => {
    expect(faultOf(samples[type]?.())).toBeNull()
  })

  test('may hold elements that nobody knows', () => {
    expect(faultOf(areqSample({ somethingNew: { a: [1] } }))).toBeNull()
  })

  test('of 2.1.0 is not looked at for what came later', () => {
    expect(faultOf(areqSample({ messageVersion: '2.1.0', browserJavascriptEnabled: 'perhaps' }))).toBeNull()
  })
})

describe('what is required', () => {
  const always: Readonly<Record<string, string>> = {
    PReq: 'messageVersion threeDSServerTransID threeDSServerRefNumber',
    PRes: 'messageVersion threeDSServerTransID dsTransID dsStartProtocolVersion dsEndProtocolVersion',
    ARes: 'messageVersion threeDSServerTransID acsTransID dsTransID acsReferenceNumber dsReferenceNumber transStatus',
    CReq: 'messageVersion threeDSServerTransID acsTransID challengeWindowSize',
    CRes: 'messageVersion threeDSServerTransID acsTransID transStatus',
    RReq: 'messageVersion messageCategory threeDSServerTransID acsTransID dsTransID transStatus interactionCounter',
    RRes: 'messageVersion threeDSServerTransID acsTransID dsTransID resultsStatus',
    Erro: 'messageVersion errorCode errorComponent errorDescription errorDetail',
  }
  const cases = Object.entries(always).flatMap(([type, names]) => names.split(' ').map((name) => [type, name] as const))

  test.each(cases)('%s without %s is refused with 201 and its name', (type, name) => {
    expect(faultOf(without(samples[type]?.() ?? {}, name))).toBe(`201 ${name}`)
  })

  test('several that are missing are named together', () => {
    expect(faultOf(without(areqSample({ mcc: 'x' }), 'merchantName', 'browserTZ'))).toBe('201 browserTZ,merchantName')
  })

  test.each([
    ['a browser with JavaScript tells its screen', {}, ['browserScreenWidth'], '201 browserScreenWidth'],
    ['one without need not', { browserJavascriptEnabled: false }, ['browserScreenWidth', 'browserTZ'], null],
    ['2.1.0 knows no browser without', { messageVersion: '2.1.0' }, ['browserTZ'], '201 browserTZ'],
    ['2.1.0 does not ask for it', { messageVersion: '2.1.0' }, ['browserJavascriptEnabled'], null],
    ['2.2.0 does', {}, ['browserJavascriptEnabled'], '201 browserJavascriptEnabled'],
    ['no payment, no acquirer', { messageCategory: '02' }, ['mcc', 'acquirerBIN', 'purchaseAmount'], null],
    [
      'recurring payments say how often',
      { threeDSRequestorAuthenticationInd: '02' },
      [],
      '201 recurringExpiry,recurringFrequency',
    ],
    [
      'a recurring non-payment has an amount',
      {
        messageCategory: '02',
        threeDSRequestorAuthenticationInd: '02',
        recurringExpiry: '20310101',
        recurringFrequency: '30',
      },
      ['purchaseAmount'],
      '201 purchaseAmount',
    ],
    ['the requestor alone says why', { deviceChannel: '03' }, ['browserUserAgent'], '201 threeRIInd'],
    ['and needs no browser', { deviceChannel: '03', threeRIInd: '11' }, ['browserUserAgent', 'threeDSCompInd'], null],
    [
      'an app has its own elements',
      { deviceChannel: '01' },
      ['browserUserAgent'],
      '201 deviceRenderOptions,sdkAppID,sdkEphemPubKey,sdkMaxTimeout,sdkReferenceNumber,sdkTransID',
    ],
    ['a subdivision needs its country', { billAddrState: 'BY' }, [], '201 billAddrCountry'],
    ['a list status needs its source', { whiteListStatus: 'Y' }, [], '201 whiteListStatusSource'],
  ])('AReq: %s', (_, more, dropped, fault) => {
    expect(faultOf(without(areqSample(more as Sample), ...(dropped as string[])))).toBe(fault)
  })

  test('the issuer gets what the directory adds', () => {
    expect(faultOf(areqSample(), { leg: 'to_issuer' })).toBe('201 dsReferenceNumber,dsTransID,dsURL')
  })

  test.each([
    ['Y', {}, ['authenticationValue'], '201 authenticationValue'],
    ['A', {}, ['authenticationValue'], '201 authenticationValue'],
    ['I', {}, ['authenticationValue'], null],
    ['N', {}, [], '201 transStatusReason'],
    ['R', {}, [], '201 transStatusReason'],
    ['U', {}, [], '201 transStatusReason'],
    ['C', {}, [], '201 acsChallengeMandated,acsURL,authenticationType'],
    ['D', {}, [], '201 acsDecConInd,authenticationType'],
    ['D', { acsDecConInd: 'Y', authenticationType: '04' }, [], '201 cardholderInfo'],
  ])('ARes with %s and %o', (transStatus, more, dropped, fault) => {
    expect(faultOf(without(aresSample({ transStatus, ...(more as Sample) }), ...(dropped as string[])))).toBe(fault)
  })

  test.each([
    ['Y', ['authenticationValue'], '201 authenticationValue'],
    ['Y', ['authenticationType'], '201 authenticationType'],
    ['N', [], '201 transStatusReason'],
  ])('RReq with %s without %s', (transStatus, dropped, fault) => {
    expect(faultOf(without(rreqSample({ transStatus }), ...dropped))).toBe(fault)
  })

  test('a decoupled result counts no interactions', () => {
    expect(faultOf(without(rreqSample({ authenticationType: '04' }), 'interactionCounter'))).toBeNull()
  })
})

describe('formats', () => {
  test.each([
    ['acctNumber', '400000000000322'.slice(0, 12)],
    ['acctNumber', '40000000000032201234'],
    ['acctNumber', '4000 0000 0000 3220'],
    ['threeDSServerTransID', 'not-a-uuid'],
    ['messageCategory', '03'],
    ['threeDSCompInd', 'X'],
    ['notificationURL', `https://pay.example/${'x'.repeat(240)}`],
    ['notificationURL', 'javascript:alert(1)'],
    ['browserLanguage', 'far-too-long'],
    ['browserColorDepth', '30'],
    ['browserTZ', 'CET'],
    ['browserJavaEnabled', 'false'],
    ['cardExpiryDate', '3413'],
    ['cardholderName', 'Zoë'],
    ['purchaseAmount', '17.62'],
    ['purchaseDate', '20300231120000'],
    ['purchaseDate', '20300115250000'],
    ['threeDSRequestorChallengeInd', '10'],
    ['merchantName', 'x'.repeat(41)],
    ['mcc', '573'],
    ['email', 'nobody'],
    ['browserIP', 'localhost'],
    ['messageExtension', []],
    ['threeDSRequestorDecMaxTime', '10081'],
  ])('AReq with %s %j is refused with 203', (name, value) => {
    expect(faultOf(areqSample({ [name]: value }))).toBe(`203 ${name}`)
  })

  test('a null is a wrong format, not an absence', () => {
    expect(faultOf(areqSample({ email: null }))).toBe('203 email')
  })

  test('nested elements are named by their path', () => {
    const fault = faultOf(areqSample({ acctInfo: { chAccDate: 'today' }, homePhone: { cc: '49', subscriber: '+1' } }))
    expect(fault).toBe('203 acctInfo.chAccDate,homePhone.subscriber')
    expect(faultOf(areqSample({ homePhone: { cc: '49' } }))).toBe('201 homePhone.subscriber')
  })

  test('a card range must end where it starts or later, and at the same length', () => {
    const range = { acsStartProtocolVersion: '2.1.0', acsEndProtocolVersion: '2.2.0' }
    const pres = (startRange: string, endRange: string) =>
      faultOf(presSample({ cardRangeData: [{ startRange, endRange, ...range }] }))
    expect(pres('4000000000000000', '4000000000000000')).toBeNull()
    expect(pres('4000000000000001', '4000000000000000')).toBe('203 cardRangeData[0].endRange')
    expect(pres('4000000000000000', '40000000000000000')).toBe('203 cardRangeData[0].endRange')
  })

  test('what only 2.2.0 has is refused in 2.1.0', () => {
    expect(faultOf(areqSample({ messageVersion: '2.1.0', threeDSRequestorChallengeInd: '05' }))).toContain('203')
    expect(faultOf(aresSample({ messageVersion: '2.1.0', transStatus: 'I' }))).toBe('203 transStatus')
    const alone = areqSample({ messageVersion: '2.1.0', deviceChannel: '03', threeRIInd: '01' })
    expect(faultOf({ ...alone, recurringExpiry: '20310101', recurringFrequency: '30' })).toBe('203 messageCategory')
  })

  test('countries and currencies that ISO does not know are refused with 304, unless that is not to be checked', () => {
    const message = areqSample({ merchantCountryCode: '999', purchaseCurrency: '955' })
    expect(faultOf(message)).toBe('304 merchantCountryCode,purchaseCurrency')
    expect(faultOf(message, { isoCodes: 'unchecked' })).toBeNull()
  })
})

describe('the message as a whole', () => {
  test.each([[null], [[]], ['AReq'], [{}], [{ messageType: 'XReq' }]])('%j is refused with 101', (value) => {
    expect(faultOf(value)).toMatch(/^101 /)
  })

  test('a type that is not expected here is refused with 101', () => {
    expect(faultOf(areqSample(), { types: ['RReq'] })).toBe('101 messageType')
  })

  test('a version that is not spoken, or is not this transaction’s, is refused with 102 and those that are', () => {
    expect(faultOf(areqSample({ messageVersion: '2.3.1' }))).toBe('102 2.1.0,2.2.0')
    expect(faultOf(aresSample({ messageVersion: '2.2.0' }), { versions: ['2.1.0'] })).toBe('102 2.1.0')
  })

  test('an Erro may be of any version', () => {
    expect(faultOf(samples.Erro?.({ messageVersion: '2.3.1' }), { versions: ['2.1.0'] })).toBeNull()
  })

  test('a critical extension that is not understood is refused with 202', () => {
    const extension = { name: 'x', id: 'ext-1', criticalityIndicator: true, data: {} }
    expect(faultOf(areqSample({ messageExtension: [extension] }))).toBe('202 ext-1')
    expect(faultOf(areqSample({ messageExtension: [extension] }), { extensions: ['ext-1'] })).toBeNull()
    expect(faultOf(areqSample({ messageExtension: [{ ...extension, criticalityIndicator: false }] }))).toBeNull()
  })

  test.each([
    ['{', '101'],
    ['', '101'],
    ['{"messageType":"AReq","messageType":"AReq"}', '204'],
    ['\u00ff', '101'],
  ])('the bytes %j are refused with %s', (text, code) => {
    const verdict = readMessage(Buffer.from(text, 'latin1'), { types: messageTypes })
    expect(verdict).toMatchObject({ ok: false, fault: { errorCode: code } })
  })

  test('a fault becomes an Erro that is itself a good message, with the ids that could be read', () => {
    const verdict = checkMessage(areqSample({ mcc: undefined, acsTransID: '<script>' }), { types: ['AReq'] })
    if (verdict.ok) throw new Error('it passed')
    const erro = erroAbout(verdict.fault, 'D', '2.2.0')
    expect(erro).toMatchObject({ errorCode: '201', errorDetail: 'mcc', errorComponent: 'D', errorMessageType: 'AReq' })
    expect(erro.threeDSServerTransID).toBe(areqSample().threeDSServerTransID)
    expect(erro.acsTransID).toBeUndefined()
    expect(checkMessage(erro, { types: ['Erro'] }).ok).toBe(true)
  })

  test('whatever comes is judged, never thrown at', () => {
    const anything = fc.tuple(fc.constantFrom(...Object.keys(samples)), fc.dictionary(fc.string(), fc.jsonValue()))
    fc.assert(
      fc.property(anything, fc.string(), fc.jsonValue(), ([type, more], name, value) => {
        const sample = samples[type]?.() ?? {}
        const names = Object.keys(sample)
        const known = names[name.length % names.length] ?? name
        const verdict = checkMessage({ ...sample, ...more, [known]: value }, { types: messageTypes, ...browserPayment })
        if (verdict.ok) return
        const erro = erroAbout(verdict.fault, 'S', '2.2.0')
        expect(checkMessage(erro, { types: ['Erro'] })).toMatchObject({ ok: true })
      }),
    )
  })
})
