import { readFileSync } from 'node:fs'
import type { ConnectorManifest } from '@tessera/contracts/connector-manifest'
import sandboxManifest from '@tessera/contracts/connectors/sandbox.json' with { type: 'json' }
import type { CardBrand } from '@tessera/contracts/vault-protocol'
import { findCurrency } from '../../core/money/currencies.ts'
import type {
  ConnectorOutcome,
  ConnectorStep,
  InquireInstruction,
  ModifyInstruction,
  ReportEntry,
  ReportStep,
} from '../../core/ports/connector.ts'
import type { RecordedCard } from '../contract/fill.ts'
import type { ContractCase, ContractSubject, RecordedExchange, ReportCase } from '../contract/subject.ts'
import { sandboxConnector } from './connector.ts'

const recordings = new URL('../../../../contracts/test-vectors/sandbox-exchanges.json', import.meta.url)
const exchanges = JSON.parse(readFileSync(recordings, 'utf8')) as RecordedExchange[]
const usd = findCurrency('usd')
if (usd === undefined) throw new Error('USD is a currency')
const account = 'mer_1'

interface AuthorizeBody {
  reference: string
  amount_minor: number
  capture: boolean
  initiator: 'customer' | 'merchant'
  card: { number: string; exp_month: number; exp_year: number; cvc?: string; holder?: string }
}

/** The step that the recorded request must have come from, read back from it. */
function stepOf({ operation, request }: RecordedExchange, asked: Asked): [ConnectorStep, string, RecordedCard | null] {
  if (operation === 'authorize') return authorizeStep(request.body as AuthorizeBody)
  if (operation === 'inquire') {
    const reference = request.path.split('/').at(-1) as string
    const instruction: InquireInstruction = { account, reference, currency: usd as NonNullable<typeof usd>, ...asked }
    return [sandboxConnector.inquire(instruction), reference, null]
  }
  const body = request.body as { reference: string; amount_minor: number; final?: boolean }
  const instruction: ModifyInstruction = {
    reference: body.reference,
    account,
    authorizationReference: request.path.split('/')[3] as string,
    acquirerReference: null,
    amountMinor: body.amount_minor,
    currency: usd as NonNullable<typeof usd>,
    final: body.final ?? false,
  }
  const build = { capture: 'capture', reverse: 'reverse', refund: 'refund' } as const
  return [sandboxConnector[build[operation as keyof typeof build]](instruction), body.reference, null]
}

function authorizeStep(body: AuthorizeBody): [ConnectorStep, string, RecordedCard] {
  const { reference, amount_minor: amountMinor, capture, initiator, card } = body
  const step = sandboxConnector.authorize({
    reference,
    account,
    amountMinor,
    currency: usd as NonNullable<typeof usd>,
    capture,
    initiator,
    cardBrand: card.number.startsWith('5') ? 'mastercard' : 'visa',
    networkTransactionId: null,
    authentication: null,
  })
  const recorded: RecordedCard = {
    number: card.number,
    expMonth: card.exp_month,
    expYear: card.exp_year,
    cvc: card.cvc ?? null,
    cardholderName: card.holder ?? null,
  }
  return [step, reference, recorded]
}

/** What an inquiry knows about the operation in doubt. */
type Asked = Pick<InquireInstruction, 'kind' | 'amountMinor' | 'cardBrand'>
const aboutAuthorization: Asked = { kind: 'authorize', amountMinor: 1762, cardBrand: 'visa' as CardBrand }

const captureBeforeMs = Date.UTC(2030, 0, 22, 12)
/** Recorded ids are taken from the answer itself: that they are passed on is what counts. */
const idOf = (exchange: RecordedExchange): string => JSON.parse(exchange.answer.body).id
const networkIdOf = (exchange: RecordedExchange): string => JSON.parse(exchange.answer.body).network_transaction_id

type Meaning = (exchange: RecordedExchange) => ConnectorOutcome

const approved =
  (captured: boolean): Meaning =>
  (exchange) => ({
    kind: 'approved',
    acquirerReference: idOf(exchange),
    captured,
    networkTransactionId: networkIdOf(exchange),
    captureBeforeMs,
  })
const declined =
  (
    code: Extract<ConnectorOutcome, { kind: 'declined' }>['code'],
    rawCode: string,
    adviceCode: string | null = null,
  ): Meaning =>
  () => ({ kind: 'declined', code, rawCode, adviceCode })
const succeeded: Meaning = (exchange) => ({ kind: 'succeeded', acquirerReference: idOf(exchange) })
const pending: Meaning = (exchange) => ({ kind: 'pending', acquirerReference: idOf(exchange) })
const refused =
  (code: string): Meaning =>
  () => ({ kind: 'refused', code })

