/** Bytes to be masked. A bare JSON number becomes `null`, since asterisks would make the document unreadable. */
export interface Span {
  start: number
  end: number
  isBareNumber: boolean
}

const asterisk = '*'.charCodeAt(0)

/** `spans` ascending, none inside another. The original is wiped when a new buffer is needed. */
export function replaceSpans(bytes: Buffer, spans: readonly Span[]): Buffer {
  if (spans.length === 0) return bytes
  const pieces: Buffer[] = []
  let copiedTo = 0
  for (const { start, end, isBareNumber } of spans) {
    pieces.push(bytes.subarray(copiedTo, start))
    pieces.push(isBareNumber ? Buffer.from('null') : Buffer.alloc(end - start, asterisk))
    copiedTo = end
  }
  pieces.push(bytes.subarray(copiedTo))
  const replaced = Buffer.concat(pieces)
  bytes.fill(0)
  return replaced
}
