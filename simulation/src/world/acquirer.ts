import type { RequestTemplate } from '@tessera/contracts/vault-protocol'
import type { CardFate } from './card.ts'
import { startMs } from './merchant.ts'
import type { Authorization, Entry, Modification, Oracle } from './oracle.ts'

export interface WireAnswer {
  status: number
  body: string
}

type Fields = Record<string, unknown>

const answer = (status: number, body: Fields): WireAnswer => ({ status, body: JSON.stringify(body) })
const captureForMs = 7 * 24 * 3_600_000

/** The oracle as the gateway's connector speaks to it. */
export function createAcquirerWire(parts: { oracle: Oracle; wallMs: () => number }) {
  const { oracle, wallMs } = parts

  function authorizationBody(entry: Authorization): Fields {
    return {
      type: 'authorization',
      id: entry.id,
      reference: entry.reference,
      status: entry.isApproved ? 'approved' : 'declined',
      response_code: entry.isApproved ? '00' : entry.declineCode,
      advice_code: null,
      network_transaction_id: entry.isApproved ? `ntx${entry.id}` : null,
      amount_minor: entry.amountMinor,
      currency: entry.currency,
      captured: entry.isApproved && entry.capture,
      capture_before: new Date(wallMs() + captureForMs).toISOString(),
    }
  }

  function modificationBody(entry: Modification): Fields {
    const { id, reference, authorization, status, code, amountMinor, effect } = entry
    const fields = { type: entry.kind, id, reference, authorization, status, amount_minor: amountMinor, effect }
    return { ...fields, code: status === 'failed' ? 'refund_failed' : code }
  }

  const bodyOf = (entry: Entry): Fields =>
    entry.kind === 'authorization' ? authorizationBody(entry) : modificationBody(entry)

  function modify(kind: Modification['kind'], account: string, authorization: string, value: Fields): WireAnswer {
    const reference = String(value.reference)
    const asked = {
      account,
      reference,
      authorization,
      amountMinor: Number(value.amount_minor),
      final: value.final === true,
    }
    const entry = oracle.modify(kind, asked)
    if (entry === 'no_authorization') {
      return answer(404, { error: { code: 'authorization_not_found', message: 'There is none.' }, reference })
    }
    return answer(entry.status === 'refused' ? 422 : 200, modificationBody(entry))
  }

  function reportFrom(account: string, query: URLSearchParams): WireAnswer {
    const [after, limit] = [Number(query.get('after')), Number(query.get('limit') ?? 200)]
    oracle.settleDue()
    const entries = oracle.settlement.linesAfter(after, limit).map((line, index) => ({
      sequence: after + index + 1,
      kind: line.kind,
      reference: line.reference,
      authorization: line.authorization,
      amount_minor: line.amountMinor,
      currency: line.currency,
      at: new Date(startMs + Math.floor(line.atMs)).toISOString(),
      ...(line.disputeId === null ? {} : { dispute_id: line.disputeId, reason: 'fraud' }),
    }))
    return answer(200, { account, after, entries })
  }

  const kinds: Record<string, Modification['kind']> = { captures: 'capture', reversals: 'reversal', refunds: 'refund' }

  return {
    /** Carries one request out. The card is known by what its issuer will say. */
    carryOut(template: RequestTemplate, fate: CardFate | null): WireAnswer {
      const account = String(template.headers.authorization).replace('Bearer sbx_', '')
      const value = (template.body?.kind === 'json' ? template.body.value : {}) as Fields
      const [, , collection = '', second = '', third = ''] = template.path.split('/')
      if (collection === 'references') {
        const entry = oracle.find(second)
        return entry === undefined
          ? answer(404, { status: 'not_found', reference: second })
          : answer(200, bodyOf(entry))
      }
      if (collection.startsWith('reports')) {
        return reportFrom(account, new URLSearchParams(collection.slice('reports?'.length)))
      }
      const kind = kinds[third]
      if (kind !== undefined) return modify(kind, account, second, value)
      if (fate === null) throw new Error('an authorization came without a card')
      const proof = value.three_d_secure as { cavv?: string } | undefined
      const asked = {
        account,
        cavv: proof?.cavv ?? null,
        reference: String(value.reference),
        amountMinor: Number(value.amount_minor),
        currency: String(value.currency),
        capture: value.capture === true,
        fate,
      }
      return answer(200, bodyOf(oracle.authorize(asked)))
    },
  }
}

export type AcquirerWire = ReturnType<typeof createAcquirerWire>
