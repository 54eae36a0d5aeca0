import { checkMessage } from '@tessera/contracts/three-ds/check-message'
import { erroSample, presSample, type Sample } from '@tessera/contracts/three-ds/testing/sample-messages'
import { ManualClock } from '@tessera/lib/clock'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { beforeEach, expect, it } from 'vitest'
import { createCardRangeCache } from './card-range-cache.ts'

const card = { bin: '401200', last4: '1881' }
const takesPart = { kind: 'takes_part', version: '2.2.0', methodUrl: 'https://acs.example/method' }
const hourMs = 3_600_000

let clock: ManualClock
let asked: Sample[]
let answers: ((preq: Sample) => Sample | Error)[]
let cache: ReturnType<typeof createCardRangeCache>

beforeEach(() => {
  clock = new ManualClock(1_900_000_000_000)
  asked = []
  answers = []
  const link = {
    isKnown: () => true,
    async post(_mode: string, path: string, preq: unknown) {
      expect(path).toBe('/card-ranges')
      expect(checkMessage(preq, { types: ['PReq'] })).toMatchObject({ ok: true })
      asked.push(preq as Sample)
      const answer = answers.shift()?.(preq as Sample)
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('nobody there')
      return Buffer.from(JSON.stringify(answer))
    },
  }
  const log = createLogger({ process: 'test', clock, level: 'silent' })
  cache = createCardRangeCache({ link, clock, random: secureRandom, log })
})

const whole = (preq: Sample) => presSample({ threeDSServerTransID: preq.threeDSServerTransID })
const nothingNew = (preq: Sample) =>
  presSample({ threeDSServerTransID: preq.threeDSServerTransID, serialNum: '11', cardRangeData: [] })
const find = () => cache.find('test', card)
/** What was begun in the background has ended. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

it('the first look-ups wait for one list, and all others are answered from memory', async () => {
  answers = [whole]
  expect(await Promise.all([find(), find(), find()])).toEqual([takesPart, takesPart, takesPart])
  expect(await find()).toEqual(takesPart)
  expect(asked).toHaveLength(1)
  expect(asked[0]).not.toHaveProperty('serialNum')
})

it('after an hour the changes are asked for, and nobody waits for them', async () => {
  answers = [whole, nothingNew]
  await find()
  clock.advance(hourMs)
  expect(await find()).toEqual(takesPart)
  await settle()
  expect(asked[1]?.serialNum).toBe('10')
  clock.advance(hourMs)
  answers = [nothingNew]
  await find()
  await settle()
  expect(asked[2]?.serialNum).toBe('11')
})

it('a serial number that is no longer known begins anew', async () => {
  answers = [whole, () => erroSample({ errorCode: '307', errorDetail: 'serialNum', errorMessageType: 'PReq' }), whole]
  await find()
  clock.advance(hourMs)
  await find()
  await settle()
  expect(asked.map(({ serialNum }) => serialNum)).toEqual([undefined, '10', undefined])
  expect(await find()).toEqual(takesPart)
})

it('a directory server that is away, or not itself, leaves what is known; without that nothing is known', async () => {
  expect(await find()).toEqual({ kind: 'unknown' })
  expect(await find()).toEqual({ kind: 'unknown' })
  expect(asked).toHaveLength(1)
  clock.advance(10_000)
  answers = [whole]
  expect(await find()).toEqual(takesPart)
  clock.advance(hourMs)
  answers = [() => presSample(), () => erroSample(), () => new Error('timeout'), () => ({ messageType: 'PRes' })]
  for (let tries = 0; tries < 4; tries += 1) {
    expect(await find()).toEqual(takesPart)
    await settle()
    clock.advance(10_000)
  }
  expect(asked).toHaveLength(6)
})

it('modes have lists of their own', async () => {
  answers = [whole]
  await find()
  expect(await cache.find('live', card)).toEqual({ kind: 'unknown' })
  expect(asked).toHaveLength(2)
})
