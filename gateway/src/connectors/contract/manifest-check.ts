import type { ConnectorManifest, ManifestOperation } from '@tessera/contracts/connector-manifest'
import type { Placeholder, PlaceholderName, RequestTemplate, TemplateJson } from '@tessera/contracts/vault-protocol'

/**
 * What is wrong with a template by its manifest. The vault has the last word and its own check; this one tells a
 * connector's author before anything is deployed.
 */
export function manifestFaults(
  manifest: ConnectorManifest,
  operationName: string,
  template: RequestTemplate,
): string[] {
  const operation = manifest.operations[operationName]
  if (operation === undefined) return [`there is no operation ${operationName}`]
  const faults: string[] = []
  if (template.method !== operation.method) faults.push(`method ${template.method} instead of ${operation.method}`)
  faults.push(...pathFaults(operation, template.path))
  for (const name of Object.keys(template.headers)) {
    if (!operation.headers.includes(name)) faults.push(`header ${name} is not allowed`)
  }
  if ((template.body?.kind ?? 'none') !== operation.content) faults.push(`the body is not ${operation.content}`)
  for (const { place, name } of placeholdersOf(template)) {
    if (operation.placeholders?.[place]?.includes(name) !== true) faults.push(`${name} may not stand at ${place}`)
  }
  return faults
}

function pathFaults(operation: ManifestOperation, target: string): string[] {
  const [path = '', query] = target.split('?', 2)
  const literals = operation.path.split(/\{[a-z_]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const faults: string[] = []
  if (!new RegExp(`^${literals.join('[A-Za-z0-9_-]{1,64}')}$`).test(path)) {
    faults.push(`path ${path} is not ${operation.path}`)
  }
  for (const name of new URLSearchParams(query ?? '').keys()) {
    if (operation.query?.includes(name) !== true) faults.push(`query parameter ${name} is not allowed`)
  }
  return faults
}

/** Every place where the template asks for a card value: JSON pointer or form field. */
export function placeholdersOf(template: RequestTemplate): { place: string; name: PlaceholderName }[] {
  const { body } = template
  if (body === null) return []
  if (body.kind === 'json') return [...inJson(body.value, '')]
  return body.fields.flatMap(([place, value]) => (typeof value === 'string' ? [] : [{ place, name: value.$card }]))
}

export function isPlaceholder(value: TemplateJson): value is Placeholder {
  return typeof value === 'object' && value !== null && '$card' in value
}

function* inJson(value: TemplateJson, place: string): Generator<{ place: string; name: PlaceholderName }> {
  if (typeof value !== 'object' || value === null) return
  if (isPlaceholder(value)) {
    yield { place, name: value.$card }
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    yield* inJson(inner, `${place}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}
