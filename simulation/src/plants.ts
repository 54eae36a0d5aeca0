import { amountMinor } from '../../gateway/src/core/money/amount.ts'
import { failureOf } from '../../gateway/src/core/payments/failure.ts'
import type { Statement } from './database/sessions.ts'
import type { Plants } from './world/gateway.ts'

export interface PlantedFault extends Plants {
  /** Where to start looking: a seed that is known to notice it soon. */
  firstSeed: number
  /** The statement that is run instead. */
  rewrite?(statement: Statement): Statement
}

/** Replaces a part of one statement; throws where it is not there, since a fault that was never planted proves nothing. */
function replacing(name: RegExp, part: string, by: string): (statement: Statement) => Statement {
  return (statement) => {
    if (!name.test(statement.name ?? '')) return statement
    if (!statement.text.includes(part)) throw new Error(`nothing to replace in ${statement.name}`)
    // A connection keeps what it has planned by its name.
    return { ...statement, name: undefined, text: statement.text.replaceAll(part, by) }
  }
}

/** Whoever is told that nothing was sent does not ask the acquirer. */
function believingTheVault(): Plants {
  // Each gateway gets its vault first, then its acquirer.
  let neverSent = new Set<string>()
  return {
    vault(real) {
      const own = new Set<string>()
      neverSent = own
      return {
        ...real,
        fence: async (request) => {
          const reply = await real.fence(request)
          if (reply.outcome === 'never_sent') own.add(request.stepId)
          return reply
        },
      }
    },
    acquirer(real) {
      const own = neverSent
      return {
        ...real,
        inquire: async (record, operation) =>
          own.has(operation.operationId) ? { kind: 'not_found' } : real.inquire(record, operation),
        unsendableForMs: (id) => (own.has(id) ? Number.POSITIVE_INFINITY : real.unsendableForMs(id)),
      }
    },
  }
}

/**
 * Mistakes that were made elsewhere and cost money there. Each is put between the product and its ports; the promises must
 * notice it.
 */
export const plantedFaults: Record<string, PlantedFault> = {
  'a decision is recorded whatever became of its payment meanwhile': {
    firstSeed: 2,
    rewrite: replacing(/^commit-decisions/, 'and x.version = i.expected_version', ''),
  },
  'a time-out is taken for a decline': {
    firstSeed: 5,
    acquirer: (real) => ({
      ...real,
      send: async (...given) => {
        const sent = await real.send(...given)
        return sent.outcome.kind === 'unknown' ? { ...sent, outcome: { kind: 'not_processed' } } : sent
      },
    }),
  },
  'an authorization in doubt is tried once more': {
    firstSeed: 5,
    acquirer: (real) => ({
      ...real,
      send: async (...given) => {
        const sent = await real.send(...given)
        if (sent.outcome.kind !== 'unknown') return sent
        return { ...sent, outcome: { kind: 'declined', failure: failureOf('authentication_required') } }
      },
    }),
  },
  // Either of the two nets holds alone: a request that is old is not sent, and one that is fenced is not sent.
  'nobody fences before asking, and old requests are sent': {
    firstSeed: 166,
    vault: (real) => ({
      ...real,
      fence: async () => ({ outcome: 'may_have_been_sent' }),
      forward: (request) => real.forward({ ...request, sendBeforeMs: Number.MAX_SAFE_INTEGER }),
    }),
  },
  'a vault that has forgotten what it sent is believed': { firstSeed: 77, ...believingTheVault() },
  'not found is believed at once': {
    firstSeed: 27,
    acquirer: (real) => ({
      ...real,
      capabilities: (connector) => ({ ...real.capabilities(connector), notFoundFinalAfterMs: 0 }),
    }),
  },
  'an error of the acquirer is taken for a decline': {
    firstSeed: 132,
    vault: (real) => ({
      ...real,
      forward: async (request) => {
        const reply = await real.forward(request)
        if (reply.outcome !== 'answered' || reply.status < 500) return reply
        return { outcome: 'not_sent', reason: 'connect_failed', detail: 'planted' }
      },
    }),
  },
  'a key does not stop a second payment': {
    firstSeed: 1,
    rewrite: replacing(
      /^insert-payments$/,
      'where i.idem_key is null or (i.merchant_id, i.payment_id) in (select merchant_id, payment_id from k)',
      '',
    ),
  },
  'a decision that lost counts as recorded': {
    firstSeed: 55,
    store: (real) => ({
      ...real,
      commit: async (row) => {
        const outcome = await real.commit(row)
        return outcome.kind === 'stale' ? { kind: 'committed' } : outcome
      },
    }),
  },
  'an approval that comes too late is kept': {
    firstSeed: 13,
    rewrite: replacing(/^claim-operations$/, 'where due_at <= $1', "where kind <> 'reversal' and due_at <= $1"),
  },
  'a refund reserves nothing': {
    firstSeed: 2,
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
    firstSeed: 1,
    store: (real) => ({
      ...real,
      commit: (row) => real.commit({ ...row, decision: { ...row.decision, ledger: [] } }),
    }),
  },
  'an event is written without its delivery': {
    firstSeed: 1,
    rewrite: replacing(/^commit-decisions/, "'waiting', 0, e.created_at", "'delivered', 1, null"),
  },
  'what is asked for again while it is sent is forgotten': {
    firstSeed: 1,
    rewrite: replacing(/^record-deliveries$/, 'd.due_at <> r.claimed_due_at', 'false'),
  },
  'an issuer’s no counts as a yes': {
    firstSeed: 4,
    provider: (real) => ({
      ...real,
      ask: async (request) => {
        const answer = await real.ask(request)
        return answer.kind === 'result' ? { ...answer, transStatus: 'Y' } : answer
      },
      readResult: (bytes) => {
        const read = real.readResult(bytes)
        return read.ok ? { ok: true, result: { ...read.result, transStatus: 'Y' } } : read
      },
    }),
  },
  'a proof for another amount counts': {
    firstSeed: 1,
    provider: (real) => ({
      ...real,
      ask: (request) =>
        real.ask({ ...request, authentication: { ...request.authentication, amountMinor: amountMinor(1) } }),
    }),
  },
  'an issuer is asked by everybody who comes': {
    firstSeed: 1,
    provider: (real) => ({
      ...real,
      ask: async (request) => {
        await real.ask(request)
        return real.ask(request)
      },
    }),
  },
  'a line of the report counts each time it is read': {
    firstSeed: 1,
    store: (real) => ({
      ...real,
      findByOperation: async (...given) => {
        const record = await real.findByOperation(...given)
        if (record === undefined) return record
        return {
          ...record,
          operations: record.operations.map((each) => ({ ...each, settledAtMs: null, paidOutAtMs: null })),
        }
      },
    }),
  },
  'a refund passes while the payment is disputed': {
    firstSeed: 109,
    store: (real) => ({
      ...real,
      find: async (...given) => {
        const record = await real.find(...given)
        if (record === undefined) return record
        const { payment } = record
        return { ...record, payment: { ...payment, dispute: null, amounts: { ...payment.amounts, disputedMinor: 0 } } }
      },
    }),
  },
  'a token is good for more than one payment': {
    firstSeed: 22,
    reusesTokens: true,
  },
  'a card that was claimed and never sent is left to the vault': {
    firstSeed: 50,
    rewrite: replacing(/^find-claims-to-release$/, "o.state in ('approved', 'declined')", 'false'),
  },
  'a delivery counts as done when it is claimed': {
    firstSeed: 144,
    rewrite: replacing(/^claim-deliveries$/, 'state = case', "state = case when s.sendable then 'delivered'"),
  },
}
