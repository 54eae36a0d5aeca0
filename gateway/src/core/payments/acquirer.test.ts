import type { ForwardReply, ForwardRequest } from '@tessera/contracts/vault-protocol'
import { ManualClock } from '@tessera/lib/clock'
import { describe, expect, it } from 'vitest'
import { type OperationId, trustedId } from '../ids.ts'
import type { Connector, ConnectorOutcome, ConnectorStep } from '../ports/connector.ts'
import type { Vault } from '../ports/vault.ts'
import { aPayment, aRecord, testContext } from '../testing/payments.ts'
import { createAcquirer } from './acquirer.ts'
import { failureOf } from './failure.ts'
import { newOperation } from './operation.ts'
import type { Operation, OperationKind, PaymentRecord } from './payment.ts'

const startMs = 1_800_000_000_000
const answered: ForwardReply = { outcome: 'answered', status: 200, contentType: 'a/b', body: 'x', acquirerMs: 42 }
const approval: ConnectorOutcome = {
  kind: 'approved',
  acquirerReference: 'ref',
  captured: true,
  networkTransactionId: 'ntx',
  captureBeforeMs: 7,
}

/** A connector that means what the test says, behind a vault that replies what the test says. */
function scripted(
  reply: Awaited<ReturnType<Vault['forward']>>,
  meaning: ConnectorOutcome = approval,
  timeoutMs = 9_000,
) {
  const clock = new ManualClock(startMs)
  const asked: [string, unknown][] = []
  const forwarded: ForwardRequest[] = []
  const parsed: unknown[] = []
  const step =
    (operation: string) =>
    (instruction: unknown): ConnectorStep => {
      asked.push([operation, instruction])
      const template = { method: 'POST' as const, path: `/${operation}`, headers: {}, body: null }
      const parse = (answer: unknown) => {
        parsed.push(answer)
        return meaning
      }
      return { operation, template, timeoutMs, parse }
    }
  const capabilities = { notFoundFinalAfterMs: 15_000 } as Connector['capabilities']
  const connector: Connector = {
    name: 'sandbox',
    capabilities,
    authorize: step('authorize'),
    capture: step('capture'),
    reverse: step('reverse'),
    refund: step('refund'),
    inquire: step('inquire'),
  }
  const vault: Pick<Vault, 'forward'> = {
    forward: async (request) => {
      forwarded.push(request)
      return reply
    },
  }
  const connectors = new Map([['sandbox', connector]])
  return {
    acquirer: createAcquirer({ connectors, vault: vault as Vault, clock }),
    clock,
    asked,
    forwarded,
    parsed,
    capabilities,
  }
}

function anAttempt(changes: Partial<Operation> = {}): { record: PaymentRecord; attempt: Operation } {
  const record = aRecord(aPayment('processing'), testContext(startMs))
  const attempt = { ...(record.operations[0] as Operation), ...changes }
  return { record: { ...record, operations: [attempt] }, attempt }
}
function aChange(kind: OperationKind, changes: Partial<Operation> = {}) {
  const context = testContext(startMs)
  const record = aRecord(aPayment('captured'), context)
  return { record, operation: { ...newOperation(record.payment, kind, 500, context), ...changes } }
}
const nothing = { transactionId: null }

