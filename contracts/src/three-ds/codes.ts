/** `01` app, `02` browser, `03` the requestor alone, no cardholder present (3RI). */
export type DeviceChannel = '01' | '02' | '03'
/** `01` payment, `02` not a payment. Schemes define their own from 80: Mastercard's data-only is `80`. */
export type MessageCategory = '01' | '02' | '80'

/**
 * `Y` authenticated, `A` attempt with proof, `N` not authenticated, `R` rejected: do not authorize, `U` could not be
 * performed, `C` challenge, `D` decoupled challenge confirmed, `I` informational. 2.3.1 adds `S`, secure payment confirmation.
 */
export type TransStatus = 'Y' | 'A' | 'N' | 'R' | 'U' | 'C' | 'D' | 'I'
export type PlannedTransStatus = TransStatus | 'S'

/** What a challenge may end with. */
export type FinalTransStatus = Extract<TransStatus, 'Y' | 'A' | 'N' | 'R' | 'U'>

/** Whether the 3DS Method ran: completed, failed or timed out, no method URL. */
export type MethodCompletion = 'Y' | 'N' | 'U'

/** Reasons for N, R and U that have a meaning here. */
export const transStatusReasons = {
  '01': 'card authentication failed',
  '02': 'unknown device',
  '03': 'unsupported device',
  '04': 'frequency limit exceeded',
  '05': 'expired card',
  '06': 'invalid card number',
  '07': 'invalid transaction',
  '08': 'no card record',
  '09': 'security failure',
  '10': 'stolen card',
  '11': 'suspected fraud',
  '12': 'transaction not permitted to the cardholder',
  '13': 'cardholder not enrolled',
  '14': 'the issuer timed out',
  '15': 'low confidence',
  '16': 'medium confidence',
  '17': 'high confidence',
  '18': 'very high confidence',
  '19': 'too many challenges',
  '20': 'non-payment transactions are not supported',
  '21': '3RI transactions are not supported',
  '22': 'technical problem at the issuer',
  '23': 'decoupled authentication is required and was not requested',
  '24': 'decoupled authentication took too long',
  '25': 'decoupled authentication was given too little time',
  '26': 'authentication was attempted and not performed by the cardholder',
} as const
export type TransStatusReason = keyof typeof transStatusReasons

/** Why a challenge ended early. */
export const challengeCancelReasons = {
  '01': 'cancelled by the cardholder',
  '03': 'decoupled authentication timed out',
  '04': 'the issuer timed out',
  '05': 'the first challenge request never came',
  '06': 'error in the transaction',
  '07': 'unknown',
  '08': 'the app timed out',
} as const
export type ChallengeCancel = keyof typeof challengeCancelReasons
