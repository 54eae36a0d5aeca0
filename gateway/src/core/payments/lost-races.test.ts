import { timersOver } from '@tessera/lib/timers'
import { expect, it } from 'vitest'
import type { PaymentId } from '../ids.ts'
import { lostRaces } from './lost-races.ts'

const paymentId = '01jd0000000000000000000000' as PaymentId

/** Pauses after so many lost races in a row, for a loser of this luck. */
async function pausesMs(races: number, unit: number): Promise<number[]> {
  const pauses: number[] = []
  const timers = timersOver((ms, run) => {
    pauses.push(ms)
    queueMicrotask(run)
    return () => undefined
  })
  const lost = lostRaces({ timers, random: { unit: () => unit, bytes: Buffer.alloc } }, paymentId)
  for (let race = 0; race < races; race += 1) await lost()
  return pauses
}

it('whoever lost a race waits longer each time, up to a fifth of a second', async () => {
  expect(await pausesMs(8, 1)).toEqual([4, 8, 16, 32, 64, 128, 200, 200])
})

it('those who lost together do not come back together', async () => {
  expect(await pausesMs(3, 0)).toEqual([2, 4, 8])
})

it('after twenty-five lost races it is said that something is wrong', async () => {
  await expect(pausesMs(24, 0)).resolves.toHaveLength(24)
  await expect(pausesMs(25, 0)).rejects.toThrow(`payment ${paymentId} changed under 25 decisions in a row`)
})
