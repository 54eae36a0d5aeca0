import { expect, test } from 'vitest'
import { type BatcherOptions, createBatcher, QueueDeadlinePassed, QueueFull } from './batcher.ts'
import { ManualClock } from './clock.ts'
import { seededRandom } from './random.ts'
import { ManualTimers } from './timers.ts'

interface Row {
  id: number
  key?: string
}

/** A batcher whose writes are held open until the test answers them. */
function harness(options: Partial<BatcherOptions<Row, string>> = {}) {
  const clock = new ManualClock(0)
  const timers = new ManualTimers(clock)
  const writes: { rows: Row[]; succeed(): void; fail(error: unknown): void }[] = []
  const batcher = createBatcher<Row, string>({
    name: 'test',
    write: (rows) =>
      new Promise((resolve, reject) => {
        writes.push({
          rows: [...rows],
          succeed: () => resolve(rows.map((row) => `done ${row.id}`)),
          fail: reject,
        })
      }),
    aggregateKey: (row) => row.key ?? null,
    isPoison: (error) => error === 'poison',
    isRetryable: (error) => error === 'again',
    clock,
    timers,
    random: seededRandom(1),
    ...options,
  })
  function idsOf(write: number): number[] | undefined {
    return writes[write]?.rows.map((row) => row.id)
  }
  function writeAt(index: number) {
    const write = writes[index]
    if (write === undefined) throw new Error(`there is no write ${index}`)
    return write
  }
  return { batcher, clock, timers, writes, idsOf, writeAt }
}

async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
  await new Promise<void>((resolve) => setImmediate(resolve))
}

test('rows that arrive during a commit form the next batch, in order', async () => {
  const { batcher, idsOf, writeAt, writes } = harness({ lanes: 1 })
  const first = batcher.submit({ id: 1 })
  await nextTurn()
  const later = [2, 3, 4].map((id) => batcher.submit({ id }))
  await nextTurn()
  expect(writes.length).toBe(1)
  expect(batcher.queued).toBe(3)
  writeAt(0).succeed()
  expect(await first).toBe('done 1')
  await nextTurn()
  expect(idsOf(1)).toEqual([2, 3, 4])
  writeAt(1).succeed()
  expect(await Promise.all(later)).toEqual(['done 2', 'done 3', 'done 4'])
})

test('no more rows than maxBatch go into one statement, and no more statements than lanes run at once', async () => {
  const { batcher, idsOf, writes, writeAt } = harness({ maxBatch: 2, lanes: 2 })
  const all = [1, 2, 3, 4, 5].map((id) => batcher.submit({ id }))
  await nextTurn()
  expect([idsOf(0), idsOf(1), writes.length]).toEqual([[1, 2], [3, 4], 2])
  writeAt(1).succeed()
  await nextTurn()
  expect(idsOf(2)).toEqual([5])
  writeAt(0).succeed()
  writeAt(2).succeed()
  expect(await Promise.all(all)).toHaveLength(5)
})

test('a row is not answered before its statement has returned', async () => {
  const { batcher, writeAt } = harness()
  let answered = false
  const row = batcher.submit({ id: 1 }).then(() => {
    answered = true
  })
  await nextTurn()
  expect(answered).toBe(false)
  writeAt(0).succeed()
  await row
  expect(answered).toBe(true)
})

test('two rows of one aggregate never share a batch nor run at once, and keep their order', async () => {
  const { batcher, idsOf, writeAt, writes } = harness({ lanes: 2 })
  const rows = [{ id: 1, key: 'a' }, { id: 2, key: 'a' }, { id: 3 }, { id: 4, key: 'a' }, { id: 5, key: 'b' }].map(
    (row) => batcher.submit(row),
  )
  await nextTurn()
  expect([idsOf(0), writes.length]).toEqual([[1, 3, 5], 1])
  writeAt(0).succeed()
  await nextTurn()
  expect(idsOf(1)).toEqual([2])
  writeAt(1).succeed()
  await nextTurn()
  expect(idsOf(2)).toEqual([4])
  writeAt(2).succeed()
  await Promise.all(rows)
  expect(batcher.queued).toBe(0)
})

