import { readMessage } from '@tessera/contracts/three-ds/check-message'
import { eciTableOf } from '@tessera/contracts/three-ds/eci'
import type { ARes } from '@tessera/contracts/three-ds/messages/ares'
import type { CardBrand } from '@tessera/contracts/vault-protocol'
import type { AskIssuer, IssuerAnswer } from '../core/ports/three-d-secure-provider.ts'
import { windowSizeFor } from './authentication-request.ts'

type Asked = Pick<AskIssuer, 'authentication' | 'version' | 'browser' | 'payment'>

/** What the bytes that answered an AReq say; whatever is not wholly an ARes of that transaction says nothing. */
export function readIssuerAnswer(bytes: Uint8Array, asked: Asked): IssuerAnswer {
  const { authentication, version, payment } = asked
  const verdict = readMessage(bytes, {
    types: ['ARes', 'Erro'],
    versions: [version],
    deviceChannel: '02',
    messageCategory: '01',
  })
  if (!verdict.ok) return nothing(`${verdict.fault.errorCode} ${verdict.fault.errorDetail}`)
  const { message } = verdict
  if (message.messageType === 'Erro') return nothing(`Erro ${message.errorCode} ${message.errorDetail}`)
  if (message.threeDSServerTransID.toLowerCase() !== authentication.authenticationId) {
    return nothing('301 the ARes is about another transaction')
  }
  return meaningOf(message, asked, payment.card?.brand ?? 'visa')
}

const nothing = (why: string): IssuerAnswer => ({ kind: 'unavailable', why: why.slice(0, 200) })

function meaningOf(ares: ARes, { browser }: Asked, brand: CardBrand): IssuerAnswer {
  const { transStatus, acsTransID: acsTransId, dsTransID: dsTransId, cardholderInfo: issuerText = null } = ares
  if (transStatus === undefined) return nothing('201 transStatus')
  if (transStatus === 'C' || transStatus === 'D') {
    const challenge = { acsUrl: ares.acsURL ?? '', acsTransId, dsTransId, windowSize: windowSizeFor(browser) }
    return { kind: transStatus === 'C' ? 'challenge' : 'decoupled', challenge, issuerText }
  }
  const { transStatusReason: reason = null, authenticationValue: cavv = null } = ares
  const eci = ares.eci ?? eciOf(transStatus, brand)
  return { kind: 'result', transStatus, reason, eci, cavv, dsTransId, acsTransId, issuerText }
}

/** An issuer may leave it to the scheme's table. */
export function eciOf(transStatus: string, brand: CardBrand): string | null {
  if (transStatus === 'Y') return eciTableOf(brand).authenticated
  return transStatus === 'A' ? eciTableOf(brand).attempted : null
}
