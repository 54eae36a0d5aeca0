import type { CheckoutFault } from '@tessera/contracts/checkout'
import { html, type Markup } from '../../lib/html.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import { inputField } from './field.ts'
import { type Summary, summarySection } from './order-summary.ts'
import { merchantPage, money, type PageContext, say } from './page.ts'
import type { TextKey } from './texts.ts'

export interface CardPage {
  summary: Summary
  /** What the card host makes a token for. */
  ticket: string
  /** Where the form posts to: the card host, and never the gateway. */
  cardUrl: string
  /** Of the merchant, for the card host's frames; null leaves the page with its plain form. */
  publishableKey: string | null
  /** Where the script brings a token to. */
  tokenUrl: string
  faults: readonly CheckoutFault[]
  /** What came of the last card, or of the last form. */
  notice: TextKey | null
  buyer: { text: string; changeUrl: string } | null
  asksToSave: boolean
  cardholder: string
  cancelUrl: string | null
}

const faultTexts = { number: 'numberFault', expiry: 'expiryFault', cvc: 'cvcFault' } as const
const scriptPath = '/v1/tessera.js'

export function cardPage(context: PageContext, page: CardPage): PlainAnswer {
  const { summary, buyer, cancelUrl } = page
  const text = (key: TextKey): string => say(context, key)
  const total = money(context, summary.totalMinor, summary.currency)
  const { origin } = new URL(page.cardUrl)
  return merchantPage(context, {
    title: text('payTitle'),
    hasForms: true,
    formOrigin: origin,
    ...(page.publishableKey === null ? {} : { cardHost: { origin, scriptUrl: `${origin}${scriptPath}` } }),
    content: html`${summarySection(context, summary)}
<section>
<h1>${text('cardTitle')}</h1>
${noteOf(page, text)}
${
  buyer &&
  html`<p class="muted">${text('buyer')} ${buyer.text} · <a href="${buyer.changeUrl}">${text('change')}</a></p>`
}
<form method="post" action="${page.cardUrl}" id="card-form" data-key="${page.publishableKey ?? ''}" data-paying="${text('paying')}" data-failed="${text('busyFault')}">
<input type="hidden" name="ticket" value="${page.ticket}">
<fieldset id="plain-fields">
${cardFields(page, text)}
</fieldset>
<div id="card-fields" class="frame-place" hidden></div>
<p id="card-fault" class="fault" role="alert" hidden></p>
${inputField({
  name: 'cardholder_name',
  label: text('cardholder'),
  fault: page.faults.includes('name') ? text('nameFault') : null,
  autocomplete: 'cc-name',
  value: page.cardholder,
  required: false,
  maxLength: 100,
})}
${
  page.asksToSave
    ? html`<label class="check"><input type="checkbox" name="save_card" value="1"><span>${text('saveCard')}</span></label>`
    : null
}
<button>${say(context, 'pay', { amount: total })}</button>
<p class="hint">${text('secure')}</p>
</form>
<form method="post" action="${page.tokenUrl}" id="token-form" hidden>
<input type="hidden" name="form_token" value="${page.ticket}">
<input type="hidden" name="token">
<input type="hidden" name="save_card" value="1" disabled>
</form>
${cancelUrl && html`<p class="hint"><a href="${cancelUrl}">${text('cancel')}</a></p>`}
</section>`,
  })
}

function noteOf({ notice, faults }: CardPage, text: (key: TextKey) => string): Markup | null {
  const key = notice ?? (faults.length > 0 ? 'cardAgain' : null)
  return key === null ? null : html`<p class="note" role="alert">${text(key)}</p>`
}

/** Of a card nothing is ever filled in again: the page never had it. */
function cardFields({ faults }: CardPage, text: (key: TextKey) => string): Markup {
  const fault = (name: keyof typeof faultTexts): string | null =>
    faults.includes(name) ? text(faultTexts[name]) : null
  return html`${inputField({
    name: 'number',
    label: text('number'),
    fault: fault('number'),
    autocomplete: 'cc-number',
    inputmode: 'numeric',
    maxLength: 30,
  })}
<div class="row">
${inputField({
  name: 'expiry',
  label: text('expiry'),
  fault: fault('expiry'),
  hint: text('expiryHint'),
  autocomplete: 'cc-exp',
  inputmode: 'numeric',
  maxLength: 9,
})}
${inputField({
  name: 'cvc',
  label: text('cvc'),
  fault: fault('cvc'),
  hint: text('cvcHint'),
  autocomplete: 'cc-csc',
  inputmode: 'numeric',
  required: false,
  maxLength: 4,
})}
</div>`
}
