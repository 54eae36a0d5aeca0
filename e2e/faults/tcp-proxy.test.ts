import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { seededRandom } from '@tessera/lib/random'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

let proxy: TcpProxy
let arrived: string
const open: Socket[] = []
/** Answers every piece in capitals. */
const server = createServer((socket) => {
  open.push(socket)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    arrived += chunk.toString()
    socket.write(chunk.toString().toUpperCase())
  })
})

beforeEach(async () => {
  arrived = ''
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  proxy = await startTcpProxy({ target: () => port, random: seededRandom(7) })
})
afterEach(async () => {
  await proxy.stop()
  for (const socket of open.splice(0)) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

async function dial() {
  const socket = connect(proxy.port, '127.0.0.1')
  open.push(socket)
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString()
  })
  const ended = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    socket.once('close', () => resolve('closed'))
  })
  await Promise.race([ended, new Promise<void>((resolve) => socket.once('connect', resolve))])
  return { say: (text: string) => socket.write(text), heard: () => heard, ended }
}

/** A second, which would do otherwise, is little on a busy machine. */
const patiently = { timeout: 20_000 }

describe('a wire', () => {
  it('carries what is sent, both ways and in order, slow and with losses too', async () => {
    const line = await dial()
    for (const fault of [{ kind: 'none' }, { kind: 'slow', ms: 5 }, { kind: 'lossy', share: 0.5 }] as const) {
      proxy.fail(fault)
      for (const letter of 'abc') line.say(letter)
    }
    await expect.poll(line.heard, patiently).toBe('ABCABCABC')
    expect(proxy.swallowedBytes).toBe(0)
  })

  it('that is frozen carries nothing, and everything once it thaws', async () => {
    const line = await dial()
    proxy.fail({ kind: 'frozen' })
    line.say('ice')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(arrived).toBe('')
    proxy.fail({ kind: 'none' })
    await expect.poll(line.heard, patiently).toBe('ICE')
  })

  it('that is deaf loses requests, and is cut when it heals', async () => {
    const line = await dial()
    proxy.fail({ kind: 'deaf' })
    line.say('hello')
    await expect.poll(() => proxy.swallowedBytes, patiently).toBe(5)
    expect(arrived).toBe('')
    proxy.fail({ kind: 'none' })
    expect(await line.ended).toBe('ECONNRESET')
  })

  it('that is mute loses answers to what has arrived', async () => {
    const line = await dial()
    proxy.fail({ kind: 'mute' })
    line.say('pay')
    await expect.poll(() => arrived, patiently).toBe('pay')
    await expect.poll(() => proxy.swallowedBytes, patiently).toBe(3)
    expect(line.heard()).toBe('')
  })

  it('refuses, resets and counts', async () => {
    const line = await dial()
    line.say('x')
    await expect.poll(line.heard, patiently).toBe('X')
    expect(proxy.connections).toBe(1)
    expect(proxy.reset()).toBe(1)
    expect(await line.ended).toBe('ECONNRESET')
    proxy.fail({ kind: 'refusing' })
    expect(['ECONNRESET', 'closed']).toContain(await (await dial()).ended)
  })
})
