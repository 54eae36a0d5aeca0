import { html, type Markup } from '../../lib/html.ts'

export interface Field {
  name: string
  label: string
  /** Beside the field and tied to it, so that it is read aloud as well. */
  fault: string | null
  hint?: string
  autocomplete: string
  type?: 'text' | 'email'
  inputmode?: 'numeric' | 'email'
  value?: string
  required?: boolean
  maxLength: number
  placeholder?: string
}

/** A labelled input. `autofocus` is never set: it would skip what stands above it for those who listen. */
export function inputField(field: Field): Markup {
  const { name, type = 'text', autocomplete, inputmode, value, maxLength, placeholder } = field
  return labelled(
    field,
    html`<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" maxlength="${String(maxLength)}"
 autocapitalize="none" spellcheck="false"${inputmode && html` inputmode="${inputmode}"`}${value && html` value="${value}"`}${placeholder && html` placeholder="${placeholder}"`}${description(field)}>`,
  )
}

export function selectField(
  field: Omit<Field, 'maxLength' | 'type' | 'inputmode' | 'placeholder'>,
  options: readonly { value: string; text: string }[],
): Markup {
  const { name, autocomplete, value = '' } = field
  const choices = options.map((option) =>
    option.value === value
      ? html`<option value="${option.value}" selected>${option.text}</option>\n`
      : html`<option value="${option.value}">${option.text}</option>\n`,
  )
  return labelled(
    field,
    html`<select id="${name}" name="${name}" autocomplete="${autocomplete}"${description(field)}>
${choices}</select>`,
  )
}

function labelled(
  { name, label, fault, hint }: Pick<Field, 'name' | 'label' | 'fault' | 'hint'>,
  input: Markup,
): Markup {
  return html`<div class="field">
<label for="${name}">${label}</label>
${input}
${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
${fault && html`<p class="fault" id="${name}-fault">${fault}</p>`}
</div>`
}

function description({
  name,
  fault,
  hint,
  required = true,
}: Pick<Field, 'name' | 'fault' | 'hint' | 'required'>): Markup {
  const by = [hint && `${name}-hint`, fault && `${name}-fault`].filter(Boolean).join(' ')
  return html`${required ? html` required` : null}${by ? html` aria-describedby="${by}"` : null}${fault && html` aria-invalid="true"`}`
}
