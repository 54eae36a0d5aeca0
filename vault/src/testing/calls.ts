import type { ClaimRequest, FenceRequest, ForwardRequest, ReleaseRequest } from '@tessera/contracts/vault-protocol'
import { vaultPaths } from '@tessera/contracts/vault-protocol'
import { type Answer, merchantId, type RunningVault } from './running-vault.ts'

const owner = { merchantId, mode: 'test' } as const

export const authorizeTemplate = (reference = 'ref_1'): ForwardRequest['template'] => ({
  method: 'POST',
  path: '/v1/authorizations',
  headers: { authorization: 'Bearer sandbox' },
  body: {
    kind: 'json',
    value: {
      reference,
      amount_minor: 1762,
      currency: 'usd',
      card: {
        number: { $card: 'number' },
        exp_month: { $card: 'exp_month' },
        exp_year: { $card: 'exp_year_4' },
        cvc: { $card: 'cvc', optional: true },
        holder: { $card: 'cardholder_name', optional: true },
      },
    },
  },
})

export function claim(vault: RunningVault, attemptId: string, token: string, over: Partial<ClaimRequest> = {}) {
  const request: ClaimRequest = {
    ...owner,
    attemptId,
    source: { kind: 'token', token },
    withFingerprint: false,
    ...over,
  }
  return vault.call(vaultPaths.claims, request).then(value)
}

export function claimCard(vault: RunningVault, attemptId: string, cardId: string, over: Partial<ClaimRequest> = {}) {
  return claim(vault, attemptId, '', { source: { kind: 'card', cardId }, ...over })
}

/** Authorizes the attempt's card at the sandbox connector. */
export function authorize(vault: RunningVault, attemptId: string, over: Partial<ForwardRequest> = {}) {
  const request: ForwardRequest = {
    ...owner,
    stepId: attemptId,
    connector: 'sandbox',
    operation: 'authorize',
    template: authorizeTemplate(attemptId),
    card: { attemptId, saveAs: null },
    timeoutMs: 5_000,
    sendBeforeMs: vault.clock.now() + 10_000,
    ...over,
  }
  return vault.call(vaultPaths.forwards, request).then(value)
}

export function fence(vault: RunningVault, attemptId: string, over: Partial<FenceRequest> = {}) {
  const request: FenceRequest = { ...owner, stepId: attemptId, attemptId, ...over }
  return vault.call(vaultPaths.fences, request).then(value)
}

export function release(vault: RunningVault, attemptId: string, reason: ReleaseRequest['releases'][number]['reason']) {
  return vault.call(vaultPaths.releases, { releases: [{ ...owner, attemptId, reason }] }).then(value)
}

export function activate(vault: RunningVault, cardId: string) {
  return vault.call(vaultPaths.cardActivations, { ...owner, cardId }).then(value)
}

export function erase(vault: RunningVault, cardId: string) {
  return vault.call(vaultPaths.cardErasures, { ...owner, cardId }).then(value)
}

function value(answer: Answer) {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return answer.json
}

export async function count(vault: RunningVault, table: string): Promise<number> {
  return Number((await vault.sql.query(`select count(*) from ${table}`)).rows[0].count)
}
