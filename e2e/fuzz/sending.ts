import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { exchange } from '../bad-input/testing/raw-exchange.ts'
import type { Case } from './cases.ts'
import { spoilBytes } from './cases.ts'
import { Draw } from './draw.ts'

export interface Told {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** Longer than any wait of the product's own: a repeated Idempotency-Key waits for its first request up to 10 s. */
const hangMs = 20_000

export type Origins = Readonly<Record<'gateway' | 'vault', string>>

/** Sends cases over kept connections. */
export function createSender(origins: Origins, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    /** Rejects when there is no whole answer in time. */
    send({ host, target, route, headers, body }: Case): Promise<Told> {
      const { hostname, port } = new URL(origins[host])
      return new Promise((resolve, reject) => {
        const request = httpRequest(
          {
            agent,
            hostname,
            port,
            path: target,
            method: route.method,
            headers: { ...headers, 'content-length': body?.length ?? 0 },
          },
          (response) => {
            const pieces: Buffer[] = []
            response.on('data', (piece: Buffer) => pieces.push(piece))
            response.on('error', reject)
            response.on('end', () => {
              clearTimeout(hang)
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                text: Buffer.concat(pieces).toString(),
              })
            })
          },
        )
        const hang = setTimeout(() => request.destroy(new Error(`no answer within ${hangMs} ms`)), hangMs)
        request.on('error', (error) => {
          clearTimeout(hang)
          reject(error)
        })
        request.end(body ?? undefined)
      })
    },
    close: () => agent.destroy(),
  }
}

/** The same case as bytes on a connection of its own, with faults anywhere in them; answers all that came back. */
export async function sendBytes(origins: Origins, one: Case, seed: number): Promise<Told[]> {
  const draw = new Draw(seed ^ 0x5eed, one.index)
  const length = `content-length: ${one.body?.length ?? 0}`
  const lines = Object.entries({ host: 'shop.example', ...one.headers }).map(([name, value]) => `${name}: ${value}`)
  const head = [`${one.route.method} ${one.target} HTTP/1.1`, ...lines, length, '', ''].join('\r\n')
  const whole = Buffer.concat([Buffer.from(head, 'latin1'), one.body ?? Buffer.alloc(0)])
  let bytes: Buffer = whole
  for (let count = draw.below(4); count > 0; count -= 1) bytes = spoilBytes(bytes, draw)
  const { answers, closed, rest } = await exchange(origins[one.host], bytes, { waitMs: hangMs, halfClose: true })
  if (!closed && answers.length === 0) throw new Error(`neither an answer nor an end within ${hangMs} ms`)
  if (rest !== '') throw new Error(`bytes that are no answer: ${rest.slice(0, 200)}`)
  return answers.map(({ status, headers, body }) => ({ status, headers, text: body }))
}
