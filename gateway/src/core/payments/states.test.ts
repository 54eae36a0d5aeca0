import { describe, expect, it } from 'vitest'
import { aHeldCard } from '../testing/orders.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { decideCapture, decideExpiry, decideRefund, decideVoid } from './commands.ts'
import { decideConfirm, decideUpdate } from './commands-before-sending.ts'
import {
  nextState,
  type PaymentState,
  type PaymentTrigger,
  paymentStates,
  paymentTriggers,
  verdictOf,
} from './states.ts'

/** Written from the design: what each command does to a payment of each state. `no` is a refusal. */
const expected: Record<
  PaymentState,
  { confirm: string; update: string; capture: string; void: string; refund: string; expire: string }
> = {
  created: { confirm: 'no', update: 'created', capture: 'no', void: 'canceled', refund: 'no', expire: 'expired' },
  requires_action: {
    confirm: 'no',
    update: 'requires_action',
    capture: 'no',
    void: 'canceled',
    refund: 'no',
    expire: 'failed',
  },
  requires_confirmation: {
    confirm: 'processing',
    update: 'requires_confirmation',
    capture: 'no',
    void: 'canceled',
    refund: 'no',
    expire: 'expired',
  },
  processing: { confirm: 'no', update: 'no', capture: 'no', void: 'canceled', refund: 'no', expire: 'processing' },
  authorized: {
    confirm: 'no',
    update: 'no',
    capture: 'authorized',
    void: 'canceled',
    refund: 'no',
    expire: 'expired',
  },
  captured: { confirm: 'no', update: 'no', capture: 'no', void: 'no', refund: 'captured', expire: 'captured' },
  failed: { confirm: 'no', update: 'no', capture: 'no', void: 'no', refund: 'no', expire: 'failed' },
  canceled: { confirm: 'no', update: 'no', capture: 'no', void: 'no', refund: 'no', expire: 'canceled' },
  expired: { confirm: 'no', update: 'no', capture: 'no', void: 'no', refund: 'no', expire: 'expired' },
}

describe('every state meets every command as the design says', () => {
  for (const state of paymentStates) {
    const context = testContext()
    const record = aRecord(aPayment(state, { dueAtMs: context.nowMs }), context)
    const stateAfter = (result: { ok: true; value: { decision: { payment: { state: string } } } } | { ok: false }) =>
      result.ok ? result.value.decision.payment.state : 'no'

    it(`the confirmation of a payment that is ${state}`, () => {
      const { payment, operations } = record
      const held = { ...payment, held: aHeldCard(), dueAtMs: context.nowMs + 1 }
      expect(stateAfter(decideConfirm({ payment: held, operations }, context))).toBe(expected[state].confirm)
    })
    it(`an update of a payment that is ${state}`, () => {
      expect(stateAfter(decideUpdate(record, { terms: null, name: 'Ann' }, context))).toBe(expected[state].update)
    })
    it(`a capture of a payment that is ${state}`, () => {
      expect(stateAfter(decideCapture(record, { amountMinor: null, final: true }, context))).toBe(
        expected[state].capture,
      )
    })
    it(`a void of a payment that is ${state}`, () => {
      expect(stateAfter(decideVoid(record, { reason: null }, context))).toBe(expected[state].void)
    })
    it(`a refund of a payment that is ${state}`, () => {
      expect(stateAfter(decideRefund(record, { amountMinor: null, reason: null }, context))).toBe(
        expected[state].refund,
      )
    })
    it(`the deadline of a payment that is ${state}`, () => {
      expect(decideExpiry(record, context)?.decision.payment.state).toBe(expected[state].expire)
    })
  }
})

/** Written from the design: where each trigger leads. What is left out is refused, or cannot happen, and leads nowhere. */
const leadsTo: Record<PaymentState, Partial<Record<PaymentTrigger, PaymentState>>> = {
  created: {
    require_action: 'requires_action',
    require_confirmation: 'requires_confirmation',
    send: 'processing',
    update: 'created',
    void: 'canceled',
    expire: 'expired',
    abandon: 'failed',
  },
  requires_action: {
    require_action: 'requires_action',
    require_confirmation: 'requires_confirmation',
    send: 'processing',
    update: 'requires_action',
    void: 'canceled',
    expire: 'failed',
    abandon: 'failed',
    reopen: 'created',
  },
  requires_confirmation: {
    require_action: 'requires_action',
    require_confirmation: 'requires_confirmation',
    send: 'processing',
    confirm: 'processing',
    update: 'requires_confirmation',
    void: 'canceled',
    expire: 'expired',
    abandon: 'failed',
  },
  processing: {
    require_action: 'requires_action',
    void: 'canceled',
    expire: 'processing',
    approved: 'authorized',
    approved_captured: 'captured',
    declined: 'failed',
    declined_open: 'created',
  },
  authorized: { capture: 'authorized', void: 'canceled', expire: 'expired', capture_approved: 'captured' },
  captured: {
    capture: 'captured',
    void: 'captured',
    refund: 'captured',
    expire: 'captured',
    capture_approved: 'captured',
  },
  failed: { expire: 'failed', declined: 'failed', declined_open: 'failed' },
  canceled: { expire: 'canceled', declined: 'canceled', declined_open: 'canceled' },
  expired: { expire: 'expired', declined: 'expired', declined_open: 'expired' },
}

describe.each(paymentStates)('a payment that is %s', (state) => {
  it.each(paymentTriggers)('goes where %s leads, or nowhere', (trigger) => {
    const next = leadsTo[state][trigger]
    if (next === undefined) expect(() => nextState(state, trigger)).toThrow(`that is ${state} cannot take ${trigger}`)
    else expect(nextState(state, trigger)).toBe(next)
  })
})

describe('the table of states', () => {
  const terminal: PaymentState[] = ['failed', 'canceled', 'expired']

  it('lets nothing lead out of a terminal state', () => {
    for (const state of terminal) {
      for (const trigger of paymentTriggers) {
        expect(['stay', 'no', 'reverse', 'never']).toContain(verdictOf(state, trigger))
      }
    }
  })

  it('gives money back that is authorized after a payment was given up', () => {
    for (const state of terminal) {
      expect(verdictOf(state, 'approved')).toBe('reverse')
      expect(verdictOf(state, 'approved_captured')).toBe('reverse')
    }
  })

  it('reaches every state from created', () => {
    const reached = new Set<PaymentState>(['created'])
    for (const state of reached) {
      for (const trigger of paymentTriggers) {
        const verdict = verdictOf(state, trigger)
        if ((paymentStates as readonly string[]).includes(verdict)) reached.add(verdict as PaymentState)
      }
    }
    expect([...reached].sort()).toEqual([...paymentStates].sort())
  })

  it('treats what cannot happen as a bug', () => {
    expect(() => nextState('captured', 'approved')).toThrow('a payment that is captured cannot take approved')
  })

  it('never ends a payment in doubt by a clock', () => {
    expect(verdictOf('processing', 'expire')).toBe('stay')
  })
})
