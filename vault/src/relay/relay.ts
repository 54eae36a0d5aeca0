import type { KeyObject } from 'node:crypto'
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
import type { HttpAnswer } from './answer.ts'
import type { Exchanged } from './connection.ts'
import { createConnections } from './connections.ts'

export interface PassedOn {
  /** Without the card. */
  body: Buffer
  /** Whether the body speaks for the vault. */
  isSigned: boolean
  /** Of the caller; as a server took them, so without line ends. */
  headers: Readonly<Record<string, string>>
}

export type RelayReply =
  | (HttpAnswer & { outcome: 'answered'; verdict: RelayVerdict | undefined })
  | Exclude<Exchanged, { outcome: 'answered' }>

export interface Relay {
  /** Passes a request on to the gateway, once. Never rejects. */
  pass(request: PassedOn): Promise<RelayReply>
  close(): void
}

export function createRelay(parts: {
  keys: KeyBook
  secret: KeyObject
  clock: Clock
  random: Random
  timers: Timers
}): Relay {
  const { keys, secret, clock, random } = parts
  const connections = createConnections(parts)

  function signatureOf(body: Buffer): string {
    const nonce = random.bytes(16).toString('base64url')
    return signInternalCall(secret, { method: 'POST', path: serverPaymentPath, body, timestampMs: clock.now(), nonce })
  }

  function bytesOf(origin: URL, { body, isSigned, headers }: PassedOn): Buffer {
    let head = `POST ${serverPaymentPath} HTTP/1.1\r\nhost: ${origin.host}\r\n`
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`
    if (isSigned) head += `${relaySignatureHeader}: ${signatureOf(body)}\r\n`
    head += `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
    return Buffer.concat([Buffer.from(head, 'latin1'), body])
  }

  return {
    async pass(passedOn) {
      if (keys.relayUrl === null) return { outcome: 'not_sent' }
      const origin = connections.originOf(keys.relayUrl)
      const exchanged = await connections.exchange(origin, bytesOf(origin, passedOn))
      if (exchanged.outcome !== 'answered') return exchanged
      const { status, headers, body } = exchanged.answer
      return {
        outcome: 'answered',
        status,
        headers,
        body,
        verdict: headers[relayVerdictHeader] as RelayVerdict | undefined,
      }
    },
    close: () => connections.close(),
  }
}
