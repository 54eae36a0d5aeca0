import type { AuthenticationState } from './states.ts'

/**
 * What the payment does about the end of its authentication: authorize with the issuer's proof, authorize without one (and so
 * without a shift of liability), or fail. `required` is an authentication without which nothing is sent: the merchant asked for
 * it, or an authorization without was declined for it already.
 */
export type Consequence = 'authorize_with_proof' | 'authorize_without' | 'fail'

type End = Extract<
  AuthenticationState,
  'authenticated' | 'attempted' | 'informational' | 'unavailable' | 'not_authenticated' | 'rejected' | 'abandoned'
>

const table: Record<End, { required: Consequence; otherwise: Consequence }> = {
  authenticated: { required: 'authorize_with_proof', otherwise: 'authorize_with_proof' }, // Y
  attempted: { required: 'authorize_with_proof', otherwise: 'authorize_with_proof' }, // A
  informational: { required: 'fail', otherwise: 'authorize_without' }, // I
  unavailable: { required: 'fail', otherwise: 'authorize_without' }, // U
  not_authenticated: { required: 'fail', otherwise: 'fail' }, // N
  rejected: { required: 'fail', otherwise: 'fail' }, // R: must not be authorized
  abandoned: { required: 'fail', otherwise: 'fail' },
}

export function consequenceOf(state: AuthenticationState, { required }: { required: boolean }): Consequence {
  if (!(state in table)) throw new Error(`an authentication that is ${state} has no consequence yet`)
  return table[state as End][required ? 'required' : 'otherwise']
}

/** Whether an authorization says anything of it. */
export function countsForAuthorization(state: AuthenticationState): boolean {
  return state === 'authenticated' || state === 'attempted' || state === 'informational'
}