test('a row freed by its key goes before rows that arrived after it', async () => {
  const { batcher, idsOf, writeAt } = harness({ lanes: 1, maxBatch: 2 })
  const rows = [{ id: 1, key: 'a' }, { id: 2, key: 'a' }, { id: 3 }, { id: 4 }, { id: 5 }].map((row) =>
    batcher.submit(row),
  )
  await nextTurn()
  expect(idsOf(0)).toEqual([1, 3])
  writeAt(0).succeed()
  await nextTurn()
  expect(idsOf(1)).toEqual([2, 4])
  writeAt(1).succeed()
  await nextTurn()
  writeAt(2).succeed()
  await Promise.all(rows)
})

test('one poison row among many is rejected alone', async () => {
  const { batcher } = harness({
    write: async (rows) => {
      if (rows.some((row) => row.id === 37)) throw 'poison'
      return rows.map((row) => `done ${row.id}`)
    },
  })
  const ids = Array.from({ length: 100 }, (_, id) => id)
  const settled = await Promise.allSettled(ids.map((id) => batcher.submit({ id })))
  for (const id of ids) {
    expect(settled[id]).toEqual(
      id === 37 ? { status: 'rejected', reason: 'poison' } : { status: 'fulfilled', value: `done ${id}` },
    )
  }
})

test('an error that is neither poison nor retryable rejects every row of its batch with that cause, and no other', async () => {
  const { batcher, writeAt } = harness({ lanes: 1 })
  const failing = [1, 2].map((id) => batcher.submit({ id }))
  const verdict = Promise.allSettled(failing)
  await nextTurn()
  const unharmed = batcher.submit({ id: 3 })
  const cause = new Error('disk full')
  writeAt(0).fail(cause)
  expect(await verdict).toEqual([
    { status: 'rejected', reason: cause },
    { status: 'rejected', reason: cause },
  ])
  await nextTurn()
  writeAt(1).succeed()
  expect(await unharmed).toBe('done 3')
})

test('a retryable error runs the very same rows again, after growing pauses', async () => {
  class RecordingTimers extends ManualTimers {
    readonly pausesMs: number[] = []

    override async sleep(ms: number): Promise<void> {
      this.pausesMs.push(ms)
    }
  }
  const timers = new RecordingTimers()
  const batches: number[][] = []
  const { batcher } = harness({
    timers,
    write: async (rows) => {
      batches.push(rows.map((row) => row.id))
      if (batches.length < 4) throw 'again'
      return rows.map((row) => `done ${row.id}`)
    },
  })
  expect(await Promise.all([1, 2].map((id) => batcher.submit({ id })))).toEqual(['done 1', 'done 2'])
  expect(batches).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
    [1, 2],
  ])
  expect(timers.pausesMs).toHaveLength(3)
  expect(timers.pausesMs.map((ms, index) => ms >= 10 * 2 ** index && ms <= 20 * 2 ** index)).toEqual([true, true, true])
})

test('retries end: a connection that stays lost rejects the rows with the last error', async () => {
  let runs = 0
  const { batcher, timers } = harness({
    write: async () => {
      runs++
      throw 'again'
    },
  })
  const row = Promise.allSettled([batcher.submit({ id: 1 })])
  await timers.advance(60_000)
  expect(await row).toEqual([{ status: 'rejected', reason: 'again' }])
  expect(runs).toBe(8)
})

test('a full queue refuses at once and writes nothing of the refused row', async () => {
  const { batcher, idsOf, writeAt } = harness({ maxQueued: 2, lanes: 1 })
  const accepted = [1, 2].map((id) => batcher.submit({ id }))
  await expect(batcher.submit({ id: 3 })).rejects.toThrow(QueueFull)
  await nextTurn()
  expect(idsOf(0)).toEqual([1, 2])
  writeAt(0).succeed()
  await Promise.all(accepted)
})

