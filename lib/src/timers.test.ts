import { describe, expect, test } from 'vitest'
import { ManualClock } from './clock.ts'
import { ManualTimers, realTimers, type Timers } from './timers.ts'

/** Real time passes by itself, so the promises below are about order and about what never happens. */
const kinds: { name: string; start(): { timers: Timers; pass(ms: number): Promise<void> } }[] = [
  { name: 'real timers', start: () => ({ timers: realTimers, pass: (ms) => realTimers.sleep(ms) }) },
  {
    name: 'manual timers',
    start: () => {
      const timers = new ManualTimers()
      return { timers, pass: (ms) => timers.advance(ms) }
    },
  },
]

describe.each(kinds)('$name', ({ start }) => {
  test('a cancelled run never happens', async () => {
    const { timers, pass } = start()
    const ran: string[] = []
    timers.after(5, () => ran.push('cancelled')).cancel()
    timers.after(5, () => ran.push('kept'))
    await pass(50)
    expect(ran).toEqual(['kept'])
  })

  test('repeated runs end when stopped, also from within the run', async () => {
    const { timers, pass } = start()
    let runs = 0
    const repeated = timers.every(2, () => {
      runs++
      if (runs === 3) repeated.stop()
    })
    for (let waits = 0; waits < 1_000 && runs < 3; waits++) await pass(2)
    await pass(20)
    expect(runs).toBe(3)
  })

  test('an aborted sleep rejects with the reason', async () => {
    const { timers } = start()
    const controller = new AbortController()
    const asleep = timers.sleep(60_000, controller.signal)
    controller.abort('shut down')
    await expect(asleep).rejects.toBe('shut down')
    await expect(timers.sleep(60_000, controller.signal)).rejects.toBe('shut down')
  })
})

test('manual timers run what is due in order of time and move the clock with them', async () => {
  const clock = new ManualClock(0)
  const timers = new ManualTimers(clock)
  const seen: string[] = []
  timers.after(30, () => seen.push(`b at ${clock.now()}`))
  timers.after(10, () => seen.push(`a at ${clock.now()}`))
  timers.after(31, () => seen.push('too early'))
  await timers.advance(30)
  expect(seen).toEqual(['a at 10', 'b at 30'])
  expect([clock.now(), timers.waiting]).toEqual([30, 1])
})

test('manual time waits for code that sleeps again after waking', async () => {
  const timers = new ManualTimers()
  let rounds = 0
  const loop = (async () => {
    while (rounds < 5) {
      await timers.sleep(10)
      rounds++
    }
  })()
  await timers.advance(50)
  expect(rounds).toBe(5)
  await loop
})
