import type { Clock } from '@tessera/lib/clock'
import type { Connector, ReportEntry } from '../ports/connector.ts'
import type { DueReport } from '../ports/report-store.ts'
import type { Vault } from '../ports/vault.ts'

/** Reads acquirers' reports: connector for the words, vault for the wire. */
export interface ReportSource {
  /** Names of the connectors that have a report. */
  connectors: string[]
  /** The entries after the position, oldest first. Throws ReportUnavailable when there was no answer that can be used. */
  read(account: DueReport, position: number, limit: number): Promise<ReportEntry[]>
}

export class ReportUnavailable extends Error {
  override name = 'ReportUnavailable'
}

const sendWithinMs = 5_000

export function createReportSource(parts: {
  connectors: ReadonlyMap<string, Connector>
  vault: Pick<Vault, 'forward'>
  clock: Clock
}): ReportSource {
  const { connectors, vault, clock } = parts
  return {
    connectors: [...connectors.values()].flatMap((each) => (each.reports === undefined ? [] : [each.name])),

    async read({ scope, connectorId, connector }, position, limit) {
      const step = connectors.get(connector)?.reports?.({ account: scope.merchantId, after: position, limit })
      if (step === undefined) throw new Error(`the connector ${connector} has no report`)
      const reply = await vault.forward({
        ...scope,
        stepId: `${connectorId}.report`,
        connector,
        operation: step.operation,
        template: step.template,
        card: null,
        timeoutMs: step.timeoutMs,
        sendBeforeMs: clock.now() + sendWithinMs,
      })
      if (reply.outcome !== 'answered')
        throw new ReportUnavailable(`the report of ${connector} did not come: ${reply.outcome}`)
      const entries = step.parse(reply)
      if (entries === null)
        throw new ReportUnavailable(`the report of ${connector} is not readable: status ${reply.status}`)
      return entries
    },
  }
}
