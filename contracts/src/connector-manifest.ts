import type { Mode, PlaceholderName } from './vault-protocol.ts'

/**
 * What a connector may send, as the vault enforces it. Manifests are part of the vault's deployment: a gateway in the
 * wrong hands can neither name a host nor put a card number where it could read it back.
 */
export interface ConnectorManifest {
  connector: string
  /** One origin per mode. A mode that is missing cannot be reached. */
  origins: Partial<Record<Mode, ManifestOrigin>>
  operations: Record<string, ManifestOperation>
}

export type ManifestOrigin =
  | { origin: string }
  /** The origin comes from the vault's own environment, and must be loopback: the sandbox on its free port. */
  | { originFromEnvironment: string; loopbackOnly: true }

export interface ManifestOperation {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path pattern; `{name}` stands for one segment of `[A-Za-z0-9_-]{1,64}`. No query is allowed unless listed. */
  path: string
  query?: string[]
  content: 'json' | 'form' | 'none'
  /** Request headers that the gateway may set. */
  headers: string[]
  /** At most one send per step, ever. False only for calls that change nothing or that the acquirer deduplicates. */
  once: boolean
  /**
   * Where each placeholder may stand: JSON pointer (`/card/number`) or form field name. Absent: no card data at all,
   * and the call needs no hold.
   */
  placeholders?: Record<string, PlaceholderName[]>
  /** JSON pointers (`*` for any array index) of the answer that the scrubber leaves alone: amounts, codes, references. */
  verbatim: string[]
}
