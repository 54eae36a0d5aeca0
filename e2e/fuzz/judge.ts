import { strayNumbers } from '../bad-input/testing/card-texts.ts'
import type { Case } from './cases.ts'
import { answerFault, errorFault } from './documents.ts'
import type { Parties } from './parties.ts'
import type { Told } from './sending.ts'

/** Whole card numbers that cases send, as digits. */
const sentNumbers = [
  ...Object.values(strayNumbers),
  '4242424242424242',
  '5555555555554444',
  '4000000000000002',
  '4000000000009995',
  '4000002500003155',
]
const cardPattern = new RegExp(sentNumbers.map((number) => [...number].join('[ .\\-]?')).join('|'))

/** What says more of the inside than a caller should know. No value that a case sends holds any of these. */
const inside =
  /\bat (async )?[\w.<>]+ \(?(file:|\/|node:)|node_modules|\bnode:internal|\b(insert into|select .+ from|update \w+ set|delete from) |\brelation "|violates \w+ constraint|duplicate key value|ECONNREFUSED|EPIPE|TypeError|RangeError|\bis not a function|of undefined|invalid input syntax|\$\d+::/i

/** First fault of an answer by itself; null when there is none. */
export function faultOf(one: Case, told: Told, parties: Parties): string | null {
  const { status, headers, text } = told
  if (status < 200 || (status >= 500 && status !== 503)) return `status ${status}`
  if ((status === 503 || status === 429) && headers['retry-after'] === undefined && one.route.hasKey)
    return `${status} without Retry-After`
  if (headers['x-request-id'] === undefined) return 'no X-Request-Id'
  const shown = text + JSON.stringify(headers)
  if (cardPattern.test(shown)) return 'a card number in the answer'
  if (keysOf(parties).some((key) => shown.includes(key))) return 'a key in the answer'
  if (status >= 400 && inside.test(text)) return `something of the inside: ${inside.exec(text)?.[0]}`
  return faultOfBody(one, told) ?? faultOfRights(one, told, parties)
}

function keysOf({ mine, theirs, live, readerKey }: Parties): string[] {
  return [mine.secretKey, theirs.secretKey, live.secretKey, readerKey]
}

function faultOfBody({ route, isOfRoute }: Case, { status, headers, text }: Told): string | null {
  if (headers['content-type']?.startsWith('text/html') && route.path === '/docs/errors') return null
  if (headers['content-type'] !== 'application/json; charset=utf-8') return `content type ${headers['content-type']}`
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'no JSON'
  }
  // What the path no longer names a call for is answered by whoever answers for that path.
  const isElsewhere = !isOfRoute || status === 404
  if (!isElsewhere) return answerFault(route, status, json)
  if (status < 300) return null
  const faults = [errorFault('v1', json), errorFault('inflow', json)]
  // Spoilt bytes may still be the call that they were made of, and its payment declined.
  const isAsDocumented = answerFault(route, status, json) === null
  return isAsDocumented || faults.includes(null) ? null : `no known error shape: ${faults.join('; ')}`
}

/** Who may not is refused, and sees nothing of others. */
function faultOfRights(one: Case, { status, text }: Told, { foreign }: Parties): string | null {
  const { caller, route, namesForeign } = one
  const isDone = status < 300
  if (!route.hasKey) return null
  if ((caller === 'odd' || caller === 'nobody') && isDone) return 'done without a key'
  if (caller === 'publishable' && isDone && route.path !== '/v1/tokens') return 'done with a key of the other kind'
  if (caller === 'reader' && isDone && (route.method !== 'GET' || !mayBeReadByReader(route.path))) {
    return 'done without its scope'
  }
  if (caller === 'live' && isDone && namesForeign) return 'an object of test mode under a live key'
  if (caller === 'mine' && namesForeign && isDone) return 'done to what is another merchant’s'
  // A customer is whatever the merchant calls so, another merchant's payment included.
  if (
    caller === 'mine' &&
    isDone &&
    !route.path.includes('{customer_id}') &&
    [...text.matchAll(/\b[a-z]{2,4}_[0-9a-z]{26}\b/g)].some(([id]) => foreign.has(id))
  ) {
    return 'an id of another merchant in the answer'
  }
  return null
}

const mayBeReadByReader = (path: string): boolean =>
  path.startsWith('/v1/payments') ||
  path.startsWith('/api/payment') ||
  path.startsWith('/api/link') ||
  path.startsWith('/api/tax')

/** Passed key and JSON: done, or refused for what it says. */
export function reachedHandler({ caller, isOfRoute }: Case, { status, text }: Told): boolean {
  if (!isOfRoute || caller === 'odd' || caller === 'nobody' || caller === 'publishable') return false
  if (status < 300 || status === 404 || status === 409) return true
  return status === 400 && !/not valid JSON|is not JSON|must be a JSON object|invalid JSON/i.test(text)
}

/** Lines of a log that must not be there. */
export function faultOfLog(line: string, parties: Parties): string | null {
  if (cardPattern.test(line)) return `a card number in a log: ${line.slice(0, 300)}`
  if (keysOf(parties).some((key) => line.includes(key))) return `a key in a log: ${line.slice(0, 300)}`
  if (/"event":"request failed"|"level":"fatal"|uncaught/i.test(line))
    return `a failure in a log: ${line.slice(0, 600)}`
  return null
}
