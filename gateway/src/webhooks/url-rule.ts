import type { Mode } from '@tessera/contracts/vault-protocol'
import type { UrlRule } from '../core/webhooks/endpoint.ts'
import { type AddressGuard, parseAddress } from './address-guard.ts'

const longestUrl = 2048
const usualPorts = [443, 8443]

/**
 * What can be said of a URL before any name is resolved. A name that leads to a forbidden address is found when the
 * connection is made: every time, since names change.
 */
export function createUrlRule(guard: AddressGuard, allowPorts: readonly number[]): UrlRule {
  const ports = new Set([...usualPorts, ...allowPorts])

  return (text, mode) => {
    if (text.length > longestUrl) return `it is longer than ${longestUrl} characters`
    // The parser drops tabs, line ends and blanks around, and reads a backslash as a slash: texts that look like another host.
    if (/[\s\p{Cc}\\]/u.test(text)) return 'it holds blanks, control characters or backslashes'
    if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return 'it is not an absolute https URL'
    const url = new URL(text)
    if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text)) {
      return 'it holds a user name or password; the signature tells the receiver who is calling'
    }
    if (text.includes('#')) return 'it holds a fragment, which is never sent'
    const loopback = mayBeLoopback(url.hostname, mode)
    if (url.protocol !== 'https:' && !loopback) return 'it must be https (http only in test mode, to localhost)'
    if (!loopback && !ports.has(portOf(url))) return `port ${portOf(url)} is not allowed; use ${[...ports].join(', ')}`
    return hostFault(url.hostname, guard, loopback)
  }
}

/** In test mode a developer's own machine may listen, on any port, where the URL says so itself. */
export function mayBeLoopback(hostname: string, mode: Mode): boolean {
  if (mode !== 'test') return false
  return isLocalhostName(hostname) || parseAddress(hostname)?.range() === 'loopback'
}

/** RFC 6761 section 6.3: these names are this machine, whatever a name server says. */
export function isLocalhostName(hostname: string): boolean {
  return /(^|\.)localhost\.?$/.test(hostname)
}

function hostFault(hostname: string, guard: AddressGuard, loopback: boolean): string | null {
  if (isLocalhostName(hostname)) return loopback ? null : 'localhost is reachable in test mode only'
  const isLiteral = parseAddress(hostname) !== null
  if (isLiteral) return guard.allows(hostname, loopback) ? null : 'its address is not public'
  const isFullName = hostname.replace(/\.$/, '').includes('.')
  return isFullName || guard.hasReceiversInside ? null : 'its host is not a full domain name'
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}
