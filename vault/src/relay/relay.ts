import type { KeyObject } from 'node:crypto'
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { signInternalCall } from '@tessera/contracts/internal-signature'
import {
  type RelayVerdict,
  relaySignatureHeader,
  relayVerdictHeader,
  serverPaymentPath,
} from '@tessera/contracts/relay-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import type { KeyBook } from '../keys/key-book.ts'

export interface PassedOn {
  /** Without the card. */
  body: Buffer
  /** Whether the body speaks for the vault. */
  isSigned: boolean
  /** Of the caller. */
  headers: Readonly<Record<string, string>>
}

export type RelayReply =
  | {
      outcome: 'answered'
      status: number
      headers: IncomingMessage['headers']
      body: Buffer
      verdict: RelayVerdict | undefined
    }
  /** Provably no byte of it left. */
  | { outcome: 'not_sent' }
  /** It may have been acted on. */
  | { outcome: 'unknown'; reason: 'timeout' | 'connection_lost' | 'answer_too_large' }

export interface Relay {
  /** Passes a request on to the gateway, once. Never rejects. */
  pass(request: PassedOn): Promise<RelayReply>
  close(): void
}

/** A little longer than a gateway takes at most: claim, commit, the slowest acquirer with the grace of a forward, commit. */
const deadlineMs = 60_000
const connectWithinMs = 5_000
const answerBytesMax = 1024 * 1024
const connections = { keepAlive: true, maxSockets: 1_024, maxFreeSockets: 256 }

export function createRelay(parts: {
  keys: KeyBook
  secret: KeyObject
  clock: Clock
  random: Random
  timers: Timers
}): Relay {
  const { keys, secret, clock, random, timers } = parts
  const agents = { http: new HttpAgent(connections), https: new HttpsAgent(connections) }

  function signatureOf(body: Buffer): string {
    const nonce = random.bytes(16).toString('base64url')
    return signInternalCall(secret, { method: 'POST', path: serverPaymentPath, body, timestampMs: clock.now(), nonce })
  }

  function begin(origin: string, { body, isSigned, headers }: PassedOn): ClientRequest {
    const options = {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': String(body.length),
        ...(isSigned ? { [relaySignatureHeader]: signatureOf(body) } : {}),
      },
    }
    const url = origin + serverPaymentPath
    return origin.startsWith('https:')
      ? httpsRequest(url, { ...options, agent: agents.https })
      : httpRequest(url, { ...options, agent: agents.http })
  }

  return {
    pass(passedOn) {
      const { relayUrl } = keys
      if (relayUrl === null) return Promise.resolve({ outcome: 'not_sent' })
      return exchange(begin(relayUrl, passedOn), passedOn.body, timers)
    },
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

/** Bytes leave as soon as there is a connection, so what ends before that was not sent. */
function exchange(outgoing: ClientRequest, body: Buffer, timers: Timers): Promise<RelayReply> {
  const { promise, resolve } = Promise.withResolvers<RelayReply>()
  let hasLeft = false
  let isLate = false
  const giveUp = (): void => {
    isLate = true
    outgoing.destroy()
  }
  const connecting = timers.after(connectWithinMs, () => {
    if (!hasLeft) giveUp()
  })
  const deadline = timers.after(deadlineMs, giveUp)
  const end = (reply: RelayReply): void => {
    connecting.cancel()
    deadline.cancel()
    resolve(reply)
  }
  const lost = (): void => {
    if (!hasLeft) end({ outcome: 'not_sent' })
    else end({ outcome: 'unknown', reason: isLate ? 'timeout' : 'connection_lost' })
  }
  outgoing.once('socket', (socket) => {
    const leave = (): void => {
      hasLeft = true
    }
    if (socket.connecting) socket.once('connect', leave)
    else leave()
  })
  outgoing.once('error', lost)
  outgoing.once('close', lost)
  outgoing.once('response', (response) => readAnswer(response, end, lost))
  outgoing.end(body)
  return promise
}

function readAnswer(response: IncomingMessage, end: (reply: RelayReply) => void, lost: () => void): void {
  const pieces: Buffer[] = []
  let length = 0
  response.on('data', (piece: Buffer) => {
    pieces.push(piece)
    length += piece.length
    if (length <= answerBytesMax) return
    end({ outcome: 'unknown', reason: 'answer_too_large' })
    response.destroy()
  })
  response.once('error', lost)
  response.once('end', () => {
    const { statusCode: status = 502, headers } = response
    const verdict = headers[relayVerdictHeader] as RelayVerdict | undefined
    const [first] = pieces
    const body = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, length)
    end({ outcome: 'answered', status, headers, body, verdict })
  })
}
