import type { ClaimReply, ClaimRequest } from '@tessera/contracts/vault-protocol'
import type { Acquirer } from '../../../core/payments/acquirer.ts'
import type { OperationOutcome } from '../../../core/payments/outcome.ts'
import type { Vault } from '../../../core/ports/vault.ts'

/** Approves everything, unless told what comes next. For tests of the engine behind its API. */
export function scriptedAcquirer(): Acquirer & { next: OperationOutcome[]; sent: string[] } {
  const next: OperationOutcome[] = []
  const sent: string[] = []
  return {
    next,
    sent,
    capabilities: () => {
      throw new Error('nobody asks')
    },
    async send(_record, operation) {
      sent.push(operation.kind)
      const approved: OperationOutcome = {
        kind: 'approved',
        acquirerReference: `ref_${sent.length}`,
        captured: operation.kind === 'authorize' && operation.final,
        networkTransactionId: null,
        captureBeforeMs: null,
      }
      return { outcome: next.shift() ?? approved, acquirerMs: 5 }
    },
    inquire: async () => ({ kind: 'unknown', fenced: true }),
    unsendableForMs: () => 0,
  }
}

/** Knows every token once. */
export function scriptedVault(): Vault {
  const claimedBy = new Map<string, string>()
  const claim = async ({ attemptId, source }: ClaimRequest): Promise<ClaimReply> => {
    const name = source.kind === 'token' ? source.token : attemptId
    const holder = claimedBy.get(name) ?? attemptId
    claimedBy.set(name, holder)
    if (holder !== attemptId) return { outcome: 'token_already_used' }
    return {
      outcome: 'claimed',
      card: { bin: '424242', last4: '4242', brand: 'visa', expMonth: 12, expYear: 2030, cardholderName: null },
      fingerprintId: null,
      holdExpiresAtMs: 0,
    }
  }
  const unused = () => {
    throw new Error('nobody asks')
  }
  return {
    claim,
    release: () => undefined,
    forward: unused,
    fence: unused,
    unsentClaims: unused,
    activateCard: unused,
    eraseCard: unused,
  }
}
