const percent = 0x25
const plus = 0x2b
const space = 0x20

/** Smaller ones V8 keeps inside its heap, where moving them would leave copies. */
const leastBytes = 128

/**
 * The text of a form as its reader will see it, still in bytes, which the caller wipes: `+` and `%20` are spaces, `%34` is a 4.
 * A percent sign that encodes nothing stands for itself.
 */
export function percentDecoded(form: Buffer): Buffer {
  const decoded = Buffer.alloc(Math.max(form.length, leastBytes))
  let length = 0
  for (let at = 0; at < form.length; at += 1) {
    const byte = form[at] as number
    const encoded = byte === percent ? byteAt(form, at + 1) : -1
    if (encoded >= 0) at += 2
    decoded[length++] = encoded >= 0 ? encoded : byte === plus ? space : byte
  }
  return decoded.subarray(0, length)
}

/** -1 where no two hexadecimal digits stand. */
function byteAt(form: Buffer, at: number): number {
  const [high, low] = [hexDigit(form[at]), hexDigit(form[at + 1])]
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
