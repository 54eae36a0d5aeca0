import type { CardFace } from '@tessera/contracts/vault-protocol'

export interface Card {
  face: CardFace
  fate: CardFate
  fingerprintId: string
}

/** What the card's issuer will say, and how the acquirer will treat refunds of it. */
export interface CardFate {
  approves: boolean
  declineCode: string
  refund: 'done' | 'pending' | 'fails' | 'pending_then_fails'
  /** Declined for want of an authentication where there is none. */
  wantsAuthentication: boolean
  issuer: IssuerPlan
  /** How a dispute of it will end; null where there is none. */
  dispute: 'won' | 'lost' | null
}

/** What a card's issuer does in 3-D Secure. */
export type IssuerPlan =
  | { kind: 'frictionless'; says: 'Y' | 'A' | 'N' | 'U' | 'R' }
  | {
      kind: 'challenge'
      shopper: 'passes' | 'fails' | 'leaves'
      reports: 'once' | 'twice' | 'late' | 'never' | 'contradicting'
    }
