import { erroAbout } from '@tessera/contracts/three-ds/error-codes'
import { type Authentications, resultsPath } from '../core/authentication/authentications.ts'
import type { PlainAnswer, PlainRefusal, PlainRoute } from '../lib/plain-route.ts'

/** Where the directory server brings the results of issuers. */
export function createResultsRoute(authentications: Pick<Authentications, 'result'>): PlainRoute {
  return {
    method: 'POST',
    path: resultsPath,
    async answer({ body }) {
      const { status, body: text } = await authentications.result(body)
      return message(status, text)
    },
    refuse: (why) => {
      const { status, errorCode, errorDetail } = refusals[why]
      return message(status, JSON.stringify(erroAbout({ errorCode, errorDetail, ids: {} }, 'S', '2.2.0')))
    },
  }
}

/** A failure of ours is worth another try; nothing else is. */
const refusals: Record<PlainRefusal, { status: number; errorCode: '101' | '203' | '403'; errorDetail: string }> = {
  too_large: { status: 413, errorCode: '101', errorDetail: 'The message is too long.' },
  card_data: { status: 400, errorCode: '203', errorDetail: 'acctNumber' },
  failed: { status: 503, errorCode: '403', errorDetail: 'Try again.' },
}

function message(status: number, body: string): PlainAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body }
}
