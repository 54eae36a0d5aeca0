import { checkMessage } from '@tessera/contracts/three-ds/check-message'
import { shiftsLiability } from '@tessera/contracts/three-ds/eci'
import { encodeJson, type MethodData, readEncoded } from '@tessera/contracts/three-ds/encoding'
import type { CReq } from '@tessera/contracts/three-ds/messages/challenge'
import type { TemplateJson } from '@tessera/contracts/vault-protocol'
import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import { resultsPath } from '../core/authentication/authentications.ts'
import type { AskIssuer, IssuerAnswer, ThreeDSecureProvider } from '../core/ports/three-d-secure-provider.ts'
import type { Vault } from '../core/ports/vault.ts'
import { type AReqTemplate, authenticationRequest } from './authentication-request.ts'
import type { CardRangeCache } from './card-range-cache.ts'
import type { DirectoryLink } from './directory-link.ts'
import { readIssuerAnswer } from './issuer-answer.ts'
import { acceptResult, readResult, refuseResult } from './results.ts'

/** Name and operation of the manifest by which the vault sends authentication requests. */
const directoryServer = { connector: 'directory-server', operation: 'authenticate', path: '/ds/authentications' }
/** After this a request counts as unanswered. */
const answerWithinMs = 10_000

/** Our own 3DS server, speaking to a directory server: for authentication requests through the vault, which has the number. */
export function createThreeDSecureProvider(parts: {
  vault: Vault
  link: DirectoryLink
  ranges: CardRangeCache
  clock: Clock
  log: Logger
  /** Where shoppers, and where the directory server reach this gateway. */
  publicUrl: string
  resultsBaseUrl: string
}): ThreeDSecureProvider {
  const { link, ranges, log } = parts
  return {
    isAvailable: (mode) => link.isKnown(mode),
    participation: (mode, card) => ranges.find(mode, card),
    methodData: (authenticationId, notificationUrl) => {
      const data: MethodData = {
        threeDSServerTransID: authenticationId,
        threeDSMethodNotificationURL: notificationUrl,
      }
      return encodeJson(data)
    },
    ask: (asked) =>
      ask(parts, asked).catch((error: unknown): IssuerAnswer => {
        log.error('an authentication request could not be made', { paymentId: asked.payment.paymentId, error })
        return { kind: 'unavailable', why: 'failed' }
      }),
    challengeRequest({ authenticationId, version }, { acsTransId, windowSize }) {
      const creq: CReq = {
        messageType: 'CReq',
        messageVersion: version ?? '2.2.0',
        threeDSServerTransID: authenticationId,
        acsTransID: acsTransId,
        challengeWindowSize: windowSize,
      }
      return encodeJson(creq)
    },
    isReturnOf({ authenticationId, challenge }, cres) {
      const verdict = readEncoded(cres, { types: ['CRes', 'Erro'], deviceChannel: '02' })
      if (!verdict.ok || challenge === null) return false
      const { threeDSServerTransID, acsTransID } = verdict.message
      return (
        threeDSServerTransID?.toLowerCase() === authenticationId &&
        acsTransID?.toLowerCase() === challenge.acsTransId.toLowerCase()
      )
    },
    readResult,
    acceptResult,
    refuseResult,
    shiftsLiability,
  }
}

async function ask(parts: Parameters<typeof createThreeDSecureProvider>[0], asked: AskIssuer): Promise<IssuerAnswer> {
  const { vault, clock, publicUrl, resultsBaseUrl } = parts
  const { payment, authentication, holdId } = asked
  const nowMs = clock.now()
  const areq = authenticationRequest(asked, { resultsUrl: `${resultsBaseUrl}${resultsPath}`, publicUrl }, nowMs)
  assertGood(areq)
  const reply = await vault.forward({
    merchantId: payment.merchantId,
    mode: payment.mode,
    stepId: `${authentication.authenticationId}.authenticate`,
    connector: directoryServer.connector,
    operation: directoryServer.operation,
    template: {
      method: 'POST',
      path: directoryServer.path,
      headers: { accept: 'application/json' },
      body: { kind: 'json', value: areq as unknown as TemplateJson },
    },
    card: { attemptId: holdId, saveAs: null },
    timeoutMs: answerWithinMs,
    sendBeforeMs: nowMs + answerWithinMs,
  })
  if (reply.outcome !== 'answered') {
    return { kind: 'unavailable', why: 'reason' in reply ? `${reply.outcome}: ${reply.reason}` : reply.outcome }
  }
  if (reply.status !== 200) return { kind: 'unavailable', why: `HTTP ${reply.status}` }
  return readIssuerAnswer(Buffer.from(reply.body), asked)
}

/** Checked as it will be, with stand-ins for what the vault fills in: what we send is never what a directory server must refuse. */
function assertGood(areq: AReqTemplate): void {
  const verdict = checkMessage({ ...areq, acctNumber: '0'.repeat(16), cardExpiryDate: '3012' }, { types: ['AReq'] })
  if (!verdict.ok) throw new Error(`the AReq is not good: ${verdict.fault.errorCode} ${verdict.fault.errorDetail}`)
}
