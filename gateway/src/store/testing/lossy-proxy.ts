import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * PostgreSQL behind a wire that breaks at the worst moment: the statement has been carried out and committed, and its reply
 * is lost. PostgreSQL sends what it has to say about a statement only once that is over.
 */
export interface LossyProxy {
  /** The database's URL, by way of the proxy. */
  url: string
  /** The next statement of this name is carried out, and its reply lost with the connection. */
  loseNextReplyTo(statement: string): void
  /** How many replies were lost. */
  readonly lost: number
  stop(): Promise<void>
}

export async function startLossyProxy(databaseUrl: string): Promise<LossyProxy> {
  const target = new URL(databaseUrl)
  const open = new Set<Socket>()
  let prey: string | null = null
  let lost = 0

  const server: Server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname)
    let isDoomed = false
    for (const socket of [client, database]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        database.destroy()
      })
    }
    client.on('data', (piece) => {
      if (prey !== null && piece.includes(prey)) {
        isDoomed = true
        prey = null
      }
      database.write(piece)
    })
    database.on('data', (piece) => {
      if (!isDoomed) return void client.write(piece)
      lost += 1
      client.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    loseNextReplyTo: (statement) => {
      prey = statement
    },
    get lost() {
      return lost
    },
    async stop() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
