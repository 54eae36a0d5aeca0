import type { Mode } from '@tessera/contracts/vault-protocol'
import { request } from 'undici'

/** Our connection to the directory servers, for messages without a card number. */
export interface DirectoryLink {
  isKnown(mode: Mode): boolean
  /** Posts a message and resolves with the bytes of the answer. Throws when there is none, or not a usable one. */
  post(mode: Mode, path: string, message: unknown): Promise<Buffer>
}

const answerWithinMs = 10_000
/** A scheme's card ranges are some ten thousand. */
const answerLimitBytes = 16 * 1024 * 1024

export function createDirectoryLink(urls: Partial<Record<Mode, string>>): DirectoryLink {
  return {
    isKnown: (mode) => urls[mode] !== undefined,
    async post(mode, path, message) {
      const url = urls[mode]
      if (url === undefined) throw new Error(`there is no directory server for ${mode} mode`)
      const answer = await request(`${url.replace(/\/$/, '')}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(message),
        headersTimeout: answerWithinMs,
        bodyTimeout: answerWithinMs,
      })
      const pieces: Buffer[] = []
      let length = 0
      for await (const piece of answer.body) {
        length += piece.length
        if (length > answerLimitBytes) throw new Error('the answer of the directory server is too long')
        pieces.push(piece)
      }
      if (answer.statusCode !== 200) throw new Error(`the directory server answered ${answer.statusCode}`)
      return Buffer.concat(pieces)
    },
  }
}
