import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type HttpAnswer, readAnswer } from './answer.ts'

export type Exchanged =
  | { outcome: 'answered'; answer: HttpAnswer }
  /** Provably no byte of it left. */
  | { outcome: 'not_sent' }
  /** It may have been acted on. */
  | { outcome: 'unknown'; reason: 'timeout' | 'connection_lost' | 'answer_too_large' }

const answerBytesMax = 1024 * 1024

/**
 * A connection to the gateway that carries one request at a time. It is written for this one server: a client for all servers
 * (`node:http`) costs three times as much of the processor, and each payment pays it.
 */
export class Connection {
  readonly #socket: Socket
  readonly #onIdle: (connection: Connection) => void
  #isOpen = false
  #request: Buffer | null = null
  #hasLeft = false
  #received: Buffer | null = null
  #resolve: ((exchanged: Exchanged) => void) | null = null

  /** `onIdle` is told when another request may be given to it. */
  constructor(origin: URL, onIdle: (connection: Connection) => void) {
    const isTls = origin.protocol === 'https:'
    const host = origin.hostname.replace(/^\[|\]$/g, '')
    const port = Number(origin.port) || (isTls ? 443 : 80)
    this.#socket = isTls ? connectTls({ host, port, servername: host }) : connect({ host, port })
    this.#onIdle = onIdle
    this.#socket.setNoDelay(true)
    this.#socket.once(isTls ? 'secureConnect' : 'connect', () => this.#opened())
    this.#socket.on('data', (piece) => this.#read(piece))
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('end', () => this.#ended())
    this.#socket.on('close', () => this.#finish(this.#lost('connection_lost')))
  }

  get isUsable(): boolean {
    return this.#socket.writable && !this.#socket.destroyed && this.#resolve === null
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The request is all its bytes, head and body: in one piece, as each piece is a call to the system. */
  exchange(request: Buffer): Promise<Exchanged> {
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#request = request
      this.#hasLeft = false
      if (this.#isOpen) this.#send()
    })
  }

  /** Ends the exchange and the connection. */
  giveUp(reason: 'timeout'): void {
    this.#finish(this.#lost(reason))
    this.#socket.destroy()
  }

  close(): void {
    this.#socket.destroy()
  }

  #opened(): void {
    this.#isOpen = true
    if (this.#request !== null) this.#send()
  }

  #send(): void {
    this.#hasLeft = true
    this.#socket.write(this.#request as Buffer)
    this.#request = null
  }

  #lost(reason: 'timeout' | 'connection_lost'): Exchanged {
    return this.#hasLeft ? { outcome: 'unknown', reason } : { outcome: 'not_sent' }
  }

  #finish(exchanged: Exchanged): void {
    const resolve = this.#resolve
    this.#resolve = null
    this.#received = null
    resolve?.(exchanged)
  }

  #read(piece: Buffer): void {
    if (this.#resolve === null) {
      // Nothing was asked: whatever speaks there is out of step.
      this.close()
      return
    }
    const received = this.#received === null ? piece : Buffer.concat([this.#received, piece])
    this.#received = received
    const reading = readAnswer(received)
    if (reading.is === 'whole') {
      const isKept = reading.length === received.length && !/close/i.test(reading.answer.headers.connection ?? '')
      this.#finish({ outcome: 'answered', answer: reading.answer })
      if (isKept) this.#onIdle(this)
      else this.close()
    } else if (reading.is === 'garbled') {
      this.close()
    } else if (received.length > answerBytesMax) {
      this.#finish({ outcome: 'unknown', reason: 'answer_too_large' })
      this.close()
    }
  }

  /** An answer without a length ends here. */
  #ended(): void {
    const reading = this.#received === null ? null : readAnswer(this.#received)
    if (reading?.is === 'open') {
      const body = (this.#received as Buffer).subarray(reading.bodyStart)
      this.#finish({ outcome: 'answered', answer: { status: reading.status, headers: reading.headers, body } })
    }
    this.close()
  }
}
