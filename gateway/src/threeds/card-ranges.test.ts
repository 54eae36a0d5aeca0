import type { CardRange, PRes } from '@tessera/contracts/three-ds/messages/preparation'
import { enrolledRanges } from '@tessera/contracts/three-ds/test-issuers'
import { describe, expect, it } from 'vitest'
import { CardRanges } from './card-ranges.ts'

const range = (startRange: string, endRange = startRange, more: Partial<CardRange> = {}): CardRange => ({
  startRange,
  endRange,
  acsStartProtocolVersion: '2.1.0',
  acsEndProtocolVersion: '2.2.0',
  ...more,
})
const pres = (cardRangeData: CardRange[], more: Partial<PRes> = {}): PRes => ({
  messageType: 'PRes',
  messageVersion: '2.2.0',
  threeDSServerTransID: '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01',
  dsTransID: '0a4f8e21-7d66-4c1b-8e2d-1b2c3d4e5f03',
  serialNum: '1',
  dsStartProtocolVersion: '2.1.0',
  dsEndProtocolVersion: '2.2.0',
  cardRangeData,
  ...more,
})
function rangesOf(...list: CardRange[]): CardRanges {
  const ranges = new CardRanges()
  ranges.take(pres(list), false)
  return ranges
}
const digits = (number: string) => ({ bin: number.slice(0, 6), last4: number.slice(-4) })
const part = (version: string, methodUrl: string | null = null) => ({ kind: 'takes_part', version, methodUrl })
const none = { kind: 'takes_no_part' }

describe('a card', () => {
  it('takes part where a range holds a number like its own, and nowhere else', () => {
    const ranges = rangesOf(range('4012000000001000', '4012000000001999'), range('370000000000000', '379999999999999'))
    expect(ranges.find(digits('4012000000001881'))).toEqual(part('2.2.0'))
    expect(ranges.find(digits('378282246310005'))).toEqual(part('2.2.0'))
    expect(ranges.find(digits('4013000000001881'))).toEqual(none)
    expect(ranges.find(digits('5555555555554444'))).toEqual(none)
  })

  it('of a range of its own is not mistaken for its neighbours', () => {
    const own = range('4000000000003220', '4000000000003220', { threeDSMethodURL: 'https://acs.example/method' })
    const ranges = rangesOf(range('4000000000000000', '4000999999999999', { acsEndProtocolVersion: '2.1.0' }), own)
    expect(ranges.find(digits('4000000000003220'))).toEqual(part('2.2.0', 'https://acs.example/method'))
    expect(ranges.find(digits('4000000000003055'))).toEqual(part('2.1.0'))
  })

  it('that several ranges may hold gets what all of them can', () => {
    const ranges = rangesOf(
      range('4000990000000000', '4000994999999999', { threeDSMethodURL: 'https://a.example' }),
      range('4000995000000000', '4000999999999999', { acsEndProtocolVersion: '2.1.0' }),
    )
    expect(ranges.find(digits('4000999999999999'))).toEqual(part('2.1.0'))
  })

  it('whose issuer speaks nothing that we and the directory server do takes no part', () => {
    expect(
      rangesOf(
        range('4012000000001000', '4012000000001999', {
          acsStartProtocolVersion: '2.3.1',
          acsEndProtocolVersion: '2.3.1',
        }),
      ).find(digits('4012000000001881')),
    ).toEqual(none)
    const old = new CardRanges()
    old.take(pres([range('4012000000001000', '4012000000001999')], { dsEndProtocolVersion: '2.1.0' }), false)
    expect(old.find(digits('4012000000001881'))).toEqual(part('2.1.0'))
  })

  it('of every length is found in a range as wide as a scheme', () => {
    const ranges = rangesOf(
      range('4000000000000', '4999999999999'),
      range('6200000000000000000', '6299999999999999999'),
    )
    expect(ranges.find(digits('4222222222222'))).toEqual(part('2.2.0'))
    expect(ranges.find(digits('6205500000000000004'))).toEqual(part('2.2.0'))
  })
})

describe('an update', () => {
  it('adds, modifies and deletes, and says which serial number comes next', () => {
    const ranges = rangesOf(
      range('4012000000001000', '4012000000001999'),
      range('5555550000000000', '5555559999999999'),
    )
    ranges.take(
      pres(
        [
          range('4012000000001000', '4012000000001999', { actionInd: 'M', acsEndProtocolVersion: '2.1.0' }),
          range('5555550000000000', '5555559999999999', { actionInd: 'D' }),
          range('3700000000000', '3799999999999', { actionInd: 'A' }),
        ],
        { serialNum: '2' },
      ),
      true,
    )
    expect(ranges.serial).toBe('2')
    expect(ranges.find(digits('4012000000001881'))).toEqual(part('2.1.0'))
    expect(ranges.find(digits('5555555555554444'))).toEqual(none)
    expect(ranges.find(digits('3782822463105'))).toEqual(part('2.2.0'))
  })

  it('without ranges changes none; a whole list replaces them all', () => {
    const ranges = rangesOf(range('4012000000001000', '4012000000001999'))
    const { cardRangeData: _, ...unchanged } = pres([])
    ranges.take(unchanged, true)
    expect(ranges.find(digits('4012000000001881'))).toEqual(part('2.2.0'))
    ranges.take(pres([]), false)
    expect(ranges.find(digits('4012000000001881'))).toEqual(none)
  })
})

it('every card of the simulator that is a range of its own is found by its six and four digits', () => {
  const ranges = rangesOf(
    ...enrolledRanges.map(({ start, end, issuer }) =>
      range(start, end, { acsStartProtocolVersion: issuer.versions.start, acsEndProtocolVersion: issuer.versions.end }),
    ),
  )
  const single = enrolledRanges.filter(({ start, end }) => start === end)
  expect(single.length).toBeGreaterThan(400)
  for (const { start, issuer } of single) {
    expect([start, ranges.find(digits(start))]).toEqual([start, part(issuer.versions.end)])
  }
})
