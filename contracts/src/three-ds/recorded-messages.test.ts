import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkMessage, type Expectation } from './check-message.ts'
import { type MessageType, messageTypes } from './messages/erro.ts'

/** Messages recorded on a scheme's test platform (rbkmoney/three-ds-server, Apache-2.0). */
const file = new URL('../../../../shared/judges/three-ds/visa-messages.jsonl', import.meta.url)
const isThere = existsSync(file)
if (!isThere) process.stdout.write('Recorded 3-D Secure messages are not here: left out.\n')

interface Recorded {
  case: string
  message: Record<string, unknown> & { messageType: MessageType }
}

const recorded: Recorded[] = isThere
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Recorded)
  : []

/** What the AReq of the same case says and the other messages do not. */
function contextOf({ case: name }: Recorded): Pick<Expectation<MessageType>, 'deviceChannel' | 'messageCategory'> {
  const areq = recorded.find((each) => each.case === name.replace(/[^/]+$/, 'areq.json'))?.message
  return { deviceChannel: areq?.deviceChannel, messageCategory: areq?.messageCategory } as ReturnType<typeof contextOf>
}

const verdictOf = (each: Recorded, message: unknown, isoCodes: 'checked' | 'unchecked' = 'unchecked') =>
  checkMessage(message, { types: messageTypes, ...contextOf(each), isoCodes })

function without(message: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [name]: _, ...rest } = message
  return rest
}

/** Required of every AReq for a payment in a browser by the published element lists, whatever our tables say. */
const requiredInAreq = [
  'messageType messageVersion deviceChannel messageCategory acctNumber threeDSServerTransID threeDSServerRefNumber',
  'threeDSServerURL threeDSRequestorID threeDSRequestorName threeDSRequestorURL threeDSRequestorAuthenticationInd',
  'threeDSCompInd notificationURL browserAcceptHeader browserUserAgent browserLanguage acquirerBIN acquirerMerchantID',
  'mcc merchantCountryCode merchantName purchaseAmount purchaseCurrency purchaseExponent purchaseDate',
].flatMap((line) => line.split(' '))

describe.skipIf(!isThere)('messages recorded on a scheme’s platform', () => {
  test('are 81, of all kinds that were recorded', () => {
    expect(recorded).toHaveLength(81)
    expect([...new Set(recorded.map((each) => each.message.messageType))].sort()).toEqual(
      ['AReq', 'ARes', 'CReq', 'CRes', 'PReq', 'PRes', 'RReq', 'RRes'].sort(),
    )
  })

  test('pass, each of them', () => {
    const faults = recorded.flatMap((each) => {
      const verdict = verdictOf(each, each.message)
      return verdict.ok ? [] : [{ case: each.case, ...verdict.fault }]
    })
    expect(faults).toEqual([])
  })

  test('are faulted, with codes checked, for nothing but the countries and currencies that were drawn at random', () => {
    const faults = recorded.flatMap((each) => {
      const verdict = verdictOf(each, each.message, 'checked')
      return verdict.ok ? [] : [verdict.fault]
    })
    expect(new Set(faults.map((fault) => fault.errorCode))).toEqual(new Set(['304']))
    const elements = new Set(faults.flatMap((fault) => fault.errorDetail.split(',')))
    const drawn = ['billAddrCountry', 'shipAddrCountry', 'merchantCountryCode', 'merchantRiskIndicator.giftCardCurr']
    expect([...elements].filter((element) => !drawn.includes(element))).toEqual([])
  })

  test('fail as soon as a required element is taken out, and the fault names it', () => {
    const payments = recorded.filter(
      ({ message }) =>
        message.messageType === 'AReq' && message.deviceChannel === '02' && message.messageCategory === '01',
    )
    expect(payments.length).toBeGreaterThan(20)
    for (const each of payments) {
      for (const name of requiredInAreq) {
        const verdict = verdictOf(each, without(each.message, name))
        const expected = name === 'messageType' ? '101' : '201'
        expect({ name, verdict }).toMatchObject({ verdict: { ok: false, fault: { errorCode: expected } } })
        if (!verdict.ok) expect(verdict.fault.errorDetail).toContain(name)
      }
    }
  })

  test('fail when a text becomes too long or an element changes its type', () => {
    for (const each of recorded) {
      for (const [name, value] of Object.entries(each.message)) {
        if (name === 'threeDSRequestorURL' && each.message.messageType === 'PReq') continue
        if (name === 'browserJavascriptEnabled' && each.message.messageVersion === '2.1.0') continue
        const spoilt = typeof value === 'string' ? 'x'.repeat(70_000) : 'text'
        const verdict = verdictOf(each, { ...each.message, [name]: spoilt })
        expect({ case: each.case, name, ok: verdict.ok }).toEqual({ case: each.case, name, ok: false })
      }
    }
  })
})
