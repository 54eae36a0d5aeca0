import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { BodyTooLarge, RequestAborted, readBody } from '@tessera/lib/http-server'
import type { Logger } from '@tessera/lib/log'
import { type JsonValue, parseStrictJson } from '@tessera/lib/strict-json'
import { refusal } from '../acquirer/answers.ts'
import { type IssuerCallParts, serveIssuer } from '../acs/acs-calls.ts'
import { type DirectoryCallParts, serveDirectory } from '../directory-server/directory-calls.ts'
import { type FaultParts, sendAnswer, showFault } from '../faults/show-fault.ts'
import { accountOf, readCall, routeOf } from './acquirer-calls.ts'
import { objectOf, RequestInvalid } from './read-request.ts'
import { type ScriptParts, serveScript } from './script-calls.ts'

export interface ServerParts extends ScriptParts, FaultParts, IssuerCallParts, DirectoryCallParts {
  log: Logger
}

const acquirerBodyLimitBytes = 16_384
const scriptBodyLimitBytes = 1_048_576
/**
 * Callers keep connections open and may not send again when a fresh request meets a closing one: idle connections are
 * therefore left to the caller for as long as it says it keeps them.
 */
const keepAliveMs = 120_000

export function createSandboxServer(parts: ServerParts): Server {
  const options = { keepAliveTimeout: keepAliveMs, headersTimeout: 10_000, requestTimeout: 15_000, noDelay: true }
  return createServer(options, (request, response) => {
    serve(parts, request, response).catch((error) => answerError(parts, request, response, error))
  })
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/'
  if (path.startsWith('/v1/')) return serveAcquirer(parts, request, path, response)
  if (path.startsWith('/ds/')) return serveDirectory(parts, request, path, response)
  if (path.startsWith('/acs/')) return serveIssuer(parts, request, path, response)
  if (path === '/healthz') return sendAnswer(response, { status: 200, body: '{"status":"ok"}' })
  if (!isLoopback(request.socket.remoteAddress)) {
    return sendAnswer(response, refusal(403, 'forbidden', 'The oracle answers on loopback only.'))
  }
  const body = request.method === 'POST' ? await readJson(request, scriptBodyLimitBytes, null) : null
  await serveScript(parts, request, path, body, response)
}

async function serveAcquirer(
  parts: ServerParts,
  request: IncomingMessage,
  path: string,
  response: ServerResponse,
): Promise<void> {
  const route = routeOf(request.method ?? '', path)
  if (route === null) return sendAnswer(response, refusal(404, 'no_such_path', 'There is no such path and method.'))
  const account = accountOf(request)
  if (account === undefined) {
    return sendAnswer(response, refusal(401, 'unauthorized', 'Send `Authorization: Bearer sbx_<account>`.'))
  }
  const body = request.method === 'GET' ? {} : await readJson(request, acquirerBodyLimitBytes)
  const call = readCall(parts.acquirer, account, route, objectOf(body, 'body'))
  const fault = parts.faults.take(call.match) ?? call.fault
  if (fault === null) return sendAnswer(response, await call.carryOut())
  parts.faults.count(fault.kind)
  await showFault(fault, response, call.carryOut, parts)
}

/** An empty body gives `whenEmpty`, if that is allowed. */
async function readJson(request: IncomingMessage, limitBytes: number, whenEmpty?: JsonValue): Promise<JsonValue> {
  const bytes = await readBody(request, limitBytes)
  if (bytes.length === 0 && whenEmpty !== undefined) return whenEmpty
  const verdict = parseStrictJson(bytes, { maxNodes: 20_000 })
  if (!verdict.ok) throw new RequestInvalid(`the body is not JSON: ${verdict.fault.kind} at ${verdict.fault.position}`)
  return verdict.value
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address)
}

function answerError(parts: ServerParts, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (error instanceof RequestAborted) return
  if (parts.stopping.aborted || response.headersSent) {
    response.destroy()
    return
  }
  if (error instanceof RequestInvalid) {
    sendAnswer(response, refusal(400, 'invalid_request', error.message))
  } else if (error instanceof BodyTooLarge) {
    response.setHeader('connection', 'close')
    sendAnswer(response, refusal(413, 'body_too_large', error.message))
  } else {
    parts.log.error('request failed', { method: request.method, error })
    sendAnswer(response, refusal(500, 'internal_error', 'The sandbox failed; its log says why.'))
  }
}
