import { setTimeout as sleep } from 'node:timers/promises'
import { countOf, type Databases } from './databases.ts'
import type { Deployment } from './deployment.ts'
import type { Receiver } from './receiver.ts'

const quietWithinMs = 90_000

/** Waits until the work that payments leave behind is done: events in their feed and, where they are, webhooks delivered. */
export async function waitForQuiet({ gateway }: Databases, deliver: boolean): Promise<void> {
  const deadlineMs = performance.now() + quietWithinMs
  for (;;) {
    const waiting = deliver ? await countOf(gateway, `deliveries where state = 'waiting'`) : 0
    const toPlace = await countOf(gateway, 'events_to_place')
    if (waiting + toPlace === 0) return
    if (performance.now() > deadlineMs) throw new Error(`${waiting} webhooks and ${toPlace} events still wait`)
    await sleep(250)
  }
}

/** Everything that was counted, and whether all of it agrees with the payments and tokens that were reported. */
export interface Books {
  agree: boolean
  reported: { payments: number; tokens: number; referencePayments: number }
  gateway: Record<string, number>
  vault: Record<string, number>
  sandbox: Record<string, number>
  /** Null where webhooks were not delivered. */
  receiver: { received: number } | null
  reference: Record<string, number>
}

export async function readBooks(
  reported: Books['reported'],
  deployment: Deployment,
  databases: Databases,
  receiver: Receiver | null,
): Promise<Books> {
  const { gateway, vault, reference } = databases
  const books = {
    reported,
    gateway: {
      captured: await countOf(gateway, `payments where state = 'captured' and captured_minor = amount_minor`),
      payments: await countOf(gateway, 'payments'),
      approved: await countOf(gateway, `operations where state = 'approved'`),
      idempotencyKeys: await countOf(gateway, 'idempotency_keys where body is not null'),
      succeededEvents: await countOf(gateway, `events where type = 'payment.succeeded'`),
      deliveries: await countOf(gateway, 'deliveries'),
      delivered: await countOf(gateway, `deliveries where state = 'delivered'`),
      unbalancedPayments: await countOf(
        gateway,
        '(select 1 from ledger_entries group by payment_id, currency having sum(amount_minor) <> 0) as unbalanced',
      ),
    },
    vault: {
      tokens: await countOf(vault, 'tokens'),
      sent: await countOf(vault, `step_marks where state = 'sent'`),
      permitsLeft: await countOf(vault, 'permits'),
    },
    sandbox: await ledgerCounts(deployment),
    receiver: receiver && { received: receiver.received },
    reference: {
      payments: await countOf(reference, 'payments'),
      operations: await countOf(reference, 'operations'),
      events: await countOf(reference, 'events'),
      idempotencyKeys: await countOf(reference, 'idempotency_keys'),
    },
  }
  return { agree: agrees(books), ...books }
}

function agrees({ reported, gateway, vault, sandbox, receiver, reference }: Omit<Books, 'agree'>): boolean {
  const { captured, payments, approved, idempotencyKeys, succeededEvents, deliveries, delivered } = gateway
  const eachPayment = [captured, payments, approved, idempotencyKeys, succeededEvents, deliveries]
  const { approvals, capturedAll } = sandbox
  return (
    [...eachPayment, vault.sent, approvals, capturedAll].every((count) => count === reported.payments) &&
    // A webhook may be delivered twice, never less than once.
    (receiver === null || (delivered === reported.payments && receiver.received >= reported.payments)) &&
    vault.tokens === reported.tokens &&
    vault.permitsLeft === 0 &&
    gateway.unbalancedPayments === 0 &&
    Object.values(reference).every((count) => count === reported.referencePayments)
  )
}

/** The acquirer's own ledger, read line by line as it tells it. */
async function ledgerCounts({ status }: Deployment): Promise<Record<string, number>> {
  const response = await fetch(`${status.processes.sandbox.urls.acquirer}/sandbox/ledger`)
  if (!response.ok) throw new Error(`the sandbox answered ${response.status}`)
  const lines = (await response.text()).split('\n').filter((line) => line !== '')
  const entries = lines.map(
    (line) => JSON.parse(line) as { status: string; captured_minor: number; amount_minor: number },
  )
  return {
    approvals: entries.filter((entry) => entry.status === 'approved').length,
    capturedAll: entries.filter((entry) => entry.captured_minor === entry.amount_minor).length,
  }
}
