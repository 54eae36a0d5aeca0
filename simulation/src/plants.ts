import type { Statement } from './database/sessions.ts'
import type { Plants } from './world/gateway.ts'

export type PlantedFault = Plants & { rewrite?(statement: Statement): Statement }

/** Replaces a part of one statement; throws where it is not there, since a fault that was never planted proves nothing. */
function replacing(name: RegExp, part: string, by: string): (statement: Statement) => Statement {
  return (statement) => {
    if (!name.test(statement.name ?? '')) return statement
    if (!statement.text.includes(part)) throw new Error(`nothing to replace in ${statement.name}`)
    return { ...statement, name: `planted-${statement.name}`, text: statement.text.replaceAll(part, by) }
  }
}

/**
 * Mistakes that were made elsewhere and cost money there. Each is put between the product and its ports; the promises must
 * notice it.
 */
export const plantedFaults: Record<string, PlantedFault> = {
  'a decision is recorded whatever became of its payment meanwhile': {
    rewrite: replacing(/^commit-decisions/, 'and x.version = i.expected_version', ''),
  },
  'a time-out is taken for a decline': {
    acquirer: (real) => ({
      ...real,
      send: async (...given) => {
        const sent = await real.send(...given)
        return sent.outcome.kind === 'unknown' ? { ...sent, outcome: { kind: 'not_processed' } } : sent
      },
    }),
  },
  'nobody fences before asking': {
    vault: (real) => ({ ...real, fence: async () => ({ outcome: 'may_have_been_sent' }) }),
  },
  'a fence is believed before it is made': {
    vault: (real) => ({ ...real, fence: async () => ({ outcome: 'never_sent' }) }),
  },
  'not found is believed at once': {
    acquirer: (real) => ({
      ...real,
      capabilities: (connector) => ({ ...real.capabilities(connector), notFoundFinalAfterMs: 0 }),
    }),
  },
  'an unreadable answer is taken for a decline': {
    vault: (real) => ({
      ...real,
      forward: async (request) => {
        const reply = await real.forward(request)
        if (reply.outcome !== 'answered' || reply.status < 500) return reply
        return { outcome: 'not_sent', reason: 'connect_failed', detail: 'planted' }
      },
    }),
  },
  'a key is not claimed with its payment': {
    rewrite: replacing(/^insert-payments$/, 'where idem_key is not null', 'where false'),
  },
  'a commit whose answer is lost counts as failed': {
    store: (real) => ({
      ...real,
      create: (row) =>
        real.create(row).then((outcome) => {
          return outcome
        }),
      commit: async (row) => ({ ...(await real.commit(row)), kind: 'committed' }),
    }),
  },
  'an event is written without its delivery': {
    rewrite: replacing(/^commit-decisions/, "'waiting', 0, e.created_at", "'delivered', 1, null"),
  },
  'a refund reserves nothing': {
    store: (real) => ({
      ...real,
      commit: (row) => {
        const { payment } = row.decision
        const amounts = { ...payment.amounts, refundingMinor: 0 }
        return real.commit({ ...row, decision: { ...row.decision, payment: { ...payment, amounts } } })
      },
    }),
  },
  'a ledger line is forgotten': {
    store: (real) => ({
      ...real,
      commit: (row) => real.commit({ ...row, decision: { ...row.decision, ledger: [] } }),
    }),
  },
}
