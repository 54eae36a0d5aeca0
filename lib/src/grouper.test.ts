import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createGrouper } from './grouper.ts'

test('rows of one turn are handed on together, those of later turns apart, none twice', async () => {
  const groups: number[][] = []
  const grouper = createGrouper<number>({ max: 3, write: (rows) => groups.push(rows) })
  for (const row of [1, 2, 3, 4]) grouper.add(row)
  await Promise.resolve().then(() => grouper.add(5))
  await nextTurn()
  grouper.add(6)
  await nextTurn()
  expect(groups).toEqual([[1, 2, 3], [4, 5], [6]])
})

test('a row that is added while a group is handed on belongs to the next group', async () => {
  const groups: number[][] = []
  const grouper = createGrouper<number>({
    max: 10,
    write: (rows) => {
      groups.push(rows)
      if (rows[0] === 1) grouper.add(2)
    },
  })
  grouper.add(1)
  await nextTurn()
  await nextTurn()
  expect(groups).toEqual([[1], [2]])
})
