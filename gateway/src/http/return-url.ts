import type { Mode } from '@tessera/contracts/vault-protocol'

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Why a shopper may not be sent to this address after paying, or null. */
export function returnUrlFault(text: string, mode: Mode): string | null {
  const url = URL.parse(text)
  if (url === null) return 'must be an absolute URL, such as https://shop.example/return.'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password.'
  // An empty fragment leaves no trace in the parsed URL but would swallow the parameters that are appended.
  if (text.includes('#')) return 'must not hold a fragment (#…).'
  if (url.protocol === 'https:') return null
  if (url.protocol === 'http:' && mode === 'test' && loopbackHosts.has(url.hostname)) return null
  return mode === 'test'
    ? 'must begin with https:// (http:// for localhost in test mode).'
    : 'must begin with https://.'
}
