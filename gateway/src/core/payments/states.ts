/**
 * The life of a payment, as a table. Nobody else writes a payment's state; a new state or trigger does not compile until
 * every row mentions it. What comes after capture (refunded, partly refunded, settled) is derived from amounts.
 */
export const paymentStates = [
  'created',
  'requires_action',
  'requires_confirmation',
  'processing',
  'authorized',
  'captured',
  'failed',
  'canceled',
  'expired',
] as const
export type PaymentState = (typeof paymentStates)[number]

export const paymentTriggers = [
  // commands
  'require_action', // the shopper must authenticate
  'require_confirmation', // the merchant must confirm
  'send', // the authorization is about to be sent
  'confirm', // the merchant has confirmed: the same for a card that is held
  'update', // the merchant changes what is to be paid
  'capture',
  'void',
  'refund',
  'expire', // the payment's own deadline has passed
  'abandon', // authentication failed or was given up
  'reopen', // the same on a checkout, where the shopper may try again
  // outcomes
  'approved', // authorized, not captured
  'approved_captured', // authorized and captured in one
  'declined', // the only attempt this payment may have
  'declined_open', // declined on a checkout, where the shopper may try again
  'capture_approved',
] as const
export type PaymentTrigger = (typeof paymentTriggers)[number]

/**
 * - a state: the payment goes there;
 * - `stay`: allowed, the state remains (amounts change);
 * - `no`: a refusal to whoever asked;
 * - `reverse`: money was authorized after the payment was given up, so it goes back;
 * - `never`: cannot happen; meeting it is a bug.
 */
export type Verdict = PaymentState | 'stay' | 'no' | 'reverse' | 'never'

type Row = Record<PaymentTrigger, Verdict>

/** A payment that was given up without money: whatever is approved later is reversed. */
const givenUp: Row = {
  require_action: 'no',
  require_confirmation: 'no',
  send: 'no',
  confirm: 'no',
  update: 'no',
  capture: 'no',
  void: 'no',
  refund: 'no',
  expire: 'stay',
  abandon: 'no',
  reopen: 'no',
  approved: 'reverse',
  approved_captured: 'reverse',
  declined: 'stay',
  declined_open: 'stay',
  capture_approved: 'never',
}

/** No authorization was sent yet. */
const beforeSending: Row = {
  require_action: 'requires_action',
  require_confirmation: 'requires_confirmation',
  send: 'processing',
  confirm: 'no',
  update: 'stay',
  capture: 'no',
  void: 'canceled',
  refund: 'no',
  expire: 'expired',
  abandon: 'failed',
  reopen: 'no',
  approved: 'never',
  approved_captured: 'never',
  declined: 'never',
  declined_open: 'never',
  capture_approved: 'never',
}

const table: Record<PaymentState, Row> = {
  created: beforeSending,
  // An authentication that was not finished in time was never charged: the shop learns that it failed, and why.
  requires_action: { ...beforeSending, expire: 'failed', reopen: 'created' },
  requires_confirmation: { ...beforeSending, confirm: 'processing' },
  processing: {
    require_action: 'requires_action', // soft decline: the issuer asks for authentication
    require_confirmation: 'never',
    send: 'no',
    confirm: 'no',
    update: 'no',
    capture: 'no',
    void: 'canceled', // whatever comes is reversed
    refund: 'no',
    expire: 'stay', // an outcome in doubt is settled by asking, never by a clock
    abandon: 'no',
    reopen: 'no',
    approved: 'authorized',
    approved_captured: 'captured',
    declined: 'failed',
    declined_open: 'created',
    capture_approved: 'never',
  },
  authorized: {
    require_action: 'no',
    require_confirmation: 'no',
    send: 'no',
    confirm: 'no',
    update: 'no',
    capture: 'stay',
    void: 'canceled',
    refund: 'no',
    expire: 'expired',
    abandon: 'no',
    reopen: 'no',
    approved: 'never',
    approved_captured: 'never',
    declined: 'never',
    declined_open: 'never',
    capture_approved: 'captured',
  },
  captured: {
    require_action: 'no',
    require_confirmation: 'no',
    send: 'no',
    confirm: 'no',
    update: 'no',
    capture: 'stay',
    void: 'stay', // releases what is not captured
    refund: 'stay',
    expire: 'stay',
    abandon: 'no',
    reopen: 'no',
    approved: 'never',
    approved_captured: 'never',
    declined: 'never',
    declined_open: 'never',
    capture_approved: 'stay',
  },
  failed: givenUp,
  canceled: givenUp,
  expired: givenUp,
}

export function verdictOf(state: PaymentState, trigger: PaymentTrigger): Verdict {
  return table[state][trigger]
}

/** The next state where the trigger is allowed; throws where the table says that it cannot happen. */
export function nextState(state: PaymentState, trigger: PaymentTrigger): PaymentState {
  const verdict = verdictOf(state, trigger)
  if (verdict === 'stay') return state
  if (verdict === 'no' || verdict === 'reverse' || verdict === 'never') {
    throw new Error(`a payment that is ${state} cannot take ${trigger}`)
  }
  return verdict
}

/** Given up for good: no trigger leads out, and no money is held or will be. */
export function isGivenUp(state: PaymentState): boolean {
  return table[state] === givenUp
}
