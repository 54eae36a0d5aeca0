import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { windowThatFits } from './challenge-windows.ts'
import { eciTableOf, shiftsLiability } from './eci.ts'
import { decodeBase64url, encodeJson, readEncoded, readMethodData } from './encoding.ts'
import { creqSample } from './testing/sample-messages.ts'
import { newestVersionWithin } from './versions.ts'

describe('form fields', () => {
  test('a message comes back as it went, padded or not', () => {
    const encoded = encodeJson(creqSample())
    expect(encoded).toMatch(/^[A-Za-z0-9_-]+$/)
    const padded = encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=')
    for (const text of [encoded, padded]) {
      expect(readEncoded(text, { types: ['CReq'] })).toEqual({ ok: true, message: { ...creqSample() } })
    }
  })

  test('any bytes come back as they went', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        expect(decodeBase64url(Buffer.from(bytes).toString('base64url'))).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test.each(['', 'a', 'ab+/', 'ab cd', 'ab=', 'abc==', 'abcd====', `${'a'.repeat(65_537)}`])(
    'a field like %j is refused',
    (text) => {
      expect(decodeBase64url(text)).toBeUndefined()
      expect(readEncoded(text, { types: ['CReq'] })).toMatchObject({ ok: false, fault: { errorCode: '101' } })
    },
  )

  test('what is no message is refused, not thrown at', () => {
    expect(readEncoded(encodeJson([1]), { types: ['CReq'] })).toMatchObject({ fault: { errorCode: '101' } })
    expect(readEncoded(Buffer.from('{').toString('base64url'), { types: ['CReq'] })).toMatchObject({ ok: false })
  })

  test('method data needs an id, and a notification URL of the web', () => {
    const threeDSServerTransID = creqSample().threeDSServerTransID as string
    const notification = { threeDSServerTransID, threeDSMethodNotificationURL: 'https://pay.example/method/abc' }
    expect(readMethodData(encodeJson(notification))).toEqual(notification)
    expect(readMethodData(encodeJson({ threeDSServerTransID }))).toEqual({ threeDSServerTransID })
    expect(
      readMethodData(encodeJson({ threeDSServerTransID, threeDSMethodNotificationURL: 'data:,x' })),
    ).toBeUndefined()
    expect(readMethodData(encodeJson({ threeDSServerTransID: '1' }))).toBeUndefined()
    expect(readMethodData(encodeJson(null))).toBeUndefined()
    expect(readMethodData('%')).toBeUndefined()
  })
})

test.each([
  [1920, 1080, '03'],
  [600, 599, '04'],
  [599, 599, '02'],
  [390, 400, '02'],
  [389, 700, '01'],
  [249, 700, '05'],
])('into %i × %i the window %s fits', (width, height, size) => {
  expect(windowThatFits(width, height)).toBe(size)
})

test('the newest common version is taken, and none where there is none', () => {
  const range = (start: string, end: string) => ({ start, end })
  expect(newestVersionWithin(range('2.1.0', '2.2.0'), range('2.1.0', '2.3.1'))).toBe('2.2.0')
  expect(newestVersionWithin(range('2.1.0', '2.2.0'), range('2.1.0', '2.1.0'))).toBe('2.1.0')
  expect(newestVersionWithin(range('2.2.0', '2.2.0'), range('2.1.0', '2.1.0'))).toBeNull()
  expect(newestVersionWithin(range('2.3.0', '2.3.1'))).toBeNull()
})

test('electronic commerce indicators are the scheme’s own', () => {
  expect(eciTableOf('visa')).toMatchObject({ authenticated: '05', attempted: '06', none: '07' })
  expect(eciTableOf('maestro')).toMatchObject({ authenticated: '02', attempted: '01', none: '00' })
  expect([shiftsLiability('visa', '07'), shiftsLiability('mastercard', '07')]).toEqual([false, true])
  expect([shiftsLiability('jcb', '06'), shiftsLiability('mastercard', '06')]).toEqual([true, false])
  expect(shiftsLiability('visa', null)).toBe(false)
})
