import type { RequestTemplate, TemplateJson } from '@tessera/contracts/vault-protocol'
import type {
  AuthorizeInstruction,
  Connector,
  ConnectorStep,
  InquireInstruction,
  ModifyInstruction,
  ReportInstruction,
  ReportStep,
} from '../../core/ports/connector.ts'
import { type ModificationType, parseAuthorization, parseInquiry, parseModification } from './answers.ts'
import { parseReport } from './report.ts'

const answerTimeoutMs = 8_000
const inquiryTimeoutMs = 5_000
/** The sandbox processes nothing that it has held back for more than 10 s; the rest is for a machine under load. */
const notFoundFinalAfterMs = 15_000

function headersFor(account: string): Record<string, string> {
  return { authorization: `Bearer sbx_${account}`, accept: 'application/json' }
}

function post(path: string, account: string, value: TemplateJson): RequestTemplate {
  return { method: 'POST', path, headers: headersFor(account), body: { kind: 'json', value } }
}

function authorize(instruction: AuthorizeInstruction): ConnectorStep {
  const { reference, account, amountMinor, currency, capture, initiator, networkTransactionId, cardBrand } = instruction
  return {
    operation: 'authorize',
    template: post('/v1/authorizations', account, {
      reference,
      amount_minor: amountMinor,
      currency,
      capture,
      initiator,
      ...(networkTransactionId === null ? {} : { network_transaction_id: networkTransactionId }),
      ...authenticationFields(instruction.authentication),
      card: {
        number: { $card: 'number' },
        exp_month: { $card: 'exp_month' },
        exp_year: { $card: 'exp_year_4' },
        cvc: { $card: 'cvc', optional: true },
        holder: { $card: 'cardholder_name', optional: true },
      },
    }),
    timeoutMs: answerTimeoutMs,
    parse: (answer) => parseAuthorization(answer, { reference, amountMinor, currency, cardBrand, capture }),
  }
}

function authenticationFields(authentication: AuthorizeInstruction['authentication']): Record<string, TemplateJson> {
  if (authentication === null) return {}
  const { version, dsTransId, eci, cavv, exemption } = authentication
  return {
    ...(dsTransId === null ? {} : { three_d_secure: { version, ds_trans_id: dsTransId, eci, cavv } }),
    ...(exemption === null ? {} : { exemption }),
  }
}

function modify(
  instruction: ModifyInstruction,
  call: { operation: string; type: ModificationType; collection: string; more?: Record<string, TemplateJson> },
): ConnectorStep {
  const { reference, account, authorizationReference, amountMinor } = instruction
  const path = `/v1/authorizations/${authorizationReference}/${call.collection}`
  const expected = { reference, amountMinor, currency: null, cardBrand: null, capture: null }
  return {
    operation: call.operation,
    template: post(path, account, { reference, amount_minor: amountMinor, ...call.more }),
    timeoutMs: answerTimeoutMs,
    parse: (answer) => parseModification(answer, call.type, expected),
  }
}

const typeOfKind = { authorize: 'authorization', capture: 'capture', reversal: 'reversal', refund: 'refund' } as const

function inquire(instruction: InquireInstruction): ConnectorStep {
  const { reference, account, kind, amountMinor, currency, cardBrand } = instruction
  const expected = { reference, amountMinor, currency, cardBrand, capture: null }
  return {
    operation: 'inquire',
    template: { method: 'GET', path: `/v1/references/${reference}`, headers: headersFor(account), body: null },
    timeoutMs: inquiryTimeoutMs,
    parse: (answer) => parseInquiry(answer, typeOfKind[kind], expected),
  }
}

function reports({ account, after, limit }: ReportInstruction): ReportStep {
  const path = `/v1/reports?after=${after}&limit=${limit}`
  return {
    operation: 'reports',
    template: { method: 'GET', path, headers: headersFor(account), body: null },
    timeoutMs: inquiryTimeoutMs,
    parse: (answer) => parseReport(answer, { account, after, limit }),
  }
}

/** The simulated acquirer of test mode. Pure: it builds requests and reads answers, and sends nothing. */
export const sandboxConnector: Connector = {
  name: 'sandbox',
  capabilities: {
    multipleCaptures: true,
    partialCapture: true,
    inquiry: 'by_our_reference',
    reversal: 'by_our_reference',
    notFoundFinalAfterMs,
  },
  authorize,
  capture: (instruction) =>
    modify(instruction, {
      operation: 'capture',
      type: 'capture',
      collection: 'captures',
      more: { final: instruction.final },
    }),
  reverse: (instruction) => modify(instruction, { operation: 'reverse', type: 'reversal', collection: 'reversals' }),
  refund: (instruction) => modify(instruction, { operation: 'refund', type: 'refund', collection: 'refunds' }),
  inquire,
  reports,
}
