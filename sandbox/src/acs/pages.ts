import { encodeJson, formFields } from '@tessera/contracts/three-ds/encoding'
import { codeAttempts } from '@tessera/contracts/three-ds/issuer-scripts'
import type { CRes } from '@tessera/contracts/three-ds/messages/challenge'
import type { AuthenticationRecord } from './authentication-book.ts'
import type { AuthenticationEntry } from './entries.ts'
import { html, type Markup, type Page } from './page.ts'

/** The one-time-code page. It shows the code: whoever tests a shop has no telephone for it. */
export function codePage(
  record: AuthenticationRecord,
  target: string,
  sessionData: string | null,
  wrongCode: boolean,
): Page {
  const { entry, answers } = record
  const left = String(codeAttempts - answers)
  const alert = wrongCode
    ? html`<p class="alert" role="alert" id="problem">This code is not right. Tries left: ${left}.</p>`
    : null
  return {
    title: wrongCode ? 'Error: confirm your payment' : 'Confirm your payment',
    formTarget: target,
    body: html`<h1>Confirm your payment</h1>
<dl>
<dt>Shop</dt><dd>${entry.merchantName}</dd>
${amountRow(entry)}<dt>Card</dt><dd>ends in ${entry.card.last4}</dd>
</dl>
${alert}<p id="hint">Your code is <output id="one-time-code">${entry.code}</output></p>
<form method="post" action="${target}">
${hiddenSession(sessionData)}<label for="code">One-time code</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="12" aria-describedby="hint"${invalid(wrongCode)} required>
<button name="action" value="confirm">Confirm</button>
<button name="action" value="cancel" formnovalidate>Cancel</button>
</form>
<p class="note">Test mode: a simulated bank. No money moves.</p>`,
  }
}

function invalid(wrongCode: boolean): Markup | null {
  return wrongCode ? html` aria-invalid="true"` : null
}

function amountRow({ purchase }: AuthenticationEntry): Markup | null {
  if (purchase === null) return null
  const { amount, currency, exponent } = purchase
  const digits = amount.padStart(exponent + 1, '0')
  const cut = digits.length - exponent
  const major = exponent === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`
  return html`<dt>Amount</dt><dd>${currency.toUpperCase()} ${major}</dd>
`
}

function hiddenSession(sessionData: string | null): Markup | null {
  if (sessionData === null) return null
  return html`<input type="hidden" name="${formFields.sessionData}" value="${sessionData}">
`
}

/** Hands the browser back to the shop, with the CRes. */
export function handBackPage(cres: CRes, notificationUrl: string, sessionData: string | null): Page {
  return {
    title: 'Back to the shop',
    formTarget: notificationUrl,
    submitsItself: true,
    body: html`<h1>Thank you</h1>
<p>You are being taken back to the shop. If nothing happens, press Continue.</p>
<form method="post" action="${notificationUrl}">
<input type="hidden" name="${formFields.challengeResponse}" value="${encodeJson(cres)}">
${hiddenSession(sessionData)}<button>Continue</button>
</form>`,
  }
}

/** The 3DS Method page, in a frame that nobody sees: calls back at once. */
export function methodPage(threeDSServerTransID: string, notificationUrl: string): Page {
  return {
    title: '3DS Method',
    formTarget: notificationUrl,
    submitsItself: true,
    body: html`<h1>3DS Method</h1>
<form method="post" action="${notificationUrl}">
<input type="hidden" name="${formFields.methodData}" value="${encodeJson({ threeDSServerTransID })}">
<button>Continue</button>
</form>`,
  }
}

/** The one that never does. */
export const silentMethodPage: Page = {
  title: '3DS Method',
  body: html`<h1>3DS Method</h1>
<p>This page never calls back.</p>`,
}

export function problemPage(status: number, text: string): Page {
  return {
    status,
    title: 'This did not work',
    body: html`<h1>This did not work</h1>
<p>${text}</p>
<p>Go back to the shop and try again.</p>`,
  }
}
