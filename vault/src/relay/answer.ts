/** An answer of HTTP/1.1 (RFC 9112), whole. Header names are in lower case. */
export interface HttpAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer
}

export type Reading =
  /** More bytes have to come. */
  | { is: 'incomplete' }
  /** Ends with the connection. */
  | { is: 'open'; status: number; headers: HttpAnswer['headers']; bodyStart: number }
  | { is: 'whole'; answer: HttpAnswer; length: number }
  | { is: 'garbled' }

const headBytesMax = 32 * 1024
const incomplete: Reading = { is: 'incomplete' }
const garbled: Reading = { is: 'garbled' }

/** Reads the answer to a POST out of all that has come so far; informational answers are passed over. */
export function readAnswer(bytes: Buffer): Reading {
  let start = 0
  for (;;) {
    const headEnd = bytes.indexOf('\r\n\r\n', start)
    if (headEnd === -1) return bytes.length - start > headBytesMax ? garbled : incomplete
    const head = readHead(bytes.toString('latin1', start, headEnd))
    if (head === null) return garbled
    if (head.status >= 200) return readBody(bytes, headEnd + 4, head)
    start = headEnd + 4
  }
}

interface Head {
  status: number
  headers: Record<string, string>
}

function readHead(text: string): Head | null {
  const [first = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(first)?.[1]
  if (status === undefined) return null
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0) return null
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return { status: Number(status), headers }
}

function readBody(bytes: Buffer, start: number, { status, headers }: Head): Reading {
  const whole = (body: Buffer, end: number): Reading => ({
    is: 'whole',
    answer: { status, headers, body },
    length: end,
  })
  if (status === 204 || status === 304) return whole(bytes.subarray(start, start), start)
  const coding = headers['transfer-encoding']
  const length = headers['content-length']
  if (coding !== undefined) return coding.toLowerCase() === 'chunked' ? readChunks(bytes, start, whole) : garbled
  if (length === undefined) return { is: 'open', status, headers, bodyStart: start }
  if (!/^\d{1,9}$/.test(length)) return garbled
  const end = start + Number(length)
  return end > bytes.length ? incomplete : whole(bytes.subarray(start, end), end)
}

/** RFC 9112 section 7.1. */
function readChunks(bytes: Buffer, start: number, whole: (body: Buffer, end: number) => Reading): Reading {
  const chunks: Buffer[] = []
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return bytes.length - at > headBytesMax ? garbled : incomplete
    const size = /^[0-9A-Fa-f]{1,7}(?=;|$)/.exec(bytes.toString('latin1', at, lineEnd).trimEnd())?.[0]
    if (size === undefined) return garbled
    const length = Number.parseInt(size, 16)
    const chunkStart = lineEnd + 2
    if (length === 0) return readTrailer(bytes, chunkStart, (end) => whole(Buffer.concat(chunks), end))
    at = chunkStart + length + 2
    if (at > bytes.length) return incomplete
    if (bytes[at - 2] !== 0x0d || bytes[at - 1] !== 0x0a) return garbled
    chunks.push(bytes.subarray(chunkStart, at - 2))
  }
}

function readTrailer(bytes: Buffer, start: number, whole: (end: number) => Reading): Reading {
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return bytes.length - at > headBytesMax ? garbled : incomplete
    if (lineEnd === at) return whole(at + 2)
    at = lineEnd + 2
  }
}
