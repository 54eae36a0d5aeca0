import type { Checkout } from '../../core/checkout/checkouts.ts'
import { payPagePath } from '../../core/payments/hosted.ts'
import { pageContextOf, summaryOf } from '../page-parts.ts'
import { taxText } from '../pages/order-summary.ts'
import { money, say } from '../pages/page.ts'
import { receiptFacts } from '../pages/receipt-page.ts'
import { localeFor } from '../pages/texts.ts'

export interface Mail {
  to: string
  subject: string
  text: string
}

/** What language a shopper reads is not kept: where a country has one of ours, it is that. */
const languageOf: Readonly<Record<string, string>> = {
  AT: 'de-AT',
  DE: 'de-DE',
  ES: 'es-ES',
  FR: 'fr-FR',
  JP: 'ja-JP',
  MX: 'es-MX',
}

/** The receipt as plain text, which every reader shows and nobody can dress up. */
export function receiptMail(checkout: Checkout, to: string, publicUrl: string): Mail {
  const { payment } = checkout.record
  const locale = localeFor(languageOf[payment.order?.buyer?.country ?? ''])
  const context = pageContextOf(locale, checkout)
  const { items, order, totalMinor, currency } = summaryOf(checkout)
  const amount = (amountMinor: number): string => money(context, amountMinor, currency)
  const lines = [
    ...items.map(({ name, quantity, unitPriceMinor }) => {
      const each = say(context, 'each', { count: String(quantity), price: amount(unitPriceMinor) })
      return `${name}${quantity > 1 ? ` (${each})` : ''}: ${amount(unitPriceMinor * quantity)}`
    }),
    ...(order?.tax == null
      ? []
      : [
          `${say(context, 'subtotal')}: ${amount(order.netMinor)}`,
          `${taxText(context, order.tax)}: ${amount(order.taxMinor)}`,
        ]),
    `${say(context, 'total')}: ${amount(totalMinor)}`,
  ]
  const facts = receiptFacts(context, payment).map(({ name, value }) => `${name}: ${value}`)
  const link = `${say(context, 'mailLink')}\n${publicUrl}${payPagePath(payment.paymentId)}/receipt`
  const parts = [say(context, 'paid'), lines.join('\n'), facts.join('\n'), link]
  const subject = say(context, 'mailSubject')
  return {
    to,
    subject,
    text: `${payment.mode === 'test' ? `${say(context, 'testMode')}\n\n` : ''}${parts.join('\n\n')}\n`,
  }
}
