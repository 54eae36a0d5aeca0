import { rawRequest } from './raw-exchange.ts'

/**
 * Bytes that are no request, or one that means two things. Each is answered once with an error, and the connection ends.
 * `WRITE` stands for the head of a good request with a body, up to its last header.
 */
export interface BrokenRequest {
  name: string
  bytes: string | Buffer
  /** Statuses that say so; the contract's own is 400. */
  statuses: readonly number[]
}

const post = (headers: readonly string[], body: string): string => ['WRITE', ...headers, '', body].join('\r\n')
const broken = (name: string, bytes: string | Buffer, ...others: number[]): BrokenRequest => ({
  name,
  bytes,
  statuses: [400, ...others],
})

const noRequests: BrokenRequest[] = [
  broken('noise', Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 89 + 7) % 251))),
  broken('a TLS greeting', Buffer.from('16030100c8010000c40303', 'hex')),
  broken('an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  broken('a line of words', 'please pay 17.62\r\n\r\n'),
  broken('a method alone', 'GET\r\n\r\n'),
  broken('no target', 'GET HTTP/1.1\r\nHost: x\r\n\r\n'),
  broken('an unknown version', 'GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n'),
  broken('an unknown protocol', 'GET /healthz ICY/1.1\r\nHost: x\r\n\r\n'),
  broken('an unknown method', rawRequest({ method: 'PAY' })),
  broken('a method in small letters', rawRequest({ method: 'get' })),
  broken('a target without its slash', rawRequest({ target: 'v1/payments' })),
  broken('a question mark as the target', rawRequest({ target: '?' })),
  broken('a target with a blank', rawRequest({ target: '/health z' })),
  broken('a zero byte in the target', rawRequest({ target: '/health\0z' })),
]

const badHeaders: BrokenRequest[] = [
  broken('a header without a colon', rawRequest({ headers: ['Authorization Bearer x'] })),
  broken('a blank before the colon', rawRequest({ headers: ['Authorization : Bearer x'] })),
  broken('a blank in a header name', rawRequest({ headers: ['Idempotency Key: x'] })),
  broken('an empty header name', rawRequest({ headers: [': x'] })),
  broken(
    'a folded header',
    rawRequest({ headers: ['X-Note: a', ' b'] }).replace('X-Note: a\r\n b', ' folded: a\r\n b'),
  ),
  broken('a zero byte in a header', rawRequest({ headers: ['X-Note: a\0b'] })),
  broken('a lone line feed in a header', rawRequest({ headers: ['X-Note: a\rb'] })),
  broken('a header of 20 KB', rawRequest({ headers: [`X-Note: ${'x'.repeat(20_000)}`] }), 431),
  broken('a header name of 20 KB', rawRequest({ headers: [`${'x'.repeat(20_000)}: a`] }), 431),
  broken('400 headers of 50 bytes', rawRequest({ headers: Array(400).fill(`X-Note: ${'x'.repeat(42)}`) }), 431),
  broken('a target of 20 KB', rawRequest({ target: `/v1/${'x'.repeat(20_000)}` }), 431),
]

const badLengths: BrokenRequest[] = [
  ...['-1', 'five', '5 5', '0x5', '5.0', '+5', '99999999999999999999999'].map((length) =>
    broken(`a content length of ${length}`, post([`Content-Length: ${length}`], '{"a":1}')),
  ),
  broken('two content lengths', post(['Content-Length: 2', 'Content-Length: 7'], '{}')),
  broken('a content length beside chunks', post(['Content-Length: 2', 'Transfer-Encoding: chunked'], '0\r\n\r\n')),
  broken('an unknown transfer coding', post(['Transfer-Encoding: xchunked'], '2\r\n{}\r\n0\r\n\r\n')),
  broken('chunks that are not the last coding', post(['Transfer-Encoding: chunked, gzip'], '2\r\n{}\r\n0\r\n\r\n')),
]

const badChunks: BrokenRequest[] = [
  ['a chunk size that is no number', 'two\r\n{}\r\n0\r\n\r\n'],
  ['a negative chunk size', '-2\r\n{}\r\n0\r\n\r\n'],
  ['a chunk size beyond all bounds', 'fffffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
  ['a chunk longer than its size', '1\r\n{}\r\n0\r\n\r\n'],
  ['a chunk that ends with a line feed alone', '2\r\n{}\n0\r\n\r\n'],
].map(([name, body]) => broken(name as string, post(['Transfer-Encoding: chunked'], body as string)))

export const brokenRequests: readonly BrokenRequest[] = [...noRequests, ...badHeaders, ...badLengths, ...badChunks]

/** Targets that lead nowhere, however they are written. */
export const oddTargets: readonly string[] = [
  '/',
  '/v1',
  '/v1/',
  '/v2/payments',
  '/v1/payment',
  '/v1/payments/',
  '/v1//payments',
  '//v1/payments',
  '/V1/PAYMENTS',
  '/v1/payments/../payments',
  '/v1/./payments',
  '/v1/%2e%2e/v1/payments',
  '/v1%2fpayments',
  '/v1/payments%00',
  '/v1/payments;a=b',
  '/v1/payments%3Flimit=5',
  '/v1/payments/%',
  '/v1/payments/%zz',
  '/v1/payments/%c3%28',
  '/v1/payments/%ff',
  '/v1\\payments',
  '/.env',
  '/..',
  '/../../etc/passwd',
  '/v1/payments/tx_01jd0000000000000000000000/approve',
  '/v1/webhook_endpoints/x/y/z',
  '/__proto__',
  '/constructor',
  `/v1/${'x/'.repeat(4_000)}`,
  `/v1/payments/${'x'.repeat(8_000)}`,
  `/v1/nothing?${'a&'.repeat(3_000)}`,
  '*',
  'http://shop.example/v1/nothing',
]
