import type { IncomingMessage, ServerResponse } from 'node:http'
import { erroAbout } from '@tessera/contracts/three-ds/error-codes'
import { readBody } from '@tessera/lib/http-server'
import type { Ids } from '@tessera/lib/ids'
import type { Timers } from '@tessera/lib/timers'
import type { Directory } from './directory.ts'
import { sendMessage, sendSpoilt } from './spoil-answer.ts'

export interface DirectoryCallParts {
  directory: Directory
  ids: Ids
  timers: Timers
  /** Aborted when the server stops: whatever is held back ends without an answer. */
  stopping: AbortSignal
}

/** The largest element of an AReq, the app's device data, has 64,000 characters. */
const messageLimitBytes = 262_144

/** Serves `/ds/…`: messages in, messages out; whatever is wrong with one is told by an Erro. */
export async function serveDirectory(
  parts: DirectoryCallParts,
  request: IncomingMessage,
  path: string,
  response: ServerResponse,
): Promise<void> {
  const calls: Readonly<Record<string, 'prepare' | 'authenticate'>> = {
    '/ds/card-ranges': 'prepare',
    '/ds/authentications': 'authenticate',
  }
  const call = request.method === 'POST' ? calls[path] : undefined
  if (call === undefined) {
    const erro = erroAbout({ errorCode: '303', errorDetail: 'There is no such path.', ids: {} }, 'D', '2.2.0')
    return sendMessage(response, JSON.stringify(erro), 404)
  }
  const bytes = await readBody(request, messageLimitBytes)
  const { message, fault } = await parts.directory[call](bytes)
  if (fault === null) sendMessage(response, JSON.stringify(message))
  else await sendSpoilt(response, message, fault, parts)
}
