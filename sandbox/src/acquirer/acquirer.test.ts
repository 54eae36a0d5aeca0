import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { seededRandom } from '@tessera/lib/random'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AuthenticationBook } from '../acs/authentication-book.ts'
import { Journal } from '../ledger/journal.ts'
import { Ledger } from '../ledger/ledger.ts'
import { testDelays } from '../testing/running-sandbox.ts'
import { Acquirer } from './acquirer.ts'
import type { AuthorizeRequest } from './requests.ts'

const request: AuthorizeRequest = {
  account: 'mer_1',
  reference: 'att_1',
  amountMinor: 1000,
  currency: 'usd',
  capture: true,
  initiator: 'customer',
  networkTransactionId: null,
  authentication: null,
  exemption: null,
  card: { number: '4000000000007726', expMonth: 12, expYear: 2034, cvcSent: true, holder: null },
}
const refund = { account: 'mer_1', authorization: 'att_1', reference: 'ref_1', amountMinor: 5 }

let directory: string
let file: FileHandle
let syncs: PromiseWithResolvers<void>[]
let acquirer: Acquirer
let clock: ManualClock

/** A real file whose disk takes as long as the test wants. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tessera-acquirer-'))
  file = await open(join(directory, 'journal.jsonl'), 'a+')
  syncs = []
  const slowFile = {
    appendFile: (lines: string) => file.appendFile(lines),
    datasync() {
      const sync = Promise.withResolvers<void>()
      syncs.push(sync)
      return sync.promise
    },
  }
  clock = new ManualClock(Date.UTC(2030, 0, 15))
  const random = seededRandom(1)
  acquirer = new Acquirer({
    delays: { ...testDelays, settleAfterMs: 3_600_000 },
    ledger: new Ledger(),
    authentications: new AuthenticationBook(),
    journal: new Journal(slowFile as unknown as FileHandle, () => {}),
    clock,
    ids: createIds(clock, random),
    random,
  })
})
afterEach(async () => {
  await file.close()
  await rm(directory, { recursive: true })
})

async function nextSync(): Promise<PromiseWithResolvers<void>> {
  for (;;) {
    const sync = syncs.shift()
    if (sync !== undefined) return sync
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Collects the names of what has been answered so far. */
function watch(answers: Record<string, Promise<unknown>>): string[] {
  const answered: string[] = []
  for (const [name, answer] of Object.entries(answers)) void answer.then(() => answered.push(name))
  return answered
}

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('nothing is said that is not on disk', () => {
  test('neither the answer, nor its repetition, nor an inquiry, nor a refusal that rests on it', async () => {
    const answered = watch({
      first: acquirer.authorize(request),
      repeated: acquirer.authorize(request),
      reused: acquirer.authorize({ ...request, amountMinor: 1 }),
      inquiry: acquirer.inquire('mer_1', 'att_1'),
      oracle: acquirer.truth(),
    })
    const sync = await nextSync()
    await turns()
    expect(await readFile(join(directory, 'journal.jsonl'), 'utf8')).toContain('"reference":"att_1"')
    expect(answered).toEqual([])
    sync.resolve()
    await turns()
    expect(answered.sort()).toEqual(['first', 'inquiry', 'oracle', 'repeated', 'reused'])
  })

  test('nor a settlement that an inquiry has just brought about', async () => {
    const paid = acquirer.authorize(request)
    ;(await nextSync()).resolve()
    await paid
    const pending = acquirer.refund(refund)
    ;(await nextSync()).resolve()
    expect((await pending).body).toContain('"status":"pending"')
    clock.advance(60_000)
    const inquiry = acquirer.inquire('mer_1', 'ref_1')
    const answered = watch({ inquiry })
    const sync = await nextSync()
    await turns()
    expect(answered).toEqual([])
    sync.resolve()
    expect((await inquiry).body).toContain('"status":"succeeded"')
  })

  test('nor a line of the report that this very look has brought about', async () => {
    const paid = acquirer.authorize(request)
    ;(await nextSync()).resolve()
    await paid
    clock.advance(3_600_000)
    const report = acquirer.report('mer_1', 0, 10)
    const answered = watch({ report })
    const sync = await nextSync()
    await turns()
    expect(answered).toEqual([])
    sync.resolve()
    expect((await report).body).toContain('"kind":"settled"')
  })

  test('nor anything at all once the disk has failed', async () => {
    const first = acquirer.authorize(request)
    ;(await nextSync()).reject(new Error('no space'))
    await expect(first).rejects.toThrow('no space')
    await expect(acquirer.authorize(request)).rejects.toThrow('no space')
    await expect(acquirer.inquire('mer_1', 'att_1')).rejects.toThrow('no space')
  })
})
