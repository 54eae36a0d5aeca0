import type { CardFieldFault } from './card-check.ts'
import type { TokenOutcome } from './token-request.ts'

/**
 * What the SDK in a merchant's page and the card fields in their frame say to each other. The page hands each frame a port of its
 * own, once; after that both listen to that port alone. No message to the page holds what was typed.
 */
export type CardFieldName = 'number' | 'expiry' | 'cvc'
export const cardFieldNames: readonly CardFieldName[] = ['number', 'expiry', 'cvc']

/** All fields in one frame, or one of them. Also the last part of the frame's address. */
export type FrameLayout = 'card' | CardFieldName

/** Sent to the frame by `postMessage`, with the port. */
export const connectMessage = 'tessera: connect'

/** The frame's `name`: frames of one form find each other by it, as only pages of one origin can. */
export const frameName = (group: string, layout: FrameLayout): string => `tessera-${group}-${layout}`

export interface FrameAppearance {
  theme?: string
  variables?: Partial<Record<string, string>>
}

export type ToFrame =
  | { do: 'focus'; field?: CardFieldName }
  | { do: 'clear' }
  | { do: 'update'; appearance?: FrameAppearance; locale?: string; disabled?: boolean }
  | { do: 'token'; id: number; cardholderName?: string }

export interface FieldReport {
  empty: boolean
  complete: boolean
  /** Null also while it is not shown to the shopper. */
  fault: CardFieldFault | null
}

export type FromFrame =
  | { tell: 'ready'; title: string }
  | { tell: 'height'; px: number }
  | { tell: 'state'; fields: Partial<Record<CardFieldName, FieldReport>>; brand: string | null }
  | { tell: 'focus' | 'blur'; field: CardFieldName }
  | { tell: 'submit' }
  | { tell: 'token'; id: number; outcome: TokenOutcome }
