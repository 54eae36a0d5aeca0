import type { DecimalFault } from './money/amount.ts'
import type { Currency } from './money/currencies.ts'
import type { TaxRefusal } from './tax/tax-decision.ts'

/**
 * Everything that the core may say no with. A refusal is returned, never thrown; each dialect maps all of them to its own
 * errors, totally: a new one does not compile until every dialect answers it.
 */
export type Refusal =
  | TaxRefusal
  | {
      refusal: 'not_found'
      what: 'payment' | 'payment_method' | 'payment_link' | 'flow' | 'webhook_endpoint' | 'event'
    }
  | { refusal: 'no_default_flow' }
  | { refusal: 'flow_not_active' }
  | { refusal: 'connector_not_found' }
  | { refusal: 'connector_disabled' }
  | { refusal: 'unsupported_currency'; currency: string }
  | { refusal: 'amount_below_minimum'; amountMinor: number; minimumMinor: number; currency: Currency }
  | { refusal: 'amount_above_maximum'; maximumMinor: number; currency: Currency }
  | { refusal: 'token_unknown' }
  | { refusal: 'token_expired' }
  | { refusal: 'token_already_used' }
  | { refusal: 'card_testing_suspected' }
  | { refusal: 'payment_method_blocked' }
  | { refusal: 's2s_not_enabled' }
  | { refusal: 'no_saved_card' }
  | { refusal: 'tax_id_required' }
  | { refusal: 'invalid_state'; action: PaymentAction; state: string; why: string }
  | { refusal: 'amount_too_large'; action: 'capture' | 'refund'; availableMinor: number; currency: Currency }
  | { refusal: 'amount_invalid'; fault: DecimalFault | 'zero'; currency: Currency }
  | { refusal: 'currency_mismatch'; currency: Currency }
  | { refusal: 'not_supported'; why: string }
  | { refusal: 'idempotency_key_mismatch' }
  | { refusal: 'idempotency_key_in_use' }
  | { refusal: 'too_many_endpoints'; maximum: number }
  | { refusal: 'url_not_allowed'; why: string }
  | { refusal: 'url_not_reachable'; why: string }
  | { refusal: 'url_not_reachable'; why: string }

export type PaymentAction = 'capture' | 'void' | 'refund' | 'confirm' | 'update' | 'pay'
export type RefusalCode = Refusal['refusal']

export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal }

export const accept = <T>(value: T): Result<T> => ({ ok: true, value })
export const refuse = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal })
