import type { SessionView } from '../../core/authentication/authentications.ts'
import { amountText } from '../../core/money/amount-text.ts'
import { html, type Markup } from '../../lib/html.ts'
import { fill } from '../../lib/page-texts.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import { challengeStep } from './challenge-step.ts'
import { documentAnswer } from './document.ts'
import { doneStep } from './result-step.ts'
import { stateOf } from './session-state.ts'
import type { StepContext, StepPart } from './step.ts'
import type { Locale, TextKey } from './texts.ts'
import { collectStep, methodStep, waitingStep } from './working-steps.ts'

/** The page at `redirect_url`: shows what is to be done now, whatever was shown before. */
export function sessionPage(view: SessionView, locale: Locale, pagePath: string): PlainAnswer {
  const say = (key: TextKey): string => fill(locale.texts[key], { merchant: view.merchantName })
  const context: StepContext = { view, locale, pagePath, say }
  const part = stepPart(context)
  return documentAnswer({
    locale,
    title: `${part.title} – ${view.merchantName}`,
    script: 'shopper',
    data: { step: view.next.step, state: stateOf(view), page: pagePath, ...part.data },
    content: html`${summary(context)}
${part.content}
${part.cancellable ? cancelForm(context) : null}`,
    policy: { hasForms: true, asksUs: true, framedBy: view.framedBy, ...part.policy },
    refresh: part.refresh,
  })
}

function stepPart(context: StepContext): StepPart {
  const { next } = context.view
  switch (next.step) {
    case 'method':
      return methodStep(context, next)
    case 'collect':
      return collectStep(context)
    case 'challenge':
      return challengeStep(context, next)
    case 'waiting':
      return waitingStep(context, next)
    case 'done':
      return doneStep(context, next)
  }
}

/** Who is paid, how much, and with which card: what the shopper confirms. */
function summary({ view, locale, say }: StepContext): Markup {
  const { card } = view
  const cardText = card && fill(locale.texts.cardEnding, { brand: brandName(card.brand), last4: card.last4 })
  return html`<header>
<p class="shop">${view.merchantName}</p>
<dl>
<div><dt>${say('amount')}</dt><dd>${amountText(view.amountMinor, view.currency, locale.tag)}</dd></div>
${cardText && html`<div><dt>${say('card')}</dt><dd>${cardText}</dd></div>`}
</dl>
</header>`
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

function cancelForm({ pagePath, say }: StepContext): Markup {
  return html`<footer>
<form method="post" action="${pagePath}/cancel"><button class="quiet">${say('cancel')}</button></form>
</footer>`
}
