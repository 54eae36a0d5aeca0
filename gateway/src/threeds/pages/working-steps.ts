import { formFields } from '@tessera/contracts/three-ds/encoding'
import { html, type Markup } from '../../lib/html.ts'
import { browserFields } from './browser-data.ts'
import { originOf } from './content-policy.ts'
import type { StepContext, StepNamed, StepPart } from './step.ts'

/**
 * The issuer's hidden page runs in a frame, and says when it is done; the script then goes on as after `collectStep`. Without a
 * script there is no hidden page: the button goes on at once.
 */
export function methodStep(context: StepContext, next: StepNamed<'method'>): StepPart {
  const issuer = [originOf(next.url)]
  return {
    title: context.say('confirmTitle'),
    data: { 'timeout-ms': String(next.timeoutMs) },
    content: html`${contactingIssuer(context)}
<iframe class="hidden-frame" name="method-frame" title="${context.say('challengeFrame')}" aria-hidden="true" tabindex="-1"></iframe>
<form id="method" method="post" action="${next.url}" target="method-frame" hidden>
<input type="hidden" name="${formFields.methodData}" value="${next.data}">
</form>`,
    policy: { hasForms: true, formOrigins: issuer, frameOrigins: issuer },
    cancellable: true,
  }
}

/** What only a script can tell of the browser goes to the issuer with the press of a button that the script presses. */
export function collectStep(context: StepContext): StepPart {
  return { title: context.say('confirmTitle'), content: contactingIssuer(context), cancellable: true }
}

export function waitingStep(context: StepContext, next: StepNamed<'waiting'>): StepPart {
  const { say, pagePath } = context
  const texts = { issuer: 'waitingIssuer', answer: 'contacting', charge: 'waitingCharge' } as const
  const hints = { issuer: 'waitingIssuerHint', answer: 'keepOpen', charge: 'keepOpen' } as const
  return {
    title: say('confirmTitle'),
    data: { 'poll-after-ms': String(next.pollAfterMs) },
    content: html`<h1>${say('confirmTitle')}</h1>
${issuerText(context)}
<p class="busy" role="status">${say(texts[next.for])}</p>
<p class="muted">${say(hints[next.for])}</p>
<p class="without-script"><a class="button" href="${pagePath}">${say('refresh')}</a></p>`,
    refresh: { afterSeconds: Math.max(2, Math.ceil(next.pollAfterMs / 1_000)), url: pagePath },
    // What was authenticated is being charged: it is too late to give up here.
    cancellable: next.for !== 'charge',
  }
}

function contactingIssuer({ say, pagePath }: StepContext): Markup {
  const fields = browserFields.map((name) => html`<input type="hidden" name="${name}">\n`)
  return html`<h1>${say('confirmTitle')}</h1>
<p class="busy with-script" role="status">${say('contacting')}</p>
<p class="muted with-script">${say('keepOpen')}</p>
<p class="without-script">${say('pressContinue')}</p>
<form id="browser" class="by-hand" method="post" action="${pagePath}">
${fields}<p class="with-script">${say('ifNothingHappens')}</p>
<button>${say('continue')}</button>
</form>`
}

/** What the issuer wants its cardholder to read. */
export function issuerText({ view, say }: StepContext): Markup | null {
  if (view.issuerText === null) return null
  return html`<section class="issuer"><h2>${say('issuerSays')}</h2>
<p>${view.issuerText}</p></section>`
}
