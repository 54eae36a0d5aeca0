import { Readable } from 'node:stream'
import type { CallGroup } from '@tessera/contracts/vault-protocol'
import type { Dispatcher } from 'undici'
import { expect, test } from 'vitest'
import { createCallGroups, VaultRefused } from './call-groups.ts'

/** A vault that answers a group with these chunks of text. */
function answering(status: number, chunksOf: (group: CallGroup) => string[]) {
  const groups: CallGroup[] = []
  const calls = createCallGroups(async (group) => {
    groups.push(group)
    const body = Object.assign(Readable.from(chunksOf(group)), { dump: async () => {} })
    return { statusCode: status, body } as unknown as Dispatcher.ResponseData
  })
  return { calls, groups }
}

test('calls of one moment share a request, and each gets its own answer in whatever order and pieces they come', async () => {
  const { calls, groups } = answering(200, (group) => {
    const lines = group.calls.map((call, index) => `${JSON.stringify({ index, status: 200, value: call.request })}\n`)
    return [...lines.reverse().join('')].map(String)
  })
  const answers = await Promise.all([1, 2, 3].map((request) => calls.call('/p', request, 1_000)))
  expect(answers).toEqual([1, 2, 3])
  expect(groups).toHaveLength(1)
})

test('a refused call does not touch the others of its group', async () => {
  const { calls } = answering(200, () => [
    '{"index":0,"status":409,"value":{"error":"no"}}\n{"index":1,"status":200,"value":"yes"}\n',
  ])
  const [refused, done] = await Promise.allSettled([calls.call('/p', 1, 1_000), calls.call('/p', 2, 1_000)])
  expect(refused.status === 'rejected' && refused.reason).toBeInstanceOf(VaultRefused)
  expect(done).toEqual({ status: 'fulfilled', value: 'yes' })
})

test('a call that was left unanswered is told so, after the others had their answers', async () => {
  const { calls } = answering(200, () => ['{"index":1,"status":200,"value":"yes"}\n', '{"index":0,"sta'])
  const [lost, done] = await Promise.allSettled([calls.call('/p', 1, 1_000), calls.call('/p', 2, 1_000)])
  expect(lost.status === 'rejected' && lost.reason.message).toContain('unanswered')
  expect(lost.status === 'rejected' && lost.reason).not.toBeInstanceOf(VaultRefused)
  expect(done).toEqual({ status: 'fulfilled', value: 'yes' })
})

test('a group that is refused whole was not acted on', async () => {
  const { calls } = answering(401, () => [])
  const [refused] = await Promise.allSettled([calls.call('/p', 1, 1_000)])
  expect(refused.status === 'rejected' && refused.reason).toMatchObject({ status: 401 })
})
