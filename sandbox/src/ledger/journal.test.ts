import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RefundSettlementEntry } from './entries.ts'
import { type JournalEntry, JournalUnreadable, openJournal } from './journal.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tessera-journal-'))
  path = join(directory, 'deep', 'journal.jsonl')
})
afterEach(() => rm(directory, { recursive: true }))

const entry = (reference: string): RefundSettlementEntry => ({
  type: 'refund_settlement',
  atMs: 1,
  account: 'mer_1',
  reference,
  status: 'succeeded',
})

async function open() {
  const read: JournalEntry[] = []
  const failures: unknown[] = []
  const journal = await openJournal({
    path,
    read: (each) => read.push(each),
    onFailure: (cause) => failures.push(cause),
  })
  return { journal, read, failures }
}

const references = (entries: JournalEntry[]) => entries.flatMap((each) => ('reference' in each ? [each.reference] : []))

test('an entry is in the file by the time that its promise resolves', async () => {
  const { journal } = await open()
  await journal.append(entry('a'))
  expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(entry('a'))}\n`)
  await journal.close()
})

test('entries that arrive while one is being made durable share the next sync, in order', async () => {
  const { journal } = await open()
  const all = Array.from({ length: 1000 }, (_, index) => `r${index}`)
  await Promise.all(all.map((reference) => journal.append(entry(reference))))
  expect(journal.syncs).toBe(2)
  await journal.close()
  const again = await open()
  expect(references(again.read)).toEqual(all)
  await again.journal.close()
})

test('settled waits for everything that was appended before it', async () => {
  const { journal } = await open()
  void journal.append(entry('a'))
  void journal.append(entry('b'))
  await journal.settled()
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3)
  await journal.settled()
  await journal.close()
})

test('a last line that a crash left unfinished is cut off, and writing goes on after the last whole one', async () => {
  const first = await open()
  await first.journal.append(entry('a'))
  await first.journal.close()
  await appendFile(path, JSON.stringify(entry('torn')).slice(0, 30))
  const second = await open()
  expect(references(second.read)).toEqual(['a'])
  await second.journal.append(entry('b'))
  await second.journal.close()
  const third = await open()
  expect(references(third.read)).toEqual(['a', 'b'])
  await third.journal.close()
})

test('a damaged line in the middle refuses the start and leaves the file alone', async () => {
  const first = await open()
  await first.journal.close()
  const text = `${JSON.stringify(entry('a'))}\n{"type":"refund\n${JSON.stringify(entry('b'))}\n`
  await writeFile(path, text)
  await expect(open()).rejects.toThrow(JournalUnreadable)
  expect(await readFile(path, 'utf8')).toBe(text)
})

test('lines that cross the reading window are read whole', async () => {
  const first = await open()
  const long = 'x'.repeat(300_000)
  for (const letter of ['a', 'b', 'c', 'd', 'e']) await first.journal.append(entry(letter + long))
  await first.journal.close()
  const second = await open()
  expect(references(second.read).map((reference) => reference.length)).toEqual(Array(5).fill(300_001))
  await second.journal.close()
})

test('after a failed write nothing more is taken, and the owner is told', async () => {
  const { journal, failures } = await open()
  await journal.close()
  const lost = journal.append(entry('a'))
  await expect(lost).rejects.toThrow()
  expect(failures).toHaveLength(1)
  await expect(journal.append(entry('b'))).rejects.toThrow()
  await expect(journal.settled()).rejects.toThrow()
})
