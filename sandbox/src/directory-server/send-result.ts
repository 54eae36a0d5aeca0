import { request as requestByHttp } from 'node:http'
import { request as requestByHttps } from 'node:https'
import { type Expectation, readMessage } from '@tessera/contracts/three-ds/check-message'
import type { RReq } from '@tessera/contracts/three-ds/messages/results'
import type { Timers } from '@tessera/lib/timers'
import type { SendResult } from '../acs/issuer.ts'

const answerWithinMs = 10_000
const answerLimitBytes = 65_536

interface HttpAnswer {
  status: number
  body: Buffer
}

/**
 * The directory server's way to a 3DS server: posts the RReq, and judges the RRes. What cannot be reached, or says 5xx, may be
 * tried again; any other answer is final.
 */
export function createSendResult(parts: { timers: Timers; stopping: AbortSignal }): SendResult {
  return async (rreq, url) => {
    try {
      return judge(rreq, await post(url, JSON.stringify(rreq), parts))
    } catch (error) {
      return { outcome: 'unreachable', detail: error instanceof Error ? error.message : String(error) }
    }
  }
}

function judge(rreq: RReq, { status, body }: HttpAnswer): Awaited<ReturnType<SendResult>> {
  if (status >= 500) return { outcome: 'unreachable', detail: `HTTP ${status}` }
  const expectation: Expectation<'RRes' | 'Erro'> = { types: ['RRes', 'Erro'], versions: [rreq.messageVersion] }
  const verdict = readMessage(body, expectation)
  if (!verdict.ok) {
    const { errorCode, errorDetail } = verdict.fault
    return { outcome: 'refused', detail: `HTTP ${status}, no RRes: ${errorCode} ${errorDetail}` }
  }
  const { message } = verdict
  if (message.messageType === 'Erro') {
    return { outcome: 'refused', detail: `Erro ${message.errorCode} ${message.errorDetail}` }
  }
  const strange = (['threeDSServerTransID', 'acsTransID', 'dsTransID'] as const).filter(
    (name) => message[name].toLowerCase() !== rreq[name].toLowerCase(),
  )
  if (strange.length > 0) return { outcome: 'refused', detail: `RRes about something else: 301 ${strange.join(',')}` }
  return { outcome: 'received', detail: `resultsStatus ${message.resultsStatus}` }
}

function post(url: string, body: string, parts: { timers: Timers; stopping: AbortSignal }): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestByHttps : requestByHttp
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }
    const request = send(url, { method: 'POST', headers, signal: parts.stopping }, (response) => {
      const pieces: Buffer[] = []
      let length = 0
      response.on('data', (piece: Buffer) => {
        length += piece.length
        if (length > answerLimitBytes) request.destroy(new Error('the answer is too long'))
        else pieces.push(piece)
      })
      response.on('error', fail)
      response.on('end', () => {
        timeout.cancel()
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) })
      })
    })
    const timeout = parts.timers.after(answerWithinMs, () => request.destroy(new Error('no answer in ten seconds')))
    function fail(error: Error): void {
      timeout.cancel()
      reject(error)
    }
    request.on('error', fail)
    request.end(body)
  })
}