const meanings: Record<string, [Meaning, Asked?]> = {
  'authorization approved': [approved(false)],
  'sale approved': [approved(true)],
  'mastercard approved': [approved(false)],
  'declined for insufficient funds': [declined('insufficient_funds', '51')],
  'declined until authenticated': [declined('authentication_required', '1A')],
  'mastercard soft decline': [declined('authentication_required', '65')],
  'declined with advice': [declined('do_not_honor', '05', '21')],
  'reference reused': [() => ({ kind: 'unknown', reason: 'http_error' })],
  'verification without an amount': [approved(false)],
  'capture of a part': [succeeded],
  'capture of too much': [refused('amount_too_large')],
  'capture of nothing known': [refused('authorization_not_found')],
  'reversal of the rest': [succeeded],
  'reversal of a sale': [succeeded],
  'reversal of nothing known': [succeeded],
  'reversal of what is captured': [refused('already_captured')],
  refund: [succeeded],
  'refund of too much': [refused('amount_too_large')],
  'sale whose refunds fail later': [approved(true)],
  'refund pending': [pending],
  'inquiry about a pending refund': [pending, { kind: 'refund', amountMinor: 5, cardBrand: null }],
  'inquiry about a failed refund': [refused('refund_failed'), { kind: 'refund', amountMinor: 5, cardBrand: null }],
  'authorization after its reversal': [declined('invalid_transaction', '12')],
  'inquiry about an approved authorization': [approved(false), aboutAuthorization],
  'inquiry about a declined authorization': [declined('insufficient_funds', '51'), aboutAuthorization],
  'inquiry about a capture': [succeeded, { kind: 'capture', amountMinor: 1000, cardBrand: null }],
  'inquiry about a refused capture': [
    refused('amount_too_large'),
    { kind: 'capture', amountMinor: 763, cardBrand: null },
  ],
  'inquiry about a reversal that found nothing': [succeeded, { kind: 'reversal', amountMinor: 1762, cardBrand: null }],
  'inquiry about nothing known': [() => ({ kind: 'not_found' }), aboutAuthorization],
}

function caseOf(exchange: RecordedExchange): ContractCase {
  const meaning = meanings[exchange.name]
  if (meaning === undefined) throw new Error(`no meaning is written down for "${exchange.name}"`)
  const [mean, asked] = meaning
  const [step, reference, card] = stepOf(exchange, asked ?? aboutAuthorization)
  return { exchange, step, reference, card, outcome: mean(exchange) }
}

type Line = [
  kind: ReportEntry['kind'],
  reference: string,
  authorizationReference: string,
  amountMinor: number,
  afterMs: number,
  dispute?: ReportEntry['dispute'],
]
const lost = { disputeId: 'dsp_00000000000000000000000023', reason: 'fraud' }
const won = { disputeId: 'dsp_00000000000000000000000024', reason: 'not_received' }

/** The recorded account's whole report, by hand. */
const lines: Line[] = [
  ['settled', 'cap_1', 'att_1', 1000, 3_000],
  ['settled', 'orf_1', 'att_1', -400, 3_000],
  ['settled', 'att_9', 'att_9', 1762, 3_000],
  ['paid_out', 'cap_1', 'att_1', 1000, 6_000],
  ['paid_out', 'orf_1', 'att_1', -400, 6_000],
  ['paid_out', 'att_9', 'att_9', 1762, 6_000],
  ['settled', 'att_10', 'att_10', 1762, 13_000],
  ['settled', 'att_11', 'att_11', 1762, 13_000],
  ['dispute_opened', 'att_10', 'att_10', 1762, 14_000, lost],
  ['dispute_opened', 'att_11', 'att_11', 1762, 14_000, won],
  ['paid_out', 'att_10', 'att_10', 1762, 16_000],
  ['paid_out', 'att_11', 'att_11', 1762, 16_000],
  ['dispute_lost', 'att_10', 'att_10', 1762, 44_000, lost],
  ['dispute_won', 'att_11', 'att_11', 1762, 44_000, won],
]
const reportStartMs = Date.UTC(2030, 0, 15, 12)
const report: ReportEntry[] = lines.map(
  ([kind, reference, authorizationReference, amountMinor, afterMs, dispute = null], index) => ({
    sequence: index + 1,
    kind,
    reference,
    authorizationReference,
    amountMinor,
    currency: 'usd',
    atMs: reportStartMs + afterMs,
    dispute,
  }),
)

function reportCaseOf(exchange: RecordedExchange): ReportCase {
  const query = new URLSearchParams(exchange.request.path.split('?')[1])
  const asked = { account, after: Number(query.get('after')), limit: Number(query.get('limit')) }
  const step = (sandboxConnector.reports as (instruction: typeof asked) => ReportStep)(asked)
  return { exchange, asked, step, entries: report.slice(asked.after, asked.after + asked.limit) }
}

export const sandboxSubject: ContractSubject = {
  connector: sandboxConnector,
  manifest: sandboxManifest as unknown as ConnectorManifest,
  cases: exchanges.filter((exchange) => exchange.operation !== 'reports').map(caseOf),
  reportCases: exchanges.filter((exchange) => exchange.operation === 'reports').map(reportCaseOf),
}