describe('an attempt', () => {
  it('goes out with the card that is held for it, once, and with what it refers to', async () => {
    const { acquirer, asked, forwarded, parsed } = scripted(answered)
    const { record, attempt } = anAttempt({ final: true })
    const sent = await acquirer.send(record, attempt, { transactionId: 'ntx_0' })
    expect(asked).toEqual([
      [
        'authorize',
        {
          reference: attempt.operationId,
          account: 'mer_1',
          amountMinor: 10_000,
          currency: attempt.currency,
          capture: true,
          initiator: 'customer',
          cardBrand: 'visa',
          networkTransactionId: 'ntx_0',
          authentication: null,
        },
      ],
    ])
    expect(forwarded).toEqual([
      {
        merchantId: 'mer_1',
        mode: 'test',
        stepId: attempt.operationId,
        connector: 'sandbox',
        operation: 'authorize',
        template: { method: 'POST', path: '/authorize', headers: {}, body: null },
        card: { attemptId: attempt.operationId, saveAs: null },
        timeoutMs: 9_000,
        sendBeforeMs: startMs + 10_000,
      },
    ])
    expect(parsed).toEqual([answered])
    expect(sent).toEqual({ outcome: approval, acquirerMs: 42 })
  })

  it('is waited for no longer than the worker leaves it alone', async () => {
    const { acquirer, forwarded } = scripted(answered, approval, 90_000)
    const { record, attempt } = anAttempt()
    await acquirer.send(record, attempt, nothing)
    expect(forwarded[0]?.timeoutMs).toBe(20_000)
  })

  const saves = { cardId: trustedId<never>('card_1'), fingerprintId: trustedId<never>('fp_1') }
  it.each([
    ['that saves its card says under which name', { saves }, { attemptId: 'att_1', saveAs: 'card_1' }],
    [
      'of a held card that was sent before uses that hold, and saves nothing twice',
      { saves, holdId: trustedId<OperationId>('att_0') },
      { attemptId: 'att_0', saveAs: null },
    ],
  ])('%s', async (_what, changes, card) => {
    const { acquirer, forwarded } = scripted(answered)
    const { record, attempt } = anAttempt({ operationId: trustedId<OperationId>('att_1'), ...changes })
    await acquirer.send(record, attempt, nothing)
    expect(forwarded[0]?.card).toEqual(card)
  })

  const authentication = {
    authenticationId: null,
    state: 'authenticated' as const,
    version: '2.2.0',
    eci: '05',
    dsTransId: 'ds',
    liabilityShift: true,
    exemption: null,
  }
  const noProof = { ...authentication, dsTransId: null }
  it.each([
    ['its proof', authentication, { version: '2.2.0', eci: '05', cavv: 'proof', dsTransId: 'ds', exemption: null }],
    [
      'why it has none',
      { ...noProof, exemption: 'low_value' as const },
      { version: '2.2.0', eci: '05', cavv: 'proof', dsTransId: null, exemption: 'low_value' },
    ],
    ['nothing where it has neither', noProof, null],
  ])('tells the acquirer of the authentication: %s', async (_what, given, expected) => {
    const { acquirer, asked } = scripted(answered)
    const { record, attempt } = anAttempt({ authentication: given })
    await acquirer.send(record, attempt, { transactionId: null, cavv: 'proof' })
    expect(asked[0]?.[1]).toMatchObject({ authentication: expected })
  })

  it('of a payment without a card is a bug, and so is a connector that nobody knows', async () => {
    const { acquirer } = scripted(answered)
    const { record, attempt } = anAttempt()
    const cardless = { ...record, payment: { ...record.payment, card: null } }
    await expect(acquirer.send(cardless, attempt, nothing)).rejects.toThrow('has no card')
    await expect(acquirer.send(record, { ...attempt, connector: 'nowhere' }, nothing)).rejects.toThrow('nowhere')
    expect(() => acquirer.capabilities('nowhere')).toThrow('nowhere')
  })
})

describe('a change of an authorization', () => {
  it.each([
    ['capture', 'capture'],
    ['refund', 'refund'],
    ['reversal', 'reverse'],
  ] as const)('by %s goes out without a card, about the attempt that holds the money', async (kind, named) => {
    const { acquirer, asked, forwarded, capabilities } = scripted(answered)
    const { record, operation } = aChange(kind, { final: true })
    const [attempt] = record.operations
    const declined = {
      ...(attempt as Operation),
      operationId: trustedId<OperationId>('att_x'),
      acquirerReference: null,
    }
    const earlier = {
      ...(attempt as Operation),
      operationId: trustedId<OperationId>('att_0'),
      acquirerReference: 'old',
    }
    await acquirer.send({ ...record, operations: [earlier, attempt as Operation, declined] }, operation, nothing)
    const instruction = {
      reference: operation.operationId,
      account: 'mer_1',
      authorizationReference: attempt?.operationId,
      acquirerReference: 'auth_1',
      amountMinor: 500,
      currency: operation.currency,
      final: true,
    }
    expect(asked).toEqual([[named, instruction]])
    expect(forwarded[0]).toMatchObject({ stepId: operation.operationId, operation: named, card: null })
    expect(acquirer.capabilities('sandbox')).toBe(capabilities)
  })

  it('that was never authorized is a bug', async () => {
    const { acquirer } = scripted(answered)
    const { record, operation } = aChange('capture')
    const operations = record.operations.map((each) => ({ ...each, acquirerReference: null }))
    await expect(acquirer.send({ ...record, operations }, operation, nothing)).rejects.toThrow('was never authorized')
  })
})

