import type { Caller } from '../merchants/merchant.ts'
import { parseDecimal } from '../money/amount.ts'
import { type Currency, findCurrency } from '../money/currencies.ts'
import type { Scope } from '../ports/payment-store.ts'
import { accept, type Result, refuse } from '../refusals.ts'
import { decideCapture, decideRefund, decideVoid } from './commands.ts'
import { decideConfirm } from './commands-before-sending.ts'
import { type CreatePaymentParts, createPayment } from './create-payment.ts'
import { modifyPayment } from './modify-payment.ts'
import type { Payments } from './payments.ts'
import { changePayment } from './update-payment.ts'

/** Builds the use cases from the engine's parts. */
export function createPayments(parts: CreatePaymentParts): Payments {
  const scopeOf = (caller: Caller): Scope => ({ merchantId: caller.merchant.merchantId, mode: caller.mode })
  return {
    create: (caller, command, request) => createPayment(parts, caller, command, request),
    capture: (caller, paymentId, command, request) =>
      modifyPayment(
        parts,
        caller,
        paymentId,
        (record, context) => {
          const amountMinor = amountIn(command.money, record.payment.currency)
          if (!amountMinor.ok) return amountMinor
          return decideCapture(record, { amountMinor: amountMinor.value, final: command.final }, context)
        },
        request,
      ),
    void: (caller, paymentId, command, request) =>
      modifyPayment(parts, caller, paymentId, (record, context) => decideVoid(record, command, context), request),
    refund: (caller, paymentId, command, request) =>
      modifyPayment(
        parts,
        caller,
        paymentId,
        (record, context) => {
          const { currency } = record.payment
          if (command.currency !== null && findCurrency(command.currency) !== currency) {
            return refuse({ refusal: 'currency_mismatch', currency })
          }
          const amountMinor = amountIn(command.money, currency)
          if (!amountMinor.ok) return amountMinor
          return decideRefund(record, { amountMinor: amountMinor.value, reason: command.reason }, context)
        },
        request,
      ),
    confirm: (caller, paymentId, request) => modifyPayment(parts, caller, paymentId, decideConfirm, request),
    update: (caller, paymentId, change, request) =>
      modifyPayment(parts, caller, paymentId, (record) => changePayment(parts, caller, record, change), request),
    find: async (caller, paymentId) => {
      const record = await parts.store.find(scopeOf(caller), paymentId)
      return record === undefined ? refuse({ refusal: 'not_found', what: 'payment' }) : accept(record)
    },
    list: (caller, filter) => parts.store.list(scopeOf(caller), filter),
    listPage: (caller, page) => parts.store.listPage(scopeOf(caller), page),
  }
}

/** An amount of a capture or refund is in the payment's own currency, so only here can it be read. */
function amountIn(money: { amountText: string } | null, currency: Currency): Result<number | null> {
  if (money === null) return accept(null)
  const parsed = parseDecimal(money.amountText, currency)
  if (!parsed.ok) return refuse({ refusal: 'amount_invalid', fault: parsed.fault, currency })
  if (parsed.amountMinor === 0) return refuse({ refusal: 'amount_invalid', fault: 'zero', currency })
  return accept(parsed.amountMinor)
}
