import type { Currency } from '../../core/money/currencies.ts'
import type { RequestedItem } from '../../core/payments/order.ts'
import type { TaxDecision } from '../../core/tax/tax-decision.ts'
import { html, type Markup } from '../../lib/html.ts'
import { money, type PageContext, say } from './page.ts'

/** What is bought and what it costs. */
export interface Summary {
  currency: Currency
  totalMinor: number
  items: readonly RequestedItem[]
  /** Null where the payment is an amount alone. */
  order: { netMinor: number; taxMinor: number; tax: TaxDecision | null } | null
  refundedMinor: number
}

/** Lines, tax and total; the total is the last and largest of them. */
export function summaryLines(context: PageContext, summary: Summary): Markup {
  const { currency, totalMinor, items, order, refundedMinor } = summary
  const amount = (amountMinor: number): string => money(context, amountMinor, currency)
  const lines = items.map(({ name, unitPriceMinor, quantity }) => {
    const each = quantity > 1 ? say(context, 'each', { count: String(quantity), price: amount(unitPriceMinor) }) : null
    return line(html`${name}${each && html` <small>${each}</small>`}`, amount(unitPriceMinor * quantity))
  })
  const taxes =
    order?.tax == null
      ? []
      : [
          line(html`${say(context, 'subtotal')}`, amount(order.netMinor)),
          line(html`${taxText(context, order.tax)}`, amount(order.taxMinor)),
        ]
  const refunded = refundedMinor === 0 ? [] : [line(html`${say(context, 'refunded')}`, amount(refundedMinor))]
  return html`<dl class="lines">
${[...lines, ...taxes]}
<div class="total"><dt>${say(context, 'total')}</dt><dd>${amount(totalMinor)}</dd></div>
${refunded}
</dl>
${order !== null && order.tax === null ? html`<p class="hint">${say(context, 'taxLater')}</p>` : null}`
}

export function summarySection(context: PageContext, summary: Summary): Markup {
  return html`<section aria-labelledby="order">
<h2 id="order">${say(context, 'order')}</h2>
${summaryLines(context, summary)}
</section>`
}

export function taxText(context: PageContext, { name, rateMillionths }: TaxDecision): string {
  const format = new Intl.NumberFormat(context.locale.tag, { style: 'percent', maximumFractionDigits: 4 })
  const shown = name === 'VAT' ? say(context, 'vat') : name
  return say(context, 'taxAt', { name: shown, rate: format.format(rateMillionths / 1_000_000) })
}

function line(name: Markup, amount: string): Markup {
  return html`<div><dt>${name}</dt><dd>${amount}</dd></div>\n`
}
