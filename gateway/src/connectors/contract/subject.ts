import type { ConnectorManifest } from '@tessera/contracts/connector-manifest'
import type {
  Connector,
  ConnectorAnswer,
  ConnectorOutcome,
  ConnectorStep,
  ReportEntry,
  ReportInstruction,
  ReportStep,
} from '../../core/ports/connector.ts'
import type { RecordedCard } from './fill.ts'

/** One request and its answer, as they went over the wire. */
export interface RecordedExchange {
  name: string
  operation: string
  request: { method: string; path: string; headers: Record<string, string>; body: unknown }
  answer: ConnectorAnswer
}

export interface ContractCase {
  exchange: RecordedExchange
  /** The step that must have led to the recorded request. */
  step: ConnectorStep
  /** Our reference of the operation that the request is, or asks, about. */
  reference: string
  card: RecordedCard | null
  /** What the recorded answer means. */
  outcome: ConnectorOutcome
}

export interface ReportCase {
  exchange: RecordedExchange
  asked: ReportInstruction
  step: ReportStep
  /** What the recorded page holds. */
  entries: ReportEntry[]
}

/** A connector with everything that the contract suite needs to judge it. */
export interface ContractSubject {
  connector: Connector
  manifest: ConnectorManifest
  cases: ContractCase[]
  /** Empty where the connector has no report. */
  reportCases: ReportCase[]
}
