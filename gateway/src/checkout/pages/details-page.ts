import { assignedCountries } from '../../core/tax/countries.ts'
import { html } from '../../lib/html.ts'
import type { PlainAnswer } from '../../lib/plain-route.ts'
import { inputField, selectField } from './field.ts'
import { type Summary, summarySection } from './order-summary.ts'
import { merchantPage, type PageContext, say } from './page.ts'
import type { TextKey } from './texts.ts'

/** As they stand in the form. */
export interface DetailsValues {
  email: string
  firstName: string
  lastName: string
  country: string
  postalCode: string
}

export type DetailsFaults = Partial<Record<keyof DetailsValues | 'form', TextKey>>

export interface DetailsPage {
  summary: Summary
  values: DetailsValues
  faults: DetailsFaults
  action: string
  formToken: string
  /** Whether the page asks for the address, or the merchant has told it. */
  asksEmail: boolean
  cancelUrl: string | null
}

/** What decides about tax, and where the receipt goes: asked for before the card, so that the card page shows what is charged. */
export function detailsPage(context: PageContext, page: DetailsPage): PlainAnswer {
  const { values, faults, asksEmail, cancelUrl } = page
  const text = (key: TextKey): string => say(context, key)
  const fault = (name: keyof DetailsFaults): string | null => (faults[name] === undefined ? null : text(faults[name]))
  const common = (name: keyof DetailsValues) => ({ name, label: text(name), fault: fault(name), value: values[name] })
  return merchantPage(context, {
    title: text('detailsTitle'),
    hasForms: true,
    content: html`${summarySection(context, page.summary)}
<section>
<h1>${text('detailsTitle')}</h1>
${faults.form && html`<p class="note" role="alert">${text(faults.form)}</p>`}
<form method="post" action="${page.action}">
<input type="hidden" name="form_token" value="${page.formToken}">
${
  asksEmail
    ? inputField({
        ...common('email'),
        type: 'email',
        inputmode: 'email',
        autocomplete: 'email',
        hint: text('emailHint'),
        maxLength: 254,
      })
    : null
}
<div class="row">
${inputField({ ...common('firstName'), autocomplete: 'billing given-name', required: false, maxLength: 100 })}
${inputField({ ...common('lastName'), autocomplete: 'billing family-name', required: false, maxLength: 100 })}
</div>
<div class="row">
${selectField({ ...common('country'), autocomplete: 'billing country' }, countryOptions(context))}
${inputField({
  ...common('postalCode'),
  autocomplete: 'billing postal-code',
  hint: text('postalCodeHint'),
  required: false,
  maxLength: 16,
})}
</div>
<button>${text('toCard')}</button>
</form>
${cancelUrl && html`<p class="hint"><a href="${cancelUrl}">${text('cancel')}</a></p>`}
</section>`,
  })
}

function countryOptions({ locale }: PageContext): { value: string; text: string }[] {
  const names = new Intl.DisplayNames(locale.tag, { type: 'region' })
  const { compare } = new Intl.Collator(locale.tag)
  const countries = assignedCountries.map((value) => ({ value, text: names.of(value) ?? value }))
  return [{ value: '', text: '' }, ...countries.sort((left, right) => compare(left.text, right.text))]
}

export function countryName({ locale }: PageContext, code: string): string {
  return new Intl.DisplayNames(locale.tag, { type: 'region' }).of(code) ?? code
}
