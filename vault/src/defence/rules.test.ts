import { challengeBits } from '@tessera/contracts/token-challenge'
import { expect, test } from 'vitest'
import { demandOf, type Evidence, isFencedOff } from './rules.ts'
import { CardHistory, Tally } from './tally.ts'

const nothingKnown = (): Evidence => ({
  card: new CardHistory(),
  run: new Tally(),
  range: new Tally(),
  shop: new Tally(),
  host: new Tally(),
  network: new Tally(),
  fencedRanges: 0,
})

function tallyOf(o: { tried?: number; approved?: number; declined?: number; probed?: number }): Tally {
  const tally = new Tally()
  for (let card = 0; card < (o.tried ?? 0); card += 1) tally.seen(`tried ${card}`)
  for (let card = 0; card < (o.approved ?? 0); card += 1) tally.answered(`approved ${card}`, 'approved')
  for (let card = 0; card < (o.declined ?? 0); card += 1) tally.answered(`declined ${card}`, 'declined')
  for (let card = 0; card < (o.probed ?? 0); card += 1) tally.answered(`probed ${card}`, 'probed')
  return tally
}

test('nobody of whom nothing is known is asked for anything', () => {
  expect(demandOf(nothingKnown(), 0)).toEqual({ kind: 'none' })
})

test('one shopper with three declined cards is asked for nothing', () => {
  expect(demandOf({ ...nothingKnown(), host: tallyOf({ tried: 3, declined: 3 }) }, 0)).toEqual({ kind: 'none' })
})

test('one card used a thousand times from one address is one card', () => {
  const evidence = nothingKnown()
  for (let use = 0; use < 1_000; use += 1) {
    evidence.card.seen(3)
    for (const tally of [evidence.host, evidence.range, evidence.run, evidence.shop]) tally?.seen('the card')
    for (const tally of [evidence.host, evidence.range, evidence.run, evidence.shop])
      tally?.answered('the card', 'approved')
  }
  expect(demandOf(evidence, 0)).toEqual({ kind: 'none' })
})

test('an address with more and more declined cards works harder and harder, and is refused in the end', () => {
  const demands = [2, 3, 5, 7, 8].map((probed) => demandOf({ ...nothingKnown(), host: tallyOf({ probed }) }, 0))
  expect(demands).toEqual([
    { kind: 'none' },
    { kind: 'challenge', bits: challengeBits.least, because: 'address' },
    { kind: 'challenge', bits: challengeBits.least + 2, because: 'address' },
    { kind: 'challenge', bits: challengeBits.least + 4, because: 'address' },
    { kind: 'refuse', because: 'address' },
  ])
})

test('a hundred shoppers behind one address, most of them approved, are asked for nothing', () => {
  const host = tallyOf({ approved: 88, declined: 12 })
  for (let card = 0; card < 88; card += 1) host.seen(`approved ${card}`)
  for (let card = 0; card < 12; card += 1) host.seen(`declined ${card}`)
  expect(demandOf({ ...nothingKnown(), host }, 0)).toEqual({ kind: 'none' })
})

test('cards that are never paid with raise suspicion by their number alone', () => {
  expect(demandOf({ ...nothingKnown(), host: tallyOf({ tried: 14 }) }, 0).kind).toBe('none')
  expect(demandOf({ ...nothingKnown(), host: tallyOf({ tried: 15 }) }, 0).kind).toBe('challenge')
  expect(demandOf({ ...nothingKnown(), host: tallyOf({ tried: 60 }) }, 0).kind).toBe('refuse')
})

test('a network is slowed and never refused', () => {
  const demand = demandOf({ ...nothingKnown(), network: tallyOf({ tried: 5_000, probed: 2_000 }) }, 0)
  expect(demand).toEqual({ kind: 'challenge', bits: challengeBits.most, because: 'network' })
})

test('one number with many security codes is found out before any issuer says so', () => {
  const evidence = nothingKnown()
  for (let variant = 0; variant < 4; variant += 1) evidence.card.seen(variant)
  expect(demandOf(evidence, 0)).toMatchObject({ kind: 'challenge', because: 'card' })
  for (let variant = 4; variant < 7; variant += 1) evidence.card.seen(variant)
  expect(demandOf(evidence, 0)).toEqual({ kind: 'refuse', because: 'card' })
})

test('numbers in a row are found out before any issuer says so, unless they are approved', () => {
  expect(demandOf({ ...nothingKnown(), run: tallyOf({ tried: 8 }) }, 0)).toEqual({ kind: 'refuse', because: 'run' })
  expect(demandOf({ ...nothingKnown(), run: tallyOf({ tried: 8, approved: 6 }) }, 0)).toEqual({ kind: 'none' })
})

test('a range of declined cards is fenced off, and one with approvals is not', () => {
  expect(isFencedOff(tallyOf({ probed: 2 }), 0, 0)).toBe(false)
  expect(isFencedOff(tallyOf({ probed: 3 }), 0, 0)).toBe(true)
  expect(isFencedOff(tallyOf({ declined: 5 }), 0, 0)).toBe(false)
  expect(isFencedOff(tallyOf({ declined: 6 }), 0, 0)).toBe(true)
  expect(isFencedOff(tallyOf({ declined: 12, approved: 88 }), 0, 0)).toBe(false)
})

test('what is on its way counts once cards of the range were declined, and is forgotten when no answer comes', () => {
  const range = tallyOf({ probed: 2 })
  range.goesOn(1_000)
  range.goesOn(1_000)
  expect(isFencedOff(range, 0, 1_000)).toBe(true)
  expect(isFencedOff(range, 0, 12_000)).toBe(false)
  const fresh = new Tally()
  for (let attempt = 0; attempt < 200; attempt += 1) fresh.goesOn(1_000)
  expect(isFencedOff(fresh, 0, 1_000)).toBe(false)
})

test('where three ranges are fenced off, the next ones are sooner', () => {
  expect(isFencedOff(tallyOf({ probed: 2 }), 3, 0)).toBe(true)
})

test('a shop where nearly everything is declined asks everybody for a little work', () => {
  const shop = tallyOf({ probed: 200, approved: 20 })
  expect(demandOf({ ...nothingKnown(), shop }, 0)).toEqual({
    kind: 'challenge',
    bits: challengeBits.least,
    because: 'shop',
  })
  expect(demandOf({ ...nothingKnown(), shop: tallyOf({ declined: 200, approved: 1_000 }) }, 0).kind).toBe('none')
})
