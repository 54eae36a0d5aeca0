import { AddressNotAllowed } from './guarded-connector.ts'

const closedEarly = 'the connection was closed before an answer came'

const known: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: closedEarly,
  EPIPE: closedEarly,
  UND_ERR_SOCKET: closedEarly,
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'the connection could not be made in time',
  UND_ERR_CONNECT_TIMEOUT: 'the connection could not be made in time',
  ENOTFOUND: 'the host name is not known',
  ENODATA: 'the host name has no address',
  ETIMEOUT: 'the name servers of the host do not answer',
  ESERVFAIL: 'the name servers of the host do not answer',
  UND_ERR_HEADERS_OVERFLOW: 'the answer has too many headers',
}

const certificateCode = /^(CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/

/** For the merchant who reads the log of tries: what went wrong on the way, without our addresses or library texts. */
export function describeFault(error: Error | null): string {
  if (error instanceof AddressNotAllowed) return error.message
  if (error?.name === 'HTTPParserError') return 'the answer is not HTTP'
  const code = codeOf(error)
  if (code === null) return 'the request failed'
  if (certificateCode.test(code)) return `the TLS certificate is not accepted (${code})`
  return known[code] ?? `the request failed (${code})`
}

function codeOf(error: Error | null): string | null {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code) ? code : null
}
