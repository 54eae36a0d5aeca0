import { html } from '../../lib/html.ts'
import type { StepContext, StepNamed, StepPart } from './step.ts'

/**
 * How it ended. The shopper is sent on by the page and not by an HTTP redirect: where this page was reached by a form, the
 * shop's address, and any that the shop redirects to, would have to be allowed as a form's target (Chromium follows
 * `form-action` through redirects).
 */
export function doneStep({ say }: StepContext, { outcome, redirectTo }: StepNamed<'done'>): StepPart {
  const manner = outcome === 'succeeded' ? 'good' : 'bad'
  const content = html`<h1 class="${manner}">${say(`${outcome}Title`)}</h1>
<p role="status">${say(outcome)}</p>`
  const title = say(`${outcome}Title`)
  if (redirectTo === null) {
    return { title, content: html`${content}\n<p>${say('close')}</p>`, data: { outcome }, cancellable: false }
  }
  return {
    title,
    content: html`${content}
<p class="busy">${say('returning')}</p>
<p><a class="button" id="onward" href="${redirectTo}">${say('return')}</a></p>`,
    refresh: { afterSeconds: 0, url: redirectTo },
    data: { outcome },
    cancellable: false,
  }
}
