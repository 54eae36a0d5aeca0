import type { IncomingMessage, Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

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
      req.resume()
      return reject(new BodyTooLarge(limitBytes))
    }
    if (req.destroyed && !req.complete) return reject(new RequestAborted())
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
      req.resume()
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

/** Resolves with the port that was bound (`port` 0 takes a free one); rejects when it cannot be. */
export function startServer(server: Server | TlsServer, address: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

const idleSweepMs = 25

/**
 * Takes no new connection, lets the running requests finish, closes kept-alive connections as they fall idle, and cuts
 * what is left after `graceMs`.
 */
export function stopServer(server: Server | TlsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    server.prependListener('request', (_req, res) => res.setHeader('connection', 'close'))
    const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs)
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
