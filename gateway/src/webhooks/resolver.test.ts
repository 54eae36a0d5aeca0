import { afterEach, expect, test } from 'vitest'
import { createResolver } from './resolver.ts'
import { startNameServer } from './testing/name-server.ts'

let stop: (() => Promise<void>) | undefined
afterEach(() => stop?.())

/** `timeoutMs`: longer than an answer takes however busy the machine is. */
async function resolverOver(answer: (name: string) => string[] | 'silence', timeoutMs = 20_000) {
  const server = await startNameServer(answer)
  stop = server.stop
  return createResolver({ timeoutMs, tries: 1, servers: [server.address] })
}

test('all addresses of a name are given', async () => {
  const resolve = await resolverOver((name) => (name === 'shop.example' ? ['192.0.2.1', '192.0.2.2'] : []))
  expect((await resolve('shop.example')).toSorted()).toEqual(['192.0.2.1', '192.0.2.2'])
})

test('nothing is remembered: a name server that changes its mind is heard', async () => {
  const answers = [['192.0.2.1'], ['127.0.0.1']]
  let asked = 0
  const resolve = await resolverOver(() => answers[Math.floor(asked++ / 2)] ?? [])
  expect(await resolve('shop.example')).toEqual(['192.0.2.1'])
  expect(await resolve('shop.example')).toEqual(['127.0.0.1'])
})

test('a name without addresses is a fault', async () => {
  const resolve = await resolverOver(() => [])
  await expect(resolve('shop.example')).rejects.toMatchObject({ code: 'ENODATA' })
})

test('name servers that stay silent are given up', async () => {
  const resolve = await resolverOver(() => 'silence', 100)
  await expect(resolve('shop.example')).rejects.toMatchObject({ code: 'ETIMEOUT' })
})
