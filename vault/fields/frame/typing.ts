import type { CardFieldName } from '@tessera/contracts/fields-protocol'
import { asciiDigits, written } from './written-card.ts'

/** Keeps what is typed into a field in its shape, and the caret where the shopper's fingers expect it. */
export function keepInShape(field: CardFieldName, input: HTMLInputElement, cardNumber: () => string): void {
  let shown = ''
  const reshape = (event: Event | null): void => {
    const { inputType = '' } = (event ?? {}) as InputEvent
    const isDeleting = inputType.startsWith('delete')
    let { value: text, selectionStart } = input
    let caret = selectionStart ?? text.length
    // A group's gap was deleted and no digit: the one beside it is meant.
    if (isDeleting && text !== '' && digitsOf(text) === digitsOf(shown)) {
      const isForward = inputType.includes('Forward')
      const [head, tail] = [text.slice(0, caret), text.slice(caret)]
      const shorter = isForward ? head : head.replace(/\d\D*$/, '')
      text = shorter + (isForward ? tail.replace(/\d/, '') : tail)
      caret = shorter.length
    }
    const result = written(field, { text, caret, isDeleting }, cardNumber())
    shown = result.text
    if (input.value !== shown) input.value = shown
    // Moving a caret in a field that has none would take the focus there.
    if (document.activeElement === input) input.setSelectionRange(result.caret, result.caret)
  }
  input.addEventListener('input', (event) => {
    if (!(event as InputEvent).isComposing) reshape(event)
  })
  input.addEventListener('compositionend', () => reshape(null))
}

const digitsOf = (text: string): string => asciiDigits(text).replace(/\D/g, '')
