import type { CardBrand, CardFace, Mode } from '@tessera/contracts/vault-protocol'
import { derivedId } from '@tessera/lib/derived-id'
import type { Ids } from '@tessera/lib/ids'
import type { Random } from '@tessera/lib/random'
import { newUuid } from '@tessera/lib/uuid'
import { type AuthenticationId, type SessionId, trustedId } from '../ids.ts'
import type { NewSession } from '../payments/decision.ts'
import type { Operation, PaymentRecord } from '../payments/payment.ts'
import type { ThreeDSecureProvider } from '../ports/three-d-secure-provider.ts'
import type { Authentication, SealedProof } from './authentication.ts'

/** Seals the issuer's proof (CAVV) for its place in the database: it is worth money to whoever reads it. */
export interface ProofSealer {
  seal(place: Pick<Authentication, 'merchantId' | 'authenticationId'>, cavv: string): SealedProof
  open(place: Pick<Authentication, 'merchantId' | 'authenticationId'>, proof: SealedProof): string
}

/** What the engine needs where a payment meets 3-D Secure. */
export interface ThreeDSecure extends ProofSealer {
  isAvailable(mode: Mode): boolean
  /** Null where it is not available. */
  newSession(mode: Mode): NewSession | null
  /** False as well where that is not to be found out now: nothing would come of a session but the shopper's wait. */
  takesPart(mode: Mode, card: CardFace): Promise<boolean>
  shiftsLiability(brand: CardBrand, eci: string | null): boolean
}

export function createThreeDSecure(parts: {
  ids: Ids
  random: Random
  provider: Pick<ThreeDSecureProvider, 'isAvailable' | 'participation' | 'shiftsLiability'>
  proofs: ProofSealer
  /** How long a shopper may take to come. */
  sessionLifetimeMs: number
}): ThreeDSecure {
  const { ids, random, provider, proofs, sessionLifetimeMs } = parts
  return {
    isAvailable: (mode) => provider.isAvailable(mode),
    takesPart: async (mode, card) => (await provider.participation(mode, card)).kind === 'takes_part',
    shiftsLiability: (brand, eci) => provider.shiftsLiability(brand, eci),
    newSession(mode) {
      if (!provider.isAvailable(mode)) return null
      const sessionId = trustedId<SessionId>(ids.random())
      return {
        authenticationId: trustedId<AuthenticationId>(newUuid(random)),
        sessionId,
        sessionDigest: sessionDigestOf(sessionId),
        lifetimeMs: sessionLifetimeMs,
      }
    },
    seal: proofs.seal,
    open: proofs.open,
  }
}

export function sessionDigestOf(sessionId: SessionId): string {
  return derivedId('shopper session', sessionId)
}

/** The proof that goes out with an attempt; null where there is none. Called for at the moment of sending, and not before. */
export function proofFor(
  threeDSecure: ThreeDSecure | undefined,
  { authentication }: PaymentRecord,
  attempt: Operation,
): string | null {
  const { authenticationId } = attempt.authentication ?? {}
  if (authentication == null || authenticationId !== authentication.authenticationId) return null
  const proof = authentication.result?.proof ?? null
  return proof === null || threeDSecure === undefined ? null : threeDSecure.open(authentication, proof)
}
