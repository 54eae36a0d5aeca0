import { html } from '../../lib/html.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import { documentAnswer } from './document.ts'
import type { Locale } from './texts.ts'

/**
 * Where the issuer's page hands the browser back. In a frame it leads the page around it on; it may be any number of frames deep,
 * and holds nothing worth framing by others. `method`: the issuer's hidden page is done. `returned`: the challenge is.
 */
export function notificationPage(notice: 'method' | 'returned', locale: Locale, pagePath: string): PlainAnswer {
  return documentAnswer({
    locale,
    title: locale.texts.confirmTitle,
    script: 'notification',
    data: { notice },
    content: html`<h1>${locale.texts.confirmTitle}</h1>
<p><a class="button" id="onward" href="${pagePath}" target="_top">${locale.texts.continue}</a></p>`,
    refresh: notice === 'returned' ? { afterSeconds: 0, url: pagePath } : undefined,
    policy: { isFramed: true },
  })
}
