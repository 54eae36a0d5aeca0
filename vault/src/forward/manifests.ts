import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectorManifest, ManifestOperation } from '@tessera/contracts/connector-manifest'
import type { Mode } from '@tessera/contracts/vault-protocol'
import { faultsOfManifest } from './manifest-faults.ts'
import { matcherOf, type PathMatcher } from './path-pattern.ts'

/** An operation as the vault enforces it. */
export interface AllowedOperation extends ManifestOperation {
  connector: string
  name: string
  matches: PathMatcher
  /** Where it goes, by mode. A mode that is missing cannot be reached. */
  origins: Partial<Record<Mode, URL>>
}

export interface Manifests {
  find(connector: string, operation: string): AllowedOperation | undefined
}

export class ManifestsInvalid extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`the connector manifests are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ManifestsInvalid'
    this.problems = problems
  }
}

/** Reads every manifest of the folder. Throws ManifestsInvalid with all that is wrong with all of them. */
export function loadManifests(folder: string, environment: Record<string, string | undefined>): Manifests {
  const operations = new Map<string, AllowedOperation>()
  const problems: string[] = []
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json')) continue
    const manifest = readManifest(join(folder, file), file, problems)
    if (manifest === null) continue
    const origins = originsOf(manifest, environment, file, problems)
    for (const [name, operation] of Object.entries(manifest.operations)) {
      const { connector } = manifest
      const matches = matcherOf(operation.path, operation.query ?? [])
      operations.set(`${connector}/${name}`, { ...operation, connector, name, matches, origins })
    }
  }
  if (operations.size === 0) problems.push(`${folder} holds no manifest`)
  if (problems.length > 0) throw new ManifestsInvalid(problems)
  return { find: (connector, operation) => operations.get(`${connector}/${operation}`) }
}

function readManifest(path: string, file: string, problems: string[]): ConnectorManifest | null {
  let manifest: ConnectorManifest
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    problems.push(`${file}: ${(error as Error).message}`)
    return null
  }
  const faults = faultsOfManifest(manifest)
  problems.push(...faults.map((fault) => `${file}: ${fault}`))
  return faults.length === 0 ? manifest : null
}

function originsOf(
  manifest: ConnectorManifest,
  environment: Record<string, string | undefined>,
  file: string,
  problems: string[],
): Partial<Record<Mode, URL>> {
  const origins: Partial<Record<Mode, URL>> = {}
  for (const [mode, place] of Object.entries(manifest.origins)) {
    const text = 'origin' in place ? place.origin : environment[place.originFromEnvironment]
    // A sandbox that is not there is no fault of a live deployment.
    if (text === undefined || text === '') continue
    const fault = originFault(text, mode as Mode, 'loopbackOnly' in place)
    if (fault === null) origins[mode as Mode] = new URL(text)
    else problems.push(`${file}: ${mode} origin ${fault}`)
  }
  return origins
}

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

function originFault(text: string, mode: Mode, loopbackOnly: boolean): string | null {
  if (!URL.canParse(text)) return 'is not a URL'
  const url = new URL(text)
  const isLoopback = loopbackHosts.test(url.hostname)
  if (url.origin === 'null' || `${url.origin}/` !== url.href) return 'must be a bare origin, without path or user'
  if (loopbackOnly && !isLoopback) return 'must be a loopback address'
  if (mode === 'live' && isLoopback) return 'must not be a loopback address: live cards never reach the sandbox'
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) return 'must be https'
  return null
}
