import type { Clock } from '@tessera/lib/clock'
import type { Logger } from '@tessera/lib/log'
import type { Timers } from '@tessera/lib/timers'
import type { Checkout, Checkouts } from '../../core/checkout/checkouts.ts'
import type { DueReceipt, ReceiptStore } from '../../core/ports/receipt-store.ts'
import type { Postbox } from './postbox.ts'
import { receiptMail } from './receipt-mail.ts'

export interface ReceiptLoopParts {
  receipts: ReceiptStore
  checkouts: Pick<Checkouts, 'open'>
  postbox: Postbox
  clock: Clock
  timers: Timers
  log: Logger
  /** Where shoppers reach this gateway, without a slash at the end. */
  publicUrl: string
}

export interface ReceiptLoop {
  start(): void
  /** Ends after the mails under way. */
  stop(): Promise<void>
}

const pollMs = 1_000
/** Longer than a mail server may take, so that nobody sends the same mail meanwhile. */
const leaseMs = 90_000
const claimLimit = 20
/** About a day of trying, with pauses that grow. */
const triesMax = 14
const firstPauseMs = 5_000
const longestPauseMs = 4 * 3_600_000

/** Looks after the receipts of payments that were given a card: sent once they are paid, forgotten where they will not be. */
export function createReceiptLoop(parts: ReceiptLoopParts): ReceiptLoop {
  const { receipts, clock, timers, log } = parts
  let running: Promise<void> | null = null
  let ticking: { stop(): void } | null = null

  async function round(): Promise<void> {
    for (const due of await receipts.claim(clock.now(), leaseMs, claimLimit)) await settleReceipt(parts, due)
  }

  return {
    start() {
      ticking = timers.every(pollMs, () => {
        running ??= round()
          .catch((error: unknown) => log.error('receipts cannot be looked after', { error }))
          .finally(() => {
            running = null
          })
      })
    },
    async stop() {
      ticking?.stop()
      await running
    },
  }
}

/** What becomes of one of them now. */
export async function settleReceipt(parts: Omit<ReceiptLoopParts, 'timers'>, due: DueReceipt): Promise<void> {
  const { receipts, clock } = parts
  const checkout = await parts.checkouts.open(due.paymentId)
  const state = checkout?.record.payment.state
  if (checkout === undefined || state === 'failed' || state === 'canceled' || state === 'expired') {
    return receipts.giveUp(due)
  }
  if (state === 'captured') return sendReceipt(parts, due, checkout)
  // A payment that was just made is soon decided; one that waits for its merchant's capture may wait for days.
  const pauseMs = Math.min(longestPauseMs, Math.max(pollMs, (clock.now() - due.createdAtMs) / 4))
  return receipts.postpone(due, { dueAtMs: clock.now() + Math.ceil(pauseMs), tries: due.tries })
}

async function sendReceipt(
  { receipts, postbox, clock, log, publicUrl }: Omit<ReceiptLoopParts, 'timers'>,
  due: DueReceipt,
  checkout: Checkout,
): Promise<void> {
  const { email } = checkout.record.payment
  if (email === null) return receipts.giveUp(due)
  try {
    await postbox.send(`receipt-${due.paymentId}`, receiptMail(checkout, email, publicUrl))
  } catch (error) {
    const { paymentId } = due
    const tries = due.tries + 1
    log.warn('a receipt could not be sent', { error, paymentId })
    if (tries >= triesMax) return receipts.giveUp(due)
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** due.tries)
    return receipts.postpone(due, { dueAtMs: clock.now() + pauseMs, tries })
  }
  return receipts.finish(due, clock.now())
}
