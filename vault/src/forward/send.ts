import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Clock } from '@tessera/lib/clock'
import type { Timers } from '@tessera/lib/timers'

export interface OutgoingRequest {
  origin: URL
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | null
  timeoutMs: number
}

export type SendOutcome =
  | { outcome: 'answered'; status: number; contentType: string; body: Buffer; acquirerMs: number }
  /** Not one byte of the request left. */
  | { outcome: 'not_sent'; detail: string }
  | {
      outcome: 'unknown'
      reason: 'timeout' | 'connection_lost' | 'answer_too_large' | 'answer_garbled'
      acquirerMs: number
    }

export interface Sender {
  /** Never rejects, never repeats, follows no redirect. */
  send(request: OutgoingRequest): Promise<SendOutcome>
  close(): void
}

export const answerLimitBytes = 256 * 1024
const socketsPerHostMax = 256
/** Shorter than what servers commonly allow (5 s), so that hardly a request meets a connection that is just closing. */
const idleSocketMs = 4_000

/** `certificateAuthority` (PEM) is trusted instead of the system's own. */
export function createSender(parts: {
  clock: Clock
  timers: Timers
  certificateAuthority?: string
  socketsPerHost?: number
}): Sender {
  const { clock, timers, certificateAuthority, socketsPerHost = socketsPerHostMax } = parts
  const options = { keepAlive: true, maxSockets: socketsPerHost, maxFreeSockets: socketsPerHost, timeout: idleSocketMs }
  const agents = {
    http: new HttpAgent(options),
    https: new HttpsAgent({
      ...options,
      minVersion: 'TLSv1.2',
      ...(certificateAuthority && { ca: certificateAuthority }),
    }),
  }
  return {
    send: (request) => new Exchange(request, openRequest(request, agents), clock, timers).outcome,
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

function openRequest(request: OutgoingRequest, agents: { http: HttpAgent; https: HttpsAgent }): ClientRequest {
  const { origin, method, path, headers, body } = request
  const options = {
    protocol: origin.protocol,
    hostname: origin.hostname.replace(/^\[|\]$/g, ''),
    port: origin.port,
    method,
    path,
    headers: { ...headers, 'accept-encoding': 'identity', ...(body && { 'content-length': String(body.length) }) },
  }
  if (origin.protocol === 'https:') return httpsRequest({ ...options, agent: agents.https })
  return httpRequest({ ...options, agent: agents.http })
}

/** One request and whatever comes of it. The first thing that settles it counts. */
class Exchange {
  readonly outcome: Promise<SendOutcome>
  #settle: (outcome: SendOutcome) => void = () => {}
  readonly #clock: Clock
  readonly #startedMs: number
  readonly #request: ClientRequest
  readonly #deadline: { cancel(): void }
  /** From here on nobody can say that nothing was sent. */
  #mayHaveLeft = false
  #settled = false

  constructor(request: OutgoingRequest, clientRequest: ClientRequest, clock: Clock, timers: Timers) {
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#clock = clock
    this.#startedMs = clock.monotonicMs()
    this.#request = clientRequest
    this.#deadline = timers.after(request.timeoutMs, () => this.#fail('timeout', 'no connection in time'))
    clientRequest.on('socket', (socket) => this.#watch(socket))
    clientRequest.on('response', (response) => this.#read(response))
    clientRequest.on('error', (error) => {
      const text = errorText(error)
      // Node's names for an answer that is no HTTP.
      this.#fail(text.startsWith('HPE_') ? 'answer_garbled' : 'connection_lost', text)
    })
    clientRequest.on('close', () => this.#fail('connection_lost', 'closed'))
    clientRequest.end(request.body ?? undefined)
  }

  /**
   * What is written to a new connection waits inside until it is established. A socket that cannot tell counts as
   * established: then the outcome is unknown, never a wrong "not sent".
   */
  #watch(socket: Socket & { secureConnecting?: boolean }): void {
    if (!socket.connecting && socket.secureConnecting !== true) {
      this.#mayHaveLeft = true
      return
    }
    const event = socket.secureConnecting === true ? 'secureConnect' : 'connect'
    socket.prependOnceListener(event, () => {
      this.#mayHaveLeft = true
    })
  }

  #read(response: IncomingMessage): void {
    const pieces: Buffer[] = []
    let length = 0
    response.on('data', (piece: Buffer) => {
      length += piece.length
      if (length > answerLimitBytes) this.#fail('answer_too_large', '')
      else pieces.push(piece)
    })
    response.on('error', () => this.#fail('connection_lost', ''))
    response.on('end', () => {
      if (!response.complete) return this.#fail('connection_lost', '')
      const encoding = response.headers['content-encoding'] ?? 'identity'
      if (encoding !== 'identity') return this.#fail('answer_garbled', '')
      const contentType = response.headers['content-type'] ?? ''
      const body = Buffer.concat(pieces, length)
      for (const piece of pieces) piece.fill(0)
      const acquirerMs = this.#elapsedMs()
      this.#end({ outcome: 'answered', status: response.statusCode ?? 0, contentType, body, acquirerMs })
    })
  }

  #fail(reason: 'timeout' | 'connection_lost' | 'answer_too_large' | 'answer_garbled', detail: string): void {
    if (this.#settled) return
    const outcome: SendOutcome = this.#mayHaveLeft
      ? { outcome: 'unknown', reason, acquirerMs: this.#elapsedMs() }
      : { outcome: 'not_sent', detail }
    this.#end(outcome)
    this.#request.destroy()
  }

  #elapsedMs(): number {
    return Math.round(this.#clock.monotonicMs() - this.#startedMs)
  }

  #end(outcome: SendOutcome): void {
    if (this.#settled) return
    this.#settled = true
    this.#deadline.cancel()
    this.#settle(outcome)
  }
}

function errorText(error: Error): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : error.name
}
