import { Server, Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { createReadBuffer } from './read-buffer.ts'

const coveredBytes = 4 * 65_536
const sumOf = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0)

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000 })

afterEach(() => vi.restoreAllMocks())

/** Sizes of what this process reads from sockets, as its readers are told. */
function watchReads(): number[] {
  const sizes: number[] = []
  const emit = Socket.prototype.emit
  vi.spyOn(Socket.prototype, 'emit').mockImplementation(function (this: Socket, event: string, ...given: unknown[]) {
    if (event === 'data') {
      const [piece] = given as [Buffer]
      expect(piece.every((byte) => byte === 0)).toBe(true)
      sizes.push(piece.length)
    }
    return Reflect.apply(emit, this, [event, ...given])
  } as typeof emit)
  return sizes
}

it('is covered to its end by reads of zeros, as often as that is asked for', async () => {
  const sizes = watchReads()
  const buffer = createReadBuffer()
  for (const round of [1, 2]) {
    sizes.length = 0
    buffer.cover()
    await eventually(() => expect(sumOf(sizes), `round ${round}`).toBe(coveredBytes))
    expect(Math.max(...sizes)).toBe(65_536)
  }
  buffer.close()
})

it('is covered once more when that was asked for meanwhile', async () => {
  const sizes = watchReads()
  const buffer = createReadBuffer()
  for (let count = 0; count < 10; count += 1) buffer.cover()
  await eventually(() => expect(sumOf(sizes)).toBe(2 * coveredBytes))
  buffer.close()
})

it('leaves no server listening', async () => {
  const sizes = watchReads()
  const listening = vi.spyOn(Server.prototype, 'listen')
  const buffer = createReadBuffer()
  buffer.cover()
  await eventually(() => expect(sizes).not.toEqual([]))
  expect(listening.mock.contexts.map((server) => (server as Server).listening)).toEqual([false])
  buffer.close()
})
