import { expect, test } from 'vitest'
import { type BatcherOptions, createBatcher, QueueDeadlinePassed, QueueFull } from './batcher.ts'
import { ManualClock } from './clock.ts'
import { seededRandom } from './random.ts'
import { ManualTimers } from './timers.ts'

/** A batcher with no option but what it cannot do without. */
function plain(write: BatcherOptions<number, number>['write'], options: Partial<BatcherOptions<number, number>> = {}) {
  const clock = new ManualClock(60_000)
  const timers = new ManualTimers(clock)
  return {
    clock,
    batcher: createBatcher<number, number>({
      name: 'edges',
      write,
      clock,
      timers,
      random: seededRandom(1),
      ...options,
    }),
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('without keys all rows are free, and go together', async () => {
  const writes: number[][] = []
  const { batcher } = plain(async (rows) => {
    writes.push([...rows])
    return rows
  })
  expect(await Promise.all([7, 7, 7].map((row) => batcher.submit(row)))).toEqual([7, 7, 7])
  expect(writes).toEqual([[7, 7, 7]])
})

test('without a word on errors each row of a failed write gets its error, and the write is not repeated', async () => {
  let writes = 0
  const { batcher } = plain(async () => {
    writes += 1
    throw new Error('away')
  })
  const told = await Promise.allSettled([1, 2].map((row) => batcher.submit(row)))
  expect(told.map((each) => each.status === 'rejected' && (each.reason as Error).message)).toEqual(['away', 'away'])
  expect(writes).toBe(1)
})

test('a write that answers for too few rows fails, and says which batcher it was', async () => {
  const { batcher } = plain(async () => [])
  await expect(batcher.submit(1)).rejects.toThrow('"edges" answered 0 outcomes for 1 rows')
})

test('refusals of the queue have names and say which queue it was', async () => {
  const { batcher, clock } = plain(async (rows) => rows, { maxQueued: 1, deadlineMs: 10 })
  const waits = batcher.submit(1)
  const full = await batcher.submit(2).catch((error: Error) => error)
  expect(full).toBeInstanceOf(QueueFull)
  expect(full).toMatchObject({ name: 'QueueFull', message: 'the write queue "edges" is full' })
  clock.advance(10)
  const late = await waits.catch((error: Error) => error)
  expect(late).toBeInstanceOf(QueueDeadlinePassed)
  expect(late).toMatchObject({
    name: 'QueueDeadlinePassed',
    message: 'a row waited too long in the write queue "edges"',
  })
})

test('a row freed by its key waits behind rows that arrived before it', async () => {
  const writes: number[][] = []
  const { batcher } = plain(
    async (rows) => {
      writes.push([...rows])
      return rows
    },
    { lanes: 1, maxBatch: 1, aggregateKey: (row) => (row % 2 === 0 ? 'even' : null) },
  )
  await Promise.all([2, 1, 3, 4].map((row) => batcher.submit(row)))
  expect(writes).toEqual([[2], [1], [3], [4]])
})

test('without a word on size, 4096 rows may wait', async () => {
  const { batcher } = plain(async (rows) => rows)
  const waiting = Array.from({ length: 4_096 }, (_, row) => batcher.submit(row))
  await expect(batcher.submit(4_096)).rejects.toBeInstanceOf(QueueFull)
  expect(await Promise.all(waiting)).toHaveLength(4_096)
})

test('a write is not begun again when its time is over', async () => {
  let writes = 0
  const { batcher, clock } = plain(
    async () => {
      writes += 1
      clock.advance(15_000)
      throw new Error('again')
    },
    { isRetryable: () => true },
  )
  await expect(batcher.submit(1)).rejects.toThrow('again')
  expect(writes).toBe(1)
})

test('a long queue comes out whole and in order, however often its head is dropped', async () => {
  const seen: number[] = []
  const { batcher } = plain(
    async (rows) => {
      seen.push(...rows)
      return rows
    },
    { lanes: 1, maxBatch: 3, maxQueued: 10_000 },
  )
  const first = Array.from({ length: 4_000 }, (_, index) => index)
  const told = first.map((row) => batcher.submit(row))
  // While the queue is being emptied, more come: what is dropped of it must not take them along.
  for (let turn = 0; turn < 900; turn += 1) await nextTurn()
  const later = Array.from({ length: 2_000 }, (_, index) => 4_000 + index)
  told.push(...later.map((row) => batcher.submit(row)))
  expect(await Promise.all(told)).toEqual([...first, ...later])
  expect(seen).toEqual([...first, ...later])
  expect(batcher.queued).toBe(0)
})

test('no more writes are under way than there are lanes', async () => {
  let underWay = 0
  let most = 0
  const { batcher } = plain(
    async (rows) => {
      underWay += 1
      most = Math.max(most, underWay)
      await nextTurn()
      underWay -= 1
      return rows
    },
    { lanes: 2, maxBatch: 1 },
  )
  await Promise.all(Array.from({ length: 40 }, (_, row) => batcher.submit(row)))
  expect(most).toBe(2)
})
