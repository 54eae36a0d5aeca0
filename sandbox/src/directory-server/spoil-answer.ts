import type { ServerResponse } from 'node:http'
import { type DirectoryFault, issuerDelaysMs } from '@tessera/contracts/three-ds/issuer-scripts'
import type { Ids } from '@tessera/lib/ids'
import type { Timers } from '@tessera/lib/timers'
import { newUuid } from '../acs/identifiers.ts'

const contentType = 'application/json; charset=utf-8'

export function sendMessage(response: ServerResponse, body: string, status = 200): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** Sends a good answer the wrong way. */
export async function sendSpoilt(
  response: ServerResponse,
  message: object,
  fault: DirectoryFault,
  parts: { timers: Timers; stopping: AbortSignal; ids: Ids },
): Promise<void> {
  const body = JSON.stringify(message)
  switch (fault) {
    case 'not_json':
      return sendMessage(response, '<html>Service Unavailable</html>')
    case 'element_missing':
      return sendMessage(response, JSON.stringify({ ...message, acsTransID: undefined }))
    case 'other_transaction':
      return sendMessage(response, JSON.stringify({ ...message, threeDSServerTransID: newUuid(parts.ids) }))
    case 'other_version':
      return sendMessage(response, JSON.stringify({ ...message, messageVersion: '2.3.1' }))
    case 'erro':
      return sendMessage(response, body)
    case 'http_500':
      return sendMessage(response, '', 500)
    case 'reset':
      response.socket?.resetAndDestroy()
      return
    case 'truncated':
      response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
      response.write(body.slice(0, Math.floor(body.length / 2)), () => response.socket?.destroy())
      return
    case 'late':
      await parts.timers.sleep(issuerDelaysMs.lateAnswer, parts.stopping)
      return sendMessage(response, body)
    case 'timeout':
      await parts.timers.sleep(issuerDelaysMs.timeout, parts.stopping)
      response.destroy()
      return
  }
}
