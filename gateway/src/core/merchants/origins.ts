/** An operator named something that is no origin of a web site. The message is for the operator. */
export class OriginsInvalid extends Error {
  override name = 'OriginsInvalid'
}

const originsMax = 50
const plainHost = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?$/
const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * Origins as browsers spell them: scheme, host, port. https, but for a developer's own machine. Throws OriginsInvalid. None at all
 * is null: then test mode takes pages of the developer's machine.
 */
export function readOrigins(texts: readonly string[]): string[] | null {
  if (texts.length > originsMax) throw new OriginsInvalid(`a merchant has at most ${originsMax} origins`)
  const origins = texts.map((text) => {
    const url = URL.parse(text)
    const isOrigin = url !== null && plainHost.test(url.host) && `${url.origin}/` === url.href
    if (!isOrigin || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.host)))) {
      throw new OriginsInvalid(`${text} is no origin: write https://shop.example, without a path`)
    }
    return url.origin
  })
  return origins.length === 0 ? null : [...new Set(origins)]
}
