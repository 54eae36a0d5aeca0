import type { CardFieldName, FrameLayout } from '@tessera/contracts/fields-protocol'
import { cardFieldNames } from '@tessera/contracts/fields-protocol'
import type { BrowserFiles } from './browser-files.ts'
import type { FieldTexts } from './field-texts.ts'

/** For browsers that fill in cards: one form, the usual names and the standard tokens. */
const attributes: Readonly<Record<CardFieldName, string>> = {
  number: 'name="cardnumber" autocomplete="cc-number" placeholder="1234 1234 1234 1234"',
  expiry: 'name="exp-date" autocomplete="cc-exp"',
  cvc: 'name="cvc" autocomplete="cc-csc" placeholder="123"',
}

/** The document inside a frame: one field, or all of them. It holds no value of the page's but its own choices. */
export function fieldPage(o: { layout: FrameLayout; hasLabels: boolean; texts: FieldTexts; files: BrowserFiles }) {
  const { layout, texts, files } = o
  const [style, script] = [files['card-fields.css'], files['card-fields.js']]
  const fields = layout === 'card' ? cardFieldNames : [layout]
  return `<!doctype html>
<html lang="${texts.lang}" dir="${texts.dir}" data-labels="${o.hasLabels ? 1 : 0}" data-texts="${escaped(JSON.stringify(texts))}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(texts.title ?? '')}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style.immutablePath}" integrity="${style.integrity}" crossorigin="anonymous">
<script src="${script.immutablePath}" integrity="${script.integrity}" crossorigin="anonymous" defer></script>
<body>
<main>
<form novalidate autocomplete="on">
${fields.map((field) => fieldBox(field, layout !== 'card', texts)).join('\n')}
</form>
<p id="fault" role="alert"></p>
</main>
</body>
</html>
`
}

function fieldBox(field: CardFieldName, isAlone: boolean, texts: FieldTexts): string {
  const example = field === 'expiry' ? ` placeholder="${escaped(texts.expiry_example ?? '')}"` : ''
  const mark = field === 'number' ? '<span id="brand" aria-hidden="true"></span>' : ''
  return `<div class="${isAlone ? 'alone' : field}">
<label for="${field}">${escaped(texts[field] ?? '')}</label>
<div class="box"><input id="${field}" ${attributes[field]}${example} type="text" inputmode="numeric" required spellcheck="false" autocorrect="off" autocapitalize="off">${mark}</div>
</div>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
