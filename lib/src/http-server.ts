import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { Server as TlsSocketServer } from 'node:tls'

export class BodyTooLarge extends Error {
  readonly limitBytes: number

  constructor(limitBytes: number) {
    super(`the request body is larger than ${limitBytes} bytes`)
    this.name = 'BodyTooLarge'
    this.limitBytes = limitBytes
  }
}

export class RequestAborted extends Error {
  constructor(cause?: unknown) {
    super('the client went away before its request body was complete', { cause })
    this.name = 'RequestAborted'
  }
}

/**
 * The whole body, in a buffer that belongs to the caller; the pieces it was put together from are zeroed. Throws
 * BodyTooLarge as soon as that is known, and RequestAborted. What a client sends beyond the limit is read and dropped,
 * so that it can still see the answer: send it with `connection: close`.
 */
export function readBody(req: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(req.headers['content-length']) > limitBytes) {
      dropBody(req)
      return reject(new BodyTooLarge(limitBytes))
    }
    if (req.destroyed || req.readableEnded) return reject(new RequestAborted())
    const pieces: Buffer[] = []
    let length = 0

    function stop(): void {
      req.off('data', onData)
      req.off('end', onEnd)
      req.off('error', onError)
      req.off('close', onClose)
    }
    function wipe(): void {
      for (const piece of pieces) piece.fill(0)
    }
    function onData(piece: Buffer): void {
      pieces.push(piece)
      length += piece.length
      if (length <= limitBytes) return
      stop()
      wipe()
      dropBody(req)
      reject(new BodyTooLarge(limitBytes))
    }
    function onEnd(): void {
      stop()
      const [first] = pieces
      if (pieces.length === 1 && first !== undefined) {
        resolve(first)
        return
      }
      const whole = Buffer.concat(pieces, length)
      wipe()
      resolve(whole)
    }
    function onError(cause: unknown): void {
      stop()
      wipe()
      reject(new RequestAborted(cause))
    }
    function onClose(): void {
      onError(undefined)
    }
    req.on('data', onData)
    req.on('end', onEnd)
    req.on('error', onError)
    req.on('close', onClose)
  })
}

/**
 * Reads a body that nobody wants, or what is left of it, and zeroes it: there may be a card in it. Before the answer is sent,
 * since Node drops by itself what is unread by then.
 */
export function dropBody(req: IncomingMessage): void {
  for (let piece = req.read(); piece !== null; piece = req.read()) piece.fill(0)
  req.on('data', (piece: Buffer) => piece.fill(0))
}

interface Connections {
  /** Answers that are not complete, oldest first, by connection. */
  readonly running: Map<Socket, Set<ServerResponse>>
  stopping: boolean
}

// Node calls a connection idle only after its first request: one that a browser opened ahead of need would hold up a
// stop for the whole grace. So the connections are counted here.
const connectionsOf = new WeakMap<Server | TlsServer, Connections>()

/** Resolves with the port that was bound (`port` 0 takes a free one); rejects when it cannot be. */
export function startServer(server: Server | TlsServer, address: { host: string; port: number }): Promise<number> {
  connectionsOf.set(server, trackConnections(server))
  // A caller may end its side of the connection after its request, and still wants to be told; by default Node hangs up.
  Object.assign(server, { httpAllowHalfOpen: true })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function trackConnections(server: Server | TlsServer): Connections {
  const connections: Connections = { running: new Map(), stopping: false }
  const { running } = connections
  server.on(server instanceof TlsSocketServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    running.set(socket, new Set())
    socket.once('close', () => running.delete(socket))
  })
  server.prependListener('request', (req, res) => {
    if (connections.stopping) res.setHeader('connection', 'close')
    running.get(req.socket)?.add(res)
    res.once('close', () => {
      running.get(req.socket)?.delete(res)
      if (connections.stopping) closeIdle(connections)
    })
  })
  return connections
}

function closeIdle(connections: Connections): void {
  for (const [socket, answers] of connections.running) if (answers.size === 0) socket.destroySoon()
}

/**
 * Runs at once, or as soon as the requests that came whole on this connection are answered: what follows them there and is
 * no request must not take the place of their answers. For connections of servers that `startServer` started.
 */
export function afterAnswers(server: Server | TlsServer, socket: Socket, run: () => void): void {
  const answers = [...(connectionsOf.get(server)?.running.get(socket) ?? [])]
  const last = answers.findLast((answer) => answer.req.complete && !answer.writableFinished)
  if (last === undefined) run()
  else last.once('close', run)
}

/**
 * Takes no new connection, lets the running requests finish, closes connections as they fall idle, and cuts what is
 * left after `graceMs`. For servers that `startServer` started.
 */
export function stopServer(server: Server | TlsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    const connections = connectionsOf.get(server)
    if (connections === undefined) return
    connections.stopping = true
    closeIdle(connections)
  })
}
