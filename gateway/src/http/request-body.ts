import { relayAddsBytesMax, relaySignatureHeader } from '@tessera/contracts/relay-protocol'
import { readBody } from '@tessera/lib/http-server'
import { ExactNumber, type JsonValue, parseStrictJson } from '@tessera/lib/strict-json'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { holdsCardFields, holdsNumberAnywhere } from './card-scan.ts'
import type { JsonObject } from './json-object.ts'
import { RequestRefused } from './problem.ts'
import type { ReadBuffer } from './read-buffer.ts'
import type { TakeRelay } from './relay.ts'

/** Amounts keep the text that they were written in: they never pass through a double. */
const jsonOptions = { exactNumberKeys: new Set(['amount']) }
const jsonContentType = /^application\/json *(?:; *charset=(?:utf-8|"utf-8") *)?$/i

/**
 * Reads bodies in one way for all routes: whole, bounded, searched for card data while they are bytes, and only then parsed.
 * The bytes are wiped in every case. A caller that was refused already gets that answer, but its card data is wiped first.
 */
export function readBodiesStrictly(
  app: FastifyInstance,
  options: { limitBytes: number; vaultPublicUrl: string; takeRelay: TakeRelay; readBuffer: ReadBuffer },
): void {
  // The framework answers some content types by itself, before the body could be searched for card data.
  app.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type']
    if (type !== undefined && !jsonContentType.test(type)) request.headers['content-type'] = 'application/octet-stream'
    done()
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    const added = request.headers[relaySignatureHeader] === undefined ? 0 : relayAddsBytesMax
    const bytes = await readBody(payload, options.limitBytes + added)
    try {
      const body = parseBody(bytes, request, options)
      return body === undefined ? undefined : options.takeRelay(request, bytes, body)
    } finally {
      bytes.fill(0)
    }
  })
}

/** Undefined for an empty body, which is as good as an empty object. */
function parseBody(
  bytes: Buffer,
  request: FastifyRequest,
  options: { vaultPublicUrl: string; readBuffer: ReadBuffer },
): JsonObject | undefined {
  const isJson = jsonContentType.test(request.headers['content-type'] ?? '')
  if (holdsCardFields(bytes) || (!isJson && holdsNumberAnywhere(bytes))) {
    options.readBuffer.cover()
    throw new RequestRefused({ problem: 'card_in_body', vaultUrl: options.vaultPublicUrl })
  }
  if (request.refused !== null) throw new RequestRefused(request.refused)
  if (bytes.length === 0) return undefined
  if (request.is404) return undefined
  if (!isJson) throw new RequestRefused({ problem: 'unsupported_media_type' })
  const parsed = parseStrictJson(bytes, jsonOptions)
  if (!parsed.ok) throw new RequestRefused({ problem: 'malformed_json', fault: parsed.fault })
  if (!isObject(parsed.value)) throw new RequestRefused({ problem: 'body_not_an_object' })
  return parsed.value
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}
