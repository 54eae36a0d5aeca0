import type { CardTestingAlert } from '@tessera/contracts/vault-protocol'
import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { seededRandom } from '@tessera/lib/random'
import { ManualTimers } from '@tessera/lib/timers'
import { describe, expect, it } from 'vitest'
import type { AlertEvent } from '../events.ts'
import { createAlertLoop, createAlertReader } from './alert-loop.ts'

const nowMs = 1_800_000_000_000
const [keptForMs, acknowledgedMax] = [30 * 60_000, 50]

const alertOf = (number: number): CardTestingAlert => ({
  alertId: `alert_${number}`,
  merchantId: 'mer_1',
  mode: 'live',
  suspicion: 'range',
  outcome: 'refused',
  atMs: nowMs - 700,
})

/** So many vault processes behind one address, which are asked in turn, and a store that can fail. */
function scripted(processes = 1) {
  const clock = new ManualClock(nowMs)
  const random = seededRandom(7)
  const outstanding = Array.from({ length: processes }, () => new Map<string, CardTestingAlert>())
  const said: (readonly string[])[] = []
  const committed: AlertEvent[] = []
  const lines: string[] = []
  const world = { isAway: false, storeFails: false }
  const parts = {
    clock,
    random,
    ids: createIds(clock, random),
    timers: new ManualTimers(clock),
    log: createLogger({ process: 'test', clock, level: 'warn', write: (line) => lines.push(line) }),
    vault: {
      alertBounds: { keptForMs, acknowledgedMax },
      cardTestingAlerts: async (acknowledged: readonly string[]) => {
        said.push(acknowledged)
        if (world.isAway) throw new Error('away')
        const asked = outstanding[(said.length - 1) % processes] as Map<string, CardTestingAlert>
        for (const alertId of acknowledged) asked.delete(alertId)
        return [...asked.values()]
      },
    },
    alertStore: {
      record: async (events: readonly AlertEvent[]) => {
        if (world.storeFails) throw new Error('database gone')
        committed.push(...events)
        return events.length
      },
    },
  }
  const raise = (number: number, process = 0) => outstanding[process]?.set(`alert_${number}`, alertOf(number))
  return { parts, world, raise, outstanding, said, committed, lines }
}

describe('alerts of the vault', () => {
  it('become one event each, and are acknowledged with the next call', async () => {
    const { parts, raise, said, committed, outstanding } = scripted()
    const reader = createAlertReader(parts)
    raise(1)
    expect(await reader.run()).toBe(1)
    expect(await reader.run()).toBe(0)
    expect(said).toEqual([[], ['alert_1']])
    expect(outstanding[0]?.size).toBe(0)
    expect(committed).toEqual([
      {
        merchantId: 'mer_1',
        eventId: expect.stringMatching(/^evt_[0-9a-z]{26}$/),
        mode: 'live',
        alert: { alertId: 'alert_1', suspicion: 'range', outcome: 'refused', suspectedAtMs: nowMs - 700 },
        sequence: 1,
        publicSequence: 1,
        type: 'card_testing.suspected',
        createdAtMs: nowMs,
      },
    ])
  })

  it('are acknowledged to no vault before their events are committed', async () => {
    const { parts, world, raise, said, committed } = scripted()
    const reader = createAlertReader(parts)
    raise(1)
    world.storeFails = true
    await expect(reader.run()).rejects.toThrow('database gone')
    world.storeFails = false
    expect(await reader.run()).toBe(1)
    expect(said).toEqual([[], []])
    expect(committed).toHaveLength(1)
  })

  it('reach each vault process that has one, however calls fall', async () => {
    const { parts, raise, committed, outstanding } = scripted(2)
    const reader = createAlertReader(parts)
    raise(1, 0)
    raise(2, 1)
    for (let call = 0; call < 4; call += 1) await reader.run()
    expect(committed.map(({ alert }) => alert.alertId)).toEqual(['alert_1', 'alert_2'])
    expect(outstanding.map(({ size }) => size)).toEqual([0, 0])
  })

  it('are remembered as long as a vault could tell them again, and no more of them than a call may name', async () => {
    const { parts, raise, said } = scripted()
    const reader = createAlertReader(parts)
    for (let number = 0; number < acknowledgedMax + 5; number += 1) raise(number)
    await reader.run()
    await reader.run()
    expect(said[1]).toHaveLength(acknowledgedMax)
    expect(said[1]?.at(-1)).toBe(`alert_${acknowledgedMax + 4}`)
    parts.clock.advance(keptForMs)
    await reader.run()
    expect(said[2]).toEqual([])
  })
})

describe('the loop', () => {
  it('asks more rarely while there is nothing, up to every five seconds, and soon again after an alert', async () => {
    const { parts, raise, said, committed } = scripted()
    const loop = createAlertLoop(parts)
    loop.start()
    await parts.timers.advance(60_000)
    expect(said.length).toBeGreaterThan(10)
    expect(said.length).toBeLessThan(20)
    raise(1)
    await parts.timers.advance(6_000)
    expect(committed).toHaveLength(1)
    expect(said.at(-1)).toEqual(['alert_1'])
    await loop.stop()
  })

  it('tells once that the vault is away, asks it ever more rarely, and goes on when it is back', async () => {
    const { parts, world, raise, said, committed, lines } = scripted()
    const loop = createAlertLoop(parts)
    world.isAway = true
    raise(1)
    loop.start()
    await parts.timers.advance(10 * 60_000)
    expect(said.length).toBeLessThan(20)
    expect(lines).toHaveLength(1)
    world.isAway = false
    await parts.timers.advance(70_000)
    expect(committed).toHaveLength(1)
    await loop.stop()
    const calls = said.length
    await parts.timers.advance(60_000)
    expect(said.length).toBe(calls)
  })
})
