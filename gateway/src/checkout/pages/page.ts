import type { Mode } from '@tessera/contracts/vault-protocol'
import { amountText } from '../../core/money/amount-text.ts'
import type { Currency } from '../../core/money/currencies.ts'
import type { CheckoutSettings } from '../../core/payments/payment.ts'
import { html, type Markup } from '../../lib/html.ts'
import { fill } from '../../lib/page-texts.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import { colorsOf } from './colors.ts'
import { type Document, documentAnswer, originOf } from './document.ts'
import type { Locale, TextKey } from './texts.ts'

/** Whom the page is of, and in which language. */
export interface PageContext {
  locale: Locale
  /** As shoppers know it. */
  merchantName: string
  mode: Mode
  customization: CheckoutSettings['customization']
}

export function contextOf(
  locale: Locale,
  merchant: { name: string },
  { mode, customization }: Pick<PageContext, 'mode' | 'customization'>,
): PageContext {
  return { locale, mode, customization, merchantName: customization?.merchantName ?? merchant.name }
}

/** A text in the shopper's language, with the shop's name in its place. */
export function say({ locale, merchantName }: PageContext, key: TextKey, values: Record<string, string> = {}): string {
  return fill(locale.texts[key], { merchant: merchantName, ...values })
}

export function money({ locale }: PageContext, amountMinor: number, currency: Currency): string {
  return amountText(amountMinor, currency, locale.tag)
}

/** A page of this merchant's. `single`: one column. */
export function merchantPage(
  context: PageContext,
  page: Pick<Document, 'title' | 'content' | 'refresh' | 'status' | 'hasForms' | 'formOrigin' | 'cardHost'> & {
    single?: boolean
  },
): PlainAnswer {
  const { customization, mode } = context
  const colors = colorsOf(customization)
  const logoUrl = customization?.logoUrl && originOf(customization.logoUrl) ? customization.logoUrl : null
  return documentAnswer({
    ...page,
    title: `${page.title} – ${context.merchantName}`,
    locale: context.locale,
    colors,
    logoUrl,
    content: html`<header class="brand"><p>${logo(logoUrl)}<span>${context.merchantName}</span></p></header>
${mode === 'test' ? html`<aside class="test-mode">${say(context, 'testMode')}</aside>` : null}
<main${page.single ? html` class="single"` : null}>
${page.content}
</main>`,
  })
}

function logo(url: string | null): Markup | null {
  return url === null ? null : html`<img src="${url}" alt="" referrerpolicy="no-referrer">`
}

export type NoticeKind =
  | 'unknown'
  | 'refused'
  | 'failure'
  | 'expired'
  | 'canceled'
  | 'failed'
  | 'triedOut'
  | 'archived'
  | 'limited'

/** What a person reads where nothing can be done here. */
export function noticePage(
  context: PageContext | Locale,
  notice: { kind: NoticeKind; status?: number; back?: string; shop?: string | null },
): PlainAnswer {
  const { kind, status = 200, back, shop = null } = notice
  const known = 'merchantName' in context ? context : null
  const texts = known?.locale.texts ?? (context as Locale).texts
  const text = (key: TextKey): string => (known === null ? texts[key] : say(known, key))
  const title = text(`${kind}Title`)
  const content = html`<section>
<h1>${title}</h1>
<p>${text(kind)}</p>
${back === undefined ? null : html`<p><a class="button" href="${back}">${text('back')}</a></p>`}
${shop === null ? null : html`<p><a class="button" href="${shop}">${text('return')}</a></p>`}
</section>`
  if (known !== null) return merchantPage(known, { title, content, status, single: true })
  return documentAnswer({
    status,
    locale: context as Locale,
    title,
    content: html`<main class="single">
${content}
</main>`,
  })
}
