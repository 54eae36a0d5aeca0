import { formFields } from '@tessera/contracts/three-ds/encoding'
import { html, type Markup } from '../../lib/html.ts'
import { originOf } from './content-policy.ts'
import { inWholeWindow } from './creq.ts'
import type { StepContext, StepNamed, StepPart } from './step.ts'
import { issuerText } from './working-steps.ts'

type Challenge = StepNamed<'challenge'>

/**
 * The issuer's page, in a frame of the size that it was told. Where no size fits, where scripts are off, and for whoever asks
 * for it, it takes the whole window instead, by a button: a page that went there by itself would be a trap on the way back.
 */
export function challengeStep(context: StepContext, next: Challenge): StepPart {
  const { say } = context
  const issuer = [originOf(next.url)]
  const isFramed = next.windowSize !== '05'
  return {
    title: say('confirmTitle'),
    // Without a frame the page only watches whether the challenge has ended elsewhere.
    data: isFramed ? {} : { step: 'leave' },
    content: html`<h1>${say('confirmTitle')}</h1>
${issuerText(context)}
${isFramed ? framed(context, next) : null}
<div class="${isFramed ? 'without-script' : ''}">
<p>${say('challengeLeave')}</p>
${wholeWindowForm(next, say('challengeContinue'), '')}
</div>
${isFramed ? html`<div class="with-script">${wholeWindowForm(next, say('challengeWholeWindow'), 'quiet')}</div>` : null}`,
    policy: { hasForms: true, formOrigins: issuer, frameOrigins: issuer },
    cancellable: true,
  }
}

function framed({ say }: StepContext, next: Challenge): Markup {
  return html`<div class="with-script">
<p>${say('challenge')}</p>
<div class="window"><iframe class="window-${next.windowSize}" name="challenge-frame" title="${say('challengeFrame')}" allow="publickey-credentials-get ${originOf(next.url)}"></iframe></div>
<form id="challenge" method="post" action="${next.url}" target="challenge-frame" hidden>
${messageFields(next.creq, next.sessionData)}</form>
</div>`
}

function wholeWindowForm({ url, creq, sessionData }: Challenge, label: string, manner: string): Markup {
  return html`<form method="post" action="${url}">
${messageFields(inWholeWindow(creq), sessionData)}<button class="${manner}">${label}</button>
</form>`
}

function messageFields(creq: string, sessionData: string | null): Markup {
  const session =
    sessionData === null ? null : html`<input type="hidden" name="${formFields.sessionData}" value="${sessionData}">\n`
  return html`<input type="hidden" name="${formFields.challengeRequest}" value="${creq}">
${session}`
}
