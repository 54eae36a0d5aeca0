import { readMessage } from '@tessera/contracts/three-ds/check-message'
import { type ErrorCode, erroAbout, type MessageFault } from '@tessera/contracts/three-ds/error-codes'
import type { RRes } from '@tessera/contracts/three-ds/messages/results'
import type { SpokenVersion } from '@tessera/contracts/three-ds/versions'
import type { ReportedResult } from '../core/authentication/authentication.ts'
import type { ResultsAnswer } from '../core/authentication/authentications.ts'
import { type AuthenticationId, trustedId } from '../core/ids.ts'
import type { ReadResult, ResultRefusal } from '../core/ports/three-d-secure-provider.ts'

/** Reads a results request and words what is answered: an RRes, or an Erro with what is wrong. Erros come with 200, as messages do. */
export function readResult(bytes: Uint8Array): ReadResult {
  const verdict = readMessage(bytes, { types: ['RReq'], deviceChannel: '02', messageCategory: '01' })
  if (!verdict.ok) return { ok: false, answer: erro(verdict.fault, '2.2.0') }
  const { message: rreq } = verdict
  return {
    ok: true,
    result: {
      authenticationId: trustedId<AuthenticationId>(rreq.threeDSServerTransID.toLowerCase()),
      acsTransId: rreq.acsTransID,
      dsTransId: rreq.dsTransID,
      version: rreq.messageVersion,
      transStatus: rreq.transStatus,
      reason: rreq.transStatusReason ?? null,
      eci: rreq.eci ?? null,
      cavv: rreq.authenticationValue ?? null,
      challengeCancel: rreq.challengeCancel ?? null,
    },
  }
}

export function acceptResult({ authenticationId, acsTransId, dsTransId, version }: ReportedResult): ResultsAnswer {
  const rres: RRes = {
    messageType: 'RRes',
    messageVersion: version,
    threeDSServerTransID: authenticationId,
    acsTransID: acsTransId,
    dsTransID: dsTransId,
    resultsStatus: '01',
  }
  return { status: 200, body: JSON.stringify(rres) }
}

const refusals: Record<ResultRefusal, { errorCode: ErrorCode; errorDetail: string }> = {
  unknown_transaction: { errorCode: '301', errorDetail: 'threeDSServerTransID, acsTransID, dsTransID' },
  contradicts: { errorCode: '305', errorDetail: 'transStatus: another result was received before' },
  too_early: { errorCode: '403', errorDetail: 'The ARes of this transaction has not been received yet.' },
  other_version: { errorCode: '203', errorDetail: 'messageVersion' },
}

export function refuseResult(result: ReportedResult, why: ResultRefusal): ResultsAnswer {
  const { authenticationId, acsTransId, dsTransId, version } = result
  const ids = { threeDSServerTransID: authenticationId, acsTransID: acsTransId, dsTransID: dsTransId }
  return erro({ ...refusals[why], errorMessageType: 'RReq', ids }, version)
}

function erro(fault: MessageFault, version: SpokenVersion): ResultsAnswer {
  return { status: 200, body: JSON.stringify(erroAbout(fault, 'S', version)) }
}
