/** The ways in which a number could lie somewhere, each as the bytes to look for. */
export function formsOf(digits: string): Map<string, Buffer> {
  const text = Buffer.from(digits, 'latin1')
  const forms = new Map<string, Buffer>([
    ['digits', text],
    ...['space', 'dash', 'dot', 'plus'].map((name): [string, Buffer] => [`grouped by ${name}`, grouped(digits, name)]),
    ['UTF-16LE', Buffer.from(digits, 'utf16le')],
    ['UTF-16BE', Buffer.from(digits, 'utf16le').swap16()],
    ['hex', Buffer.from(text.toString('hex'), 'latin1')],
    ['JSON escapes', Buffer.from([...digits].map((digit) => `\\u003${digit}`).join(''), 'latin1')],
  ])
  for (const lead of [0, 1, 2]) forms.set(`base64 at ${lead}`, base64At(text, lead))
  if (digits.length % 2 === 0) forms.set('packed decimal', Buffer.from(digits, 'hex'))
  for (const [name, bytes] of numericForms(BigInt(digits))) forms.set(name, bytes)
  return forms
}

const separators: Record<string, string> = { space: ' ', dash: '-', dot: '.', plus: '+' }

function grouped(digits: string, separator: string): Buffer {
  return Buffer.from((digits.match(/.{1,4}/g) ?? []).join(separators[separator]), 'latin1')
}

/** What is the same in base64 whatever stands before and after, for each of the three places that it can begin at. */
function base64At(bytes: Buffer, lead: number): Buffer {
  const encoded = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64')
  const firstWhole = Math.ceil((lead * 8) / 6)
  const wholeChars = Math.floor(((lead + bytes.length) * 8) / 6)
  return Buffer.from(encoded.slice(firstWhole, wholeChars), 'latin1')
}

function numericForms(value: bigint): [string, Buffer][] {
  const [integer, double] = [Buffer.alloc(8), Buffer.alloc(8)]
  integer.writeBigUInt64LE(value)
  double.writeDoubleLE(Number(value))
  return [
    ['64-bit integer LE', integer],
    ['64-bit integer BE', Buffer.from(integer).reverse()],
    ['double LE', double],
    ['double BE', Buffer.from(double).reverse()],
  ]
}

/** Places that say of three or four digits that they are a security code; alone they could be anything. */
export function securityCodeForms(code: string): Map<string, Buffer> {
  const texts = [`"cvc":"${code}"`, `"cvc": "${code}"`, `\\"cvc\\":\\"${code}\\"`, `"cvc":${code},`, `cvc=${code}`]
  return new Map(
    texts.flatMap((text): [string, Buffer][] => [
      [text.replace(code, '…'), Buffer.from(text, 'latin1')],
      [`${text.replace(code, '…')} in UTF-16LE`, Buffer.from(text, 'utf16le')],
    ]),
  )
}