describe('what came of sending', () => {
  const unknown = (fenced: boolean) => ({ kind: 'unknown', fenced })
  it.each<[string, Awaited<ReturnType<Vault['forward']>>, unknown, number]>([
    ['it provably never left', { outcome: 'not_sent', reason: 'fenced', detail: '' }, { kind: 'not_processed' }, 0],
    ['it left before: it cannot leave again', { outcome: 'already_sent' }, unknown(true), 0],
    [
      'no answer came: it cannot leave again',
      { outcome: 'unknown', reason: 'timeout', acquirerMs: 9 },
      unknown(true),
      9,
    ],
    ['the vault was lost: it may still leave', { outcome: 'lost' }, unknown(false), 0],
  ])('%s', async (_what, reply, outcome, acquirerMs) => {
    const { acquirer, parsed } = scripted(reply)
    const { record, attempt } = anAttempt()
    expect(await acquirer.send(record, attempt, nothing)).toEqual({ outcome, acquirerMs })
    expect(parsed).toEqual([])
  })

  const done = { networkTransactionId: null, captureBeforeMs: null, captured: false }
  it.each<[ConnectorOutcome, unknown]>([
    [approval, approval],
    [
      { kind: 'declined', code: 'do_not_honor', rawCode: '05', adviceCode: '01' },
      { kind: 'declined', failure: failureOf('do_not_honor', '05', '01') },
    ],
    [
      { kind: 'succeeded', acquirerReference: 'r' },
      { kind: 'approved', acquirerReference: 'r', ...done },
    ],
    [
      { kind: 'pending', acquirerReference: 'r' },
      { kind: 'pending', acquirerReference: 'r' },
    ],
    [
      { kind: 'refused', code: '99' },
      { kind: 'declined', failure: failureOf('processing_error', '99') },
    ],
    [{ kind: 'unknown', reason: 'garbled' }, unknown(true)],
    // Nobody asked: an answer that says so is no answer.
    [{ kind: 'not_found' }, unknown(true)],
  ])('an answer that means %o is taken as %o', async (meaning, outcome) => {
    const { acquirer } = scripted(answered, meaning)
    const { record, attempt } = anAttempt()
    expect((await acquirer.send(record, attempt, nothing)).outcome).toEqual(outcome)
  })

  it.each<[Awaited<ReturnType<Vault['forward']>>, number]>([
    [{ outcome: 'unknown', reason: 'timeout', acquirerMs: 9 }, 5_000],
    [{ outcome: 'lost' }, 0],
    [{ outcome: 'not_sent', reason: 'fenced', detail: '' }, 0],
  ])('the acquirer’s window runs from there only where it can no longer leave: %o', async (reply, knownForMs) => {
    const { acquirer, clock } = scripted(reply)
    const { record, attempt } = anAttempt()
    await acquirer.send(record, attempt, nothing)
    clock.advance(5_000)
    expect(acquirer.unsendableForMs(attempt.operationId)).toBe(knownForMs)
    clock.advance(1_000)
    expect(acquirer.unsendableForMs(attempt.operationId)).toBe(knownForMs + 1_000)
  })
})

describe('an inquiry', () => {
  it('is a request of its own, without the card', async () => {
    const { acquirer, asked, forwarded } = scripted(answered)
    const { record, attempt } = anAttempt()
    expect(await acquirer.inquire(record, attempt)).toEqual(approval)
    const about = { account: 'mer_1', reference: attempt.operationId, kind: 'authorize', amountMinor: 10_000 }
    expect(asked).toEqual([['inquire', { ...about, currency: attempt.currency, cardBrand: 'visa' }]])
    expect(forwarded[0]).toMatchObject({ stepId: `${attempt.operationId}.inquiry`, operation: 'inquire', card: null })
    const cardless = { ...record, payment: { ...record.payment, card: null } }
    await acquirer.inquire(cardless, attempt)
    expect(asked[1]?.[1]).toMatchObject({ cardBrand: null })
  })

  it('leaves it to the caller what “not found” means', async () => {
    const { acquirer } = scripted(answered, { kind: 'not_found' })
    const { record, attempt } = anAttempt()
    expect(await acquirer.inquire(record, attempt)).toEqual({ kind: 'not_found' })
  })

  it.each([[{ outcome: 'not_sent', reason: 'too_late', detail: '' } as const], [{ outcome: 'lost' } as const]])(
    'that came to nothing leaves the doubt: %o',
    async (reply) => {
      const { acquirer, parsed } = scripted(reply)
      const { record, attempt } = anAttempt()
      expect(await acquirer.inquire(record, attempt)).toEqual({ kind: 'unknown', fenced: true })
      expect(parsed).toEqual([])
    },
  )
})
