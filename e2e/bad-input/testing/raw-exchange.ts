import { connect } from 'node:net'

export interface RawAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

export interface Exchange {
  answers: RawAnswer[]
  /** The server ended the connection; false when it was still open at the end of the wait. */
  closed: boolean
  /** What came that is no HTTP answer. */
  rest: string
}

/**
 * Writes bytes on a connection of their own and reads until the server ends it, until `answers` of them came, or for
 * `waitMs`. `halfClose` ends our side after the bytes.
 */
export function exchange(
  origin: string,
  bytes: string | Buffer,
  options: { answers?: number; waitMs?: number; halfClose?: boolean; heads?: boolean } = {},
): Promise<Exchange> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    const wait = setTimeout(() => done(false), options.waitMs ?? 20_000)
    function done(closed: boolean): void {
      clearTimeout(wait)
      socket.destroy()
      resolve({ ...parse(received, options.heads === true), closed })
    }
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece])
      if (options.answers === undefined) return
      if (parse(received, options.heads === true).answers.length >= options.answers) done(false)
    })
    socket.on('end', () => done(true))
    socket.on('error', () => done(true))
    socket.on('close', () => done(true))
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    if (options.halfClose) socket.end()
  })
}

/** `heads`: answers to HEAD, which have no body whatever their length says. */
function parse(received: Buffer, heads: boolean): Omit<Exchange, 'closed'> {
  const answers: RawAnswer[] = []
  let text = received.toString('latin1')
  for (;;) {
    const end = text.indexOf('\r\n\r\n')
    const [first = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\r\n')
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]
    if (end === -1 || status === undefined) return { answers, rest: text }
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const length = heads || status.startsWith('1') ? 0 : Number(headers['content-length'] ?? 0)
    if (text.length < end + 4 + length) return { answers, rest: text }
    const body = Buffer.from(text.slice(end + 4, end + 4 + length), 'latin1').toString('utf8')
    text = text.slice(end + 4 + length)
    if (!status.startsWith('1')) answers.push({ status: Number(status), headers, body })
    // RFC 9112 section 9.6: whatever follows is not read.
    if (headers.connection === 'close') return { answers, rest: heads ? text : '' }
  }
}

/** A request as it should be; header lines are laid over. */
export function rawRequest(
  request: { method?: string; target?: string; headers?: readonly string[]; body?: string } = {},
): string {
  const { method = 'GET', target = '/healthz', headers = [], body = '' } = request
  return [`${method} ${target} HTTP/1.1`, 'Host: shop.example', ...headers, '', body].join('\r\n')
}
