import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { methodOf, originOf } from './calls.ts'
import type { GeneratedRequest } from './generated-requests.ts'
import type { World } from './world.ts'

export interface BusyAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** No call may take this long: a repeated Idempotency-Key waits for its first request up to 10 s. */
const hangMs = 15_000

/** Many requests at once over kept connections; cheaper than `fetch`, and it sends bodies with any method. */
export function busyClient(world: World, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })

  function send({ call, path, headers, body }: GeneratedRequest): Promise<BusyAnswer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(originOf(world, call))
      const request = httpRequest(
        {
          agent,
          hostname,
          port,
          path,
          method: methodOf(call),
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
  }

  /** Sends all of them, `connections` at a time, in their order. */
  async function sendAll(
    requests: readonly GeneratedRequest[],
    look: (request: GeneratedRequest, answer: BusyAnswer | Error) => void,
  ): Promise<void> {
    let next = 0
    const lane = async () => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        look(request, await send(request).catch((error: Error) => error))
      }
    }
    await Promise.all(Array.from({ length: connections }, lane))
    agent.destroy()
  }
  return { sendAll }
}
