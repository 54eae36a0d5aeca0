import { cvcSpansInJson, cvcSpansInText } from './cvc-spans.ts'
import { numberSpans } from './number-spans.ts'
import { replaceSpans } from './spans.ts'

/**
 * An acquirer's answer without the number and the CVC that were just sent to it, so that whatever it echoes stays in the
 * vault. Only these very digits go, never what merely looks like a card: a tenth of random references pass Luhn.
 * Wipes `answer` where it returns another buffer.
 */
export function scrubAnswer(
  answer: Buffer,
  secrets: { number: Buffer; cvc: Buffer | null },
  verbatim: readonly string[],
): Buffer {
  const withoutNumber = replaceSpans(answer, numberSpans(answer, secrets.number))
  if (secrets.cvc === null) return withoutNumber
  const spans = cvcSpansInJson(withoutNumber, secrets.cvc, verbatim) ?? cvcSpansInText(withoutNumber, secrets.cvc)
  return replaceSpans(withoutNumber, spans)
}
