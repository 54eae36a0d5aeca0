import type { PlaceholderName } from '@tessera/contracts/vault-protocol'

const placeholderNames: ReadonlySet<string> = new Set<PlaceholderName>([
  'number',
  'cvc',
  'exp_month',
  'exp_month_2',
  'exp_year_2',
  'exp_year_4',
  'exp_mmyy',
  'exp_yymm',
  'cardholder_name',
])
const methods = new Set(['GET', 'POST', 'PUT', 'DELETE'])
const contents = new Set(['json', 'form', 'none'])
/** Framing and routing belong to the vault. */
const ownHeaders =
  /^(host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|content-.*|accept-encoding|proxy-.*)$/

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** Everything that keeps this from being a ConnectorManifest. */
export function faultsOfManifest(manifest: unknown): string[] {
  if (!isRecord(manifest)) return ['must be an object']
  const faults: string[] = []
  const { connector, origins, operations } = manifest
  if (typeof connector !== 'string' || !/^[a-z0-9_-]{1,64}$/.test(connector)) faults.push('connector must be a name')
  if (!isRecord(origins)) faults.push('origins must be an object')
  else for (const [mode, origin] of Object.entries(origins)) faults.push(...originFaults(mode, origin))
  if (!isRecord(operations)) return [...faults, 'operations must be an object']
  for (const [name, operation] of Object.entries(operations)) {
    faults.push(...operationFaults(operation).map((fault) => `${name}: ${fault}`))
  }
  return faults
}

function originFaults(mode: string, origin: unknown): string[] {
  if (mode !== 'test' && mode !== 'live') return [`origins.${mode} is no mode`]
  if (!isRecord(origin)) return [`origins.${mode} must be an object`]
  if (typeof origin.origin === 'string') return []
  if (typeof origin.originFromEnvironment === 'string' && origin.loopbackOnly === true) return []
  return [`origins.${mode} must name an origin, or an environment variable with loopbackOnly`]
}

function operationFaults(operation: unknown): string[] {
  if (!isRecord(operation)) return ['must be an object']
  const { method, path, query, content, headers, once, placeholders, verbatim } = operation
  const faults: string[] = []
  if (!methods.has(method as string)) faults.push('method must be GET, POST, PUT or DELETE')
  if (typeof path !== 'string' || !/^(\/([A-Za-z0-9._~-]+|\{[A-Za-z_]+\}))+$/.test(path))
    faults.push('path is no pattern')
  if (query !== undefined && !isTextList(query)) faults.push('query must be a list of names')
  if (!contents.has(content as string)) faults.push('content must be json, form or none')
  if (!isTextList(headers)) faults.push('headers must be a list of names')
  else faults.push(...headers.filter((name) => ownHeaders.test(name)).map((name) => `header ${name} is the vault's`))
  if (typeof once !== 'boolean') faults.push('once must be true or false')
  if (!isTextList(verbatim) || verbatim.some((pointer) => !pointer.startsWith('/'))) {
    faults.push('verbatim must be a list of JSON pointers')
  }
  if (placeholders !== undefined) faults.push(...placeholderFaults(placeholders, content))
  return faults
}

function placeholderFaults(placeholders: unknown, content: unknown): string[] {
  if (!isRecord(placeholders)) return ['placeholders must be an object']
  if (content === 'none') return ['placeholders need a body']
  return Object.entries(placeholders).flatMap(([place, names]) => {
    if (content === 'json' && !place.startsWith('/')) return [`${place} is no JSON pointer`]
    const isKnown = isTextList(names) && names.length > 0 && names.every((name) => placeholderNames.has(name))
    return isKnown ? [] : [`${place} must list placeholder names`]
  })
}