test('rows that wait behind their key count towards the bound of the queue', async () => {
  const { batcher, writeAt } = harness({ maxQueued: 2, lanes: 2 })
  const running = batcher.submit({ id: 1, key: 'a' })
  await nextTurn()
  const waiting = [2, 3].map((id) => batcher.submit({ id, key: 'a' }))
  await expect(batcher.submit({ id: 4, key: 'a' })).rejects.toThrow(QueueFull)
  for (const write of [0, 1, 2]) {
    writeAt(write).succeed()
    await nextTurn()
  }
  await Promise.all([running, ...waiting])
})

test('a row that waited past its deadline is never written; those behind the same key are judged on their own', async () => {
  const { batcher, clock, idsOf, writeAt, writes } = harness({ lanes: 1, deadlineMs: 1000 })
  const first = batcher.submit({ id: 1, key: 'a' })
  await nextTurn()
  const late = Promise.allSettled([batcher.submit({ id: 2 }), batcher.submit({ id: 3, key: 'a' })])
  clock.advance(900)
  const inTime = batcher.submit({ id: 4, key: 'a' })
  clock.advance(100)
  writeAt(0).succeed()
  await first
  await nextTurn()
  for (const verdict of await late) {
    expect(verdict.status === 'rejected' && verdict.reason instanceof QueueDeadlinePassed).toBe(true)
  }
  expect(idsOf(1)).toEqual([4])
  writeAt(1).succeed()
  await inTime
  expect([writes.length, batcher.queued]).toEqual([2, 0])
})

test('drain waits for what is queued and what is in flight, and for nothing when idle', async () => {
  const { batcher, writeAt } = harness({ lanes: 1 })
  await batcher.drain()
  const rows = [batcher.submit({ id: 1, key: 'a' }), batcher.submit({ id: 2, key: 'a' })]
  let drained = false
  const draining = batcher.drain().then(() => {
    drained = true
  })
  await nextTurn()
  writeAt(0).succeed()
  await nextTurn()
  expect(drained).toBe(false)
  writeAt(1).succeed()
  await Promise.all(rows)
  await draining
})

test('a writer that answers too few outcomes gives nobody a wrong one', async () => {
  const { batcher } = harness({ write: async () => ['done'] })
  const settled = await Promise.allSettled([1, 2].map((id) => batcher.submit({ id })))
  expect(settled.map((verdict) => verdict.status)).toEqual(['rejected', 'rejected'])
})

test('whatever the sizes and keys, every row is answered once, by its own outcome, one row per key at a time', async () => {
  const random = seededRandom(7)
  const keysInFlight = new Set<string>()
  const written = new Map<number, number>()
  const { batcher } = harness({
    maxBatch: 5,
    lanes: 3,
    maxQueued: 10_000,
    write: async (rows) => {
      for (const row of rows) {
        if (row.key === undefined) continue
        if (keysInFlight.has(row.key)) throw new Error(`two rows of ${row.key} at once`)
        keysInFlight.add(row.key)
      }
      await new Promise<void>((resolve) => setImmediate(resolve))
      for (const row of rows) if (row.key !== undefined) keysInFlight.delete(row.key)
      if (rows.some((row) => row.id % 50 === 0)) throw 'poison'
      for (const row of rows) written.set(row.id, (written.get(row.id) ?? 0) + 1)
      return rows.map((row) => `done ${row.id}`)
    },
  })
  const answers: Promise<PromiseSettledResult<string>[]>[] = []
  for (let id = 0; id < 2000; id++) {
    const key = random.unit() < 0.5 ? `key ${Math.floor(random.unit() * 20)}` : undefined
    answers.push(Promise.allSettled([batcher.submit({ id, key })]))
    if (random.unit() < 0.1) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  const settled = (await Promise.all(answers)).flat()
  await batcher.drain()
  for (const [id, verdict] of settled.entries()) {
    expect(verdict).toEqual(
      id % 50 === 0 ? { status: 'rejected', reason: 'poison' } : { status: 'fulfilled', value: `done ${id}` },
    )
    expect(written.get(id) ?? 0).toBe(id % 50 === 0 ? 0 : 1)
  }
})
