import { isUtf8 } from 'node:buffer'
import { type JsonVisitor, pointerOf, scanJson } from '../json/scan.ts'
import type { Span } from './spans.ts'

const depthMax = 64

/**
 * Where the CVC stands in a JSON document: string values that hold it as a word of its own, and numbers that equal it.
 * Three digits occur in innocent places, so pointers in `verbatim` (amounts, codes, references) are left alone. Null
 * when the bytes are not JSON.
 */
export function cvcSpansInJson(bytes: Buffer, cvc: Buffer, verbatim: readonly string[]): Span[] | null {
  const spans: Span[] = []
  const isVerbatim = pointerMatcher(verbatim)
  const visitor: JsonVisitor = {
    onValue(kind, start, end, place) {
      const found = kind === 'number' ? numberSpan(bytes, cvc, start, end) : []
      if (kind === 'string') found.push(...wordSpans(bytes, cvc, start + 1, end - 1))
      if (found.length > 0 && !isVerbatim(pointerOf(bytes, place))) spans.push(...found)
    },
  }
  const fault = isUtf8(bytes) ? scanJson(bytes, visitor, { maxDepth: depthMax }) : 'not UTF-8'
  return fault === null ? spans : null
}

/** In any other text: as a word of its own. */
export function cvcSpansInText(bytes: Buffer, cvc: Buffer): Span[] {
  return wordSpans(bytes, cvc, 0, bytes.length)
}

function numberSpan(bytes: Buffer, cvc: Buffer, start: number, end: number): Span[] {
  const isEqual = end - start === cvc.length && bytes.compare(cvc, 0, cvc.length, start, end) === 0
  return isEqual ? [{ start, end, isBareNumber: true }] : []
}

const isWordByte = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte >= 128

function wordSpans(bytes: Buffer, cvc: Buffer, from: number, to: number): Span[] {
  const spans: Span[] = []
  let start = bytes.indexOf(cvc, from)
  while (start !== -1 && start + cvc.length <= to) {
    const end = start + cvc.length
    const isFree = (index: number) => index < from || index >= to || !isWordByte(bytes[index] as number)
    if (isFree(start - 1) && isFree(end)) spans.push({ start, end, isBareNumber: false })
    start = bytes.indexOf(cvc, start + 1)
  }
  return spans
}

/** `*` stands for any array index (or key). */
function pointerMatcher(pointers: readonly string[]): (path: readonly string[]) => boolean {
  const patterns = pointers.map((pointer) => pointer.split('/').slice(1))
  return (path) =>
    patterns.some(
      (pattern) =>
        pattern.length === path.length && pattern.every((token, index) => token === '*' || token === path[index]),
    )
}
