import type { IncomingHttpHeaders } from 'node:http'

/**
 * A route that reads its own body and writes its own answer: pages for browsers, messages of other protocols. Rooms offer
 * such routes without knowing the HTTP framework.
 */
export interface PlainRoute {
  method: 'GET' | 'POST' | 'OPTIONS'
  /** With `:name` for a part that varies, `*` at the end for the rest. */
  path: string
  answer(request: PlainRequest): Promise<PlainAnswer>
  /** What is said when the request gets no further. */
  refuse(why: PlainRefusal, request: Omit<PlainRequest, 'body'>): PlainAnswer
}

export interface PlainRequest {
  params: Readonly<Record<string, string>>
  headers: IncomingHttpHeaders
  /** Wiped once there is an answer. */
  body: Buffer
  /** Of whoever is at the other end of the connection, which may be a proxy. */
  remoteAddress: string | null
}

export interface PlainAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

/** `card_data`: the body holds a card number, which this host must not see. `failed`: logged already. */
export type PlainRefusal = 'too_large' | 'card_data' | 'failed'
