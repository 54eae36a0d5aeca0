import type { Connector } from '../core/ports/connector.ts'
import { sandboxConnector } from './sandbox/connector.ts'

/** Every connector there is, by its name in the manifests. */
export const connectors: ReadonlyMap<string, Connector> = new Map(
  [sandboxConnector].map((connector) => [connector.name, connector]),
)
