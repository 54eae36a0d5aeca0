import { html } from '../../lib/html.ts'
import { fill } from '../../lib/page-texts.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import { documentAnswer } from './document.ts'
import type { Locale } from './texts.ts'

export interface Notice {
  kind: 'unknown' | 'refused' | 'failure'
  status: number
  /** The payment's own page, where the request named one. */
  pagePath?: string
  /** Way back to the shop, where it is known. */
  shop?: { name: string; url: string }
}

/** What a person reads when something is wrong: what to do, and never what happened inside. */
export function noticePage(notice: Notice, locale: Locale): PlainAnswer {
  const { texts } = locale
  const { kind, pagePath, shop, status } = notice
  const onward = kind === 'failure' ? texts.tryAgain : texts.backToPayment
  const title = texts[`${kind}Title`]
  return documentAnswer({
    status,
    locale,
    title,
    content: html`<h1>${title}</h1>
<p>${texts[kind]}</p>
${pagePath === undefined ? null : html`<p><a class="button" href="${pagePath}">${onward}</a></p>`}
${shop && html`<p><a href="${shop.url}">${fill(texts.return, { merchant: shop.name })}</a></p>`}`,
  })
}
