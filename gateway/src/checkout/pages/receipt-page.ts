import type { Payment } from '../../core/payments/payment.ts'
import { html, type Markup } from '../../lib/html.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import { type Summary, summaryLines } from './order-summary.ts'
import { merchantPage, type PageContext, say } from './page.ts'

export interface ReceiptPage {
  payment: Payment
  summary: Summary
  /** Another try found it paid already. */
  alreadyPaid: boolean
  /** The way back to the shop; null where it gave none. */
  shopUrl: string | null
  /** Goes on to the shop by itself. */
  goesOn: boolean
  receiptUrl: string
}

/** Long enough to read that it worked. */
const goesOnAfterSeconds = 4

export function receiptPage(context: PageContext, page: ReceiptPage): PlainAnswer {
  const { payment, shopUrl, goesOn, alreadyPaid } = page
  const shop =
    shopUrl !== null &&
    html`<p class="no-print"><a class="button" id="onward" href="${shopUrl}">${say(context, 'return')}</a></p>`
  const title = say(context, 'paidTitle')
  const goesToShop = goesOn && shopUrl !== null
  return merchantPage(context, {
    title,
    single: true,
    ...(goesToShop ? { refresh: { afterSeconds: goesOnAfterSeconds, url: shopUrl } } : {}),
    content: html`<section>
<h1 class="good">${title}</h1>
<p role="status">${say(context, alreadyPaid ? 'alreadyPaid' : 'paid')}</p>
${payment.email && html`<p class="muted no-print">${say(context, 'receiptGoesTo', { email: payment.email })}</p>`}
${goesToShop ? html`<p class="busy no-print">${say(context, 'returning')}</p>` : null}
${shop || html`<p class="muted no-print">${say(context, 'close')}</p>`}
${goesToShop ? html`<p class="hint"><a href="${page.receiptUrl}">${say(context, 'showReceipt')}</a></p>` : null}
</section>
<section aria-labelledby="receipt">
<h2 id="receipt">${say(context, 'receiptTitle')}</h2>
${summaryLines(context, page.summary)}
${facts(context, payment)}
</section>`,
  })
}

function facts(context: PageContext, payment: Payment): Markup {
  const rows = receiptFacts(context, payment).map(
    ({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`,
  )
  return html`<dl class="lines">
${rows}</dl>`
}

/** Who was paid, when, with what, and under which reference: the same on the page and in the mail. */
export function receiptFacts(context: PageContext, payment: Payment): { name: string; value: string }[] {
  const { card, timeline, createdAtMs, externalId, paymentId } = payment
  const paidAtMs = timeline.find(({ stage }) => stage === 'captured' || stage === 'authorized')?.atMs ?? createdAtMs
  const date = new Intl.DateTimeFormat(context.locale.tag, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  const cardText = card && say(context, 'cardEnding', { brand: brandName(card.brand), last4: card.last4 })
  return [
    { name: say(context, 'paidTo'), value: context.merchantName },
    { name: say(context, 'date'), value: `${date.format(paidAtMs)} UTC` },
    ...(cardText === null ? [] : [{ name: say(context, 'card'), value: cardText }]),
    { name: say(context, 'reference'), value: externalId ?? `tx_${paymentId}` },
  ]
}

const brandNames: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}

function brandName(brand: string): string {
  return brandNames[brand] ?? brand.charAt(0).toUpperCase() + brand.slice(1)
}

/** What is known is that nothing is known yet. */
export function waitingPage(context: PageContext, pageUrl: string): PlainAnswer {
  const title = say(context, 'waitingTitle')
  return merchantPage(context, {
    title,
    single: true,
    refresh: { afterSeconds: 3, url: pageUrl },
    content: html`<section>
<h1>${title}</h1>
<p class="busy" role="status">${say(context, 'waiting')}</p>
<p><a class="button" href="${pageUrl}">${say(context, 'refresh')}</a></p>
</section>`,
  })
}
