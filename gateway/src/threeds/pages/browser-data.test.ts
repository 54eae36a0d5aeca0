import { expect, it } from 'vitest'
import { browserFields, readBrowserData } from './browser-data.ts'

const headers = { accept: 'text/html', 'user-agent': 'Browser/1', 'accept-language': 'de-CH,de;q=0.9' }
const told = {
  script: '1',
  javaEnabled: '0',
  colorDepth: '30',
  screenWidth: '390',
  screenHeight: '844',
  timeZoneOffset: '-120',
  language: 'ja-JP',
  roomWidth: '390',
  roomHeight: '624',
}
const read = (fields: Record<string, string>) => readBrowserData(new URLSearchParams(fields), headers, null)

it('takes what the script told, and from the request what only that can tell', () => {
  expect(Object.keys(told)).toEqual([...browserFields])
  expect(read(told)).toEqual({
    acceptHeader: 'text/html',
    userAgent: 'Browser/1',
    ip: null,
    language: 'ja-JP',
    script: {
      javaEnabled: false,
      colorDepth: 30,
      screenWidth: 390,
      screenHeight: 844,
      timeZoneOffset: -120,
      room: { width: 390, height: 624 },
    },
  })
})

it('the empty form of the button says that scripts are off', () => {
  const empty = Object.fromEntries(browserFields.map((name) => [name, '']))
  expect(read(empty)).toMatchObject({ language: 'de-CH', script: null })
  expect(read({})).toMatchObject({ script: null })
})

it.each([
  ['colorDepth', '0'],
  ['screenWidth', '1000000'],
  ['screenHeight', '8e2'],
  ['timeZoneOffset', '900'],
  ['roomWidth', '-1'],
  ['roomHeight', ' 5'],
  ['script', 'yes'],
])('a %s of %j is no script’s work', (name, value) => {
  expect(read({ ...told, [name]: value }).script).toBeNull()
})

it('a language that is none does not travel on', () => {
  expect(read({ ...told, language: 'x"y' }).language).toBe('de-CH')
  expect(readBrowserData(new URLSearchParams(), {}, null)).toMatchObject({
    acceptHeader: '*/*',
    userAgent: 'unknown',
    language: 'en',
  })
})

it('headers are cut to what a message may hold', () => {
  const long = readBrowserData(new URLSearchParams(), { 'user-agent': 'x'.repeat(5_000) }, null)
  expect(long.userAgent).toHaveLength(2_048)
})
