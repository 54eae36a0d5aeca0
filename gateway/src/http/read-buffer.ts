import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * Node reads from sockets into a buffer of 64 KB, copies what came out of it, and gives it back unwiped; the next read takes
 * the same memory, but covers no more of it than it needs. So after card data came here, a read of our own covers all of it:
 * zeros, over a connection of this process to itself.
 */
export interface ReadBuffer {
  cover(): void
  close(): void
}

/** More than one read takes, so that at least one of them fills its buffer. */
const zeros = Buffer.alloc(4 * 64 * 1024)

export function createReadBuffer(): ReadBuffer {
  let toSelf: Promise<Socket> | null = null
  let isCovering = false
  let isWanted = false

  async function coverOnce(): Promise<void> {
    toSelf ??= connectToSelf()
    const socket = await toSelf
    await new Promise<void>((resolve, reject) => socket.write(zeros, (error) => (error ? reject(error) : resolve())))
  }

  async function coverWhileWanted(): Promise<void> {
    while (isWanted) {
      isWanted = false
      await coverOnce().catch(forget)
    }
    isCovering = false
  }

  function forget(): void {
    toSelf?.then((socket) => socket.destroy()).catch(() => undefined)
    toSelf = null
  }

  return {
    cover() {
      isWanted = true
      if (isCovering) return
      isCovering = true
      void coverWhileWanted()
    },
    close: forget,
  }
}

/** Neither end keeps the process from ending. */
function connectToSelf(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.unref().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      const writer = connect(port, '127.0.0.1').unref().on('error', reject)
      server.on('connection', (reader) => {
        // Anybody on this machine may have been faster.
        if (reader.remotePort !== writer.localPort) {
          reader.destroy()
          return
        }
        server.close()
        reader
          .unref()
          .on('error', () => writer.destroy())
          .resume()
        resolve(writer)
      })
    })
  })
}
