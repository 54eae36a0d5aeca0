import type { Operation, Payment } from '../core/payments/payment.ts'
import { firstEntries } from '../core/payments/stage.ts'

/**
 * Rows travel as JSON: one parameter per table, opened by `json_to_recordset`. Against one array parameter per column this
 * costs 8 % of throughput and saves sixty parameters. Each list below is the column definition of such a record set.
 */
const amountsOfPayment =
  'authorized_minor bigint, captured_minor bigint, capturing_minor bigint, reversed_minor bigint, reversing_minor bigint, ' +
  'refunded_minor bigint, refunding_minor bigint'

/** What a decision may change. */
export const changingPaymentRecord =
  `version integer, state text, ${amountsOfPayment}, payment_method_id text, card jsonb, failure jsonb, capture_before bigint, ` +
  'due_at bigint, last_sequence integer, updated_at bigint, timeline json, last_public_sequence integer'

const termsOfPayment = 'amount_minor bigint, metadata jsonb, name text'

/** What a decision may change, and nearly all of them leave alone: only batches with one that does speak of it. */
export const rarePaymentRecord =
  `${termsOfPayment}, order_details json, held jsonb, authentication json, dispute json, settled_minor bigint, ` +
  'paid_out_minor bigint, disputed_minor bigint, customer_id text, email text'

export const paymentRecord =
  'merchant_id text, payment_id text, mode text, currency text, capture_method text, payment_type text, ' +
  'initiator text, flow_id text, connector_id text, connector text, external_id text, product_name text, ' +
  'customer_id text, email text, tel text, return_url text, save_card boolean, ' +
  `created_at bigint, ${termsOfPayment}, ${changingPaymentRecord}`

/** What payments begin with that have an order, wait for their confirmation, or have a checkout of their own. */
export const orderedPaymentRecord = 'order_details json, confirmation text, held jsonb, failure_url text, checkout json'

/** What few payments begin with: a shopper who is to authenticate, or has. */
export const rareNewPaymentRecord = 'authentication json, authentication_wish json'

/** What few operations have: refunds of orders, attempts of held cards, what is authenticated or settled. */
export const rareOperationRecord =
  'tax_minor bigint, begun_by text, settled_at bigint, paid_out_at bigint, hold_id text, hold_ends_at bigint, authentication json'

/** What an outcome may change. */
export const changingOperationRecord =
  'state text, acquirer_reference text, network_transaction_id text, failure jsonb, inquiries integer, fenced_at bigint, ' +
  'due_at bigint, updated_at bigint'

export const operationRecord =
  'merchant_id text, payment_id text, operation_id text, mode text, kind text, amount_minor bigint, currency text, ' +
  `connector text, final boolean, releases_minor bigint, reason text, saves jsonb, created_at bigint, ${changingOperationRecord}`

/** `x.a, x.b` of `a text, b text` with prefix `x.`. */
export function columnsOf(record: string, prefix = ''): string {
  return columnNames(record)
    .map((column) => prefix + column)
    .join(', ')
}

/** `a = x.a, b = x.b`: the assignments of an update. */
export function assignmentsOf(record: string, source: string): string {
  return columnNames(record)
    .map((column) => `${column} = ${source}.${column}`)
    .join(', ')
}

function columnNames(record: string): string[] {
  return record.split(', ').map((column) => column.slice(0, column.indexOf(' ')))
}

/** Left out of the JSON, a column is null: so what most rows do not have costs them nothing on the way. */
const orNothing = <T>(value: T | null): T | undefined => value ?? undefined

export function changingPaymentRow(payment: Payment): Record<string, unknown> {
  const { amounts } = payment
  return {
    version: payment.version,
    state: payment.state,
    authorized_minor: amounts.authorizedMinor,
    captured_minor: amounts.capturedMinor,
    capturing_minor: amounts.capturingMinor,
    reversed_minor: amounts.reversedMinor,
    reversing_minor: amounts.reversingMinor,
    refunded_minor: amounts.refundedMinor,
    refunding_minor: amounts.refundingMinor,
    payment_method_id: payment.paymentMethodId,
    card: payment.card,
    failure: payment.failure,
    capture_before: payment.captureBeforeMs,
    due_at: payment.dueAtMs,
    last_sequence: payment.lastSequence,
    updated_at: payment.updatedAtMs,
    timeline: payment.timeline,
    last_public_sequence: payment.lastPublicSequence,
  }
}

function termsOfPaymentRow(payment: Payment): Record<string, unknown> {
  return {
    amount_minor: payment.amountMinor,
    metadata: payment.metadata,
    name: payment.name,
  }
}

export function isOrdered({ order, confirmation, held, failureUrl, checkout }: Payment): boolean {
  return confirmation === 'manual' || [order, held, failureUrl, checkout].some((value) => value !== null)
}

export function orderedPaymentRow(payment: Payment): Record<string, unknown> {
  return {
    order_details: orNothing(payment.order),
    confirmation: payment.confirmation,
    held: orNothing(payment.held),
    failure_url: orNothing(payment.failureUrl),
    checkout: orNothing(payment.checkout),
  }
}

export function rareNewPaymentRow(payment: Payment): Record<string, unknown> {
  return { authentication: payment.authentication, authentication_wish: payment.authenticationWish }
}

export function rarePaymentRow(payment: Payment): Record<string, unknown> {
  const { settledMinor, paidOutMinor, disputedMinor } = payment.amounts
  return {
    ...termsOfPaymentRow(payment),
    order_details: orNothing(payment.order),
    held: orNothing(payment.held),
    authentication: orNothing(payment.authentication),
    dispute: orNothing(payment.dispute),
    settled_minor: settledMinor,
    paid_out_minor: paidOutMinor,
    disputed_minor: disputedMinor,
    customer_id: payment.customerId,
    email: payment.email,
  }
}

export function paymentRow(payment: Payment): Record<string, unknown> {
  return {
    merchant_id: payment.merchantId,
    payment_id: payment.paymentId,
    mode: payment.mode,
    currency: payment.currency,
    capture_method: payment.captureMethod,
    payment_type: payment.paymentType,
    initiator: payment.initiator,
    flow_id: payment.flowId,
    connector_id: payment.connectorId,
    connector: payment.connector,
    external_id: payment.externalId,
    product_name: payment.productName,
    customer_id: payment.customerId,
    email: payment.email,
    tel: payment.tel,
    return_url: payment.returnUrl,
    save_card: payment.saveCard,
    created_at: payment.createdAtMs,
    ...termsOfPaymentRow(payment),
    ...changingPaymentRow(payment),
  }
}

export function operationRow(operation: Operation): Record<string, unknown> {
  return {
    merchant_id: operation.merchantId,
    payment_id: operation.paymentId,
    operation_id: operation.operationId,
    mode: operation.mode,
    kind: operation.kind,
    amount_minor: operation.amountMinor,
    currency: operation.currency,
    connector: operation.connector,
    final: operation.final,
    releases_minor: operation.releasesMinor,
    reason: operation.reason,
    saves: operation.saves,
    created_at: operation.createdAtMs,
    state: operation.state,
    acquirer_reference: operation.acquirerReference,
    network_transaction_id: operation.networkTransactionId,
    failure: operation.failure,
    inquiries: operation.inquiries,
    fenced_at: operation.fencedAtMs,
    due_at: operation.dueAtMs,
    updated_at: operation.updatedAtMs,
  }
}

export function isRareOperation(operation: Operation): boolean {
  const { taxMinor, begunBy, settledAtMs, paidOutAtMs, holdId, authentication } = operation
  return [taxMinor, begunBy, settledAtMs, paidOutAtMs, holdId, authentication].some((value) => value !== null)
}

export function rareOperationRow(operation: Operation): Record<string, unknown> {
  return {
    ...operationRow(operation),
    tax_minor: operation.taxMinor,
    begun_by: operation.begunBy,
    settled_at: operation.settledAtMs,
    paid_out_at: operation.paidOutAtMs,
    hold_id: operation.holdId,
    hold_ends_at: operation.holdEndsAtMs,
    authentication: operation.authentication,
  }
}

/** A row read as JSON (`row_to_json`), where bigint is a number: amounts and times stay far below 2^53. */
// biome-ignore lint/suspicious/noExplicitAny: the database's JSON has no type of its own; the mappings below give it one.
export type JsonRow = Record<string, any>

export function paymentOf(row: JsonRow): Payment {
  const payment: Payment = {
    merchantId: row.merchant_id,
    paymentId: row.payment_id,
    mode: row.mode,
    version: row.version,
    state: row.state,
    currency: row.currency,
    amountMinor: row.amount_minor,
    order: row.order_details,
    amounts: {
      authorizedMinor: row.authorized_minor,
      capturedMinor: row.captured_minor,
      capturingMinor: row.capturing_minor,
      reversedMinor: row.reversed_minor,
      reversingMinor: row.reversing_minor,
      refundedMinor: row.refunded_minor,
      refundingMinor: row.refunding_minor,
      settledMinor: row.settled_minor,
      paidOutMinor: row.paid_out_minor,
      disputedMinor: row.disputed_minor,
    },
    confirmation: row.confirmation,
    held: row.held,
    authentication: row.authentication,
    authenticationWish: row.authentication_wish,
    captureMethod: row.capture_method,
    paymentType: row.payment_type,
    initiator: row.initiator,
    flowId: row.flow_id,
    connectorId: row.connector_id,
    connector: row.connector,
    externalId: row.external_id,
    productName: row.product_name,
    metadata: row.metadata,
    customerId: row.customer_id,
    name: row.name,
    email: row.email,
    tel: row.tel,
    returnUrl: row.return_url,
    failureUrl: row.failure_url,
    checkout: row.checkout,
    saveCard: row.save_card,
    paymentMethodId: row.payment_method_id,
    card: row.card,
    failure: row.failure,
    dispute: row.dispute,
    timeline: row.timeline,
    captureBeforeMs: row.capture_before,
    dueAtMs: row.due_at,
    lastSequence: row.last_sequence,
    lastPublicSequence: row.last_public_sequence ?? row.last_sequence,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  }
  // A payment from before timelines were kept.
  return row.timeline === null ? { ...payment, timeline: knownEntries(payment) } : payment
}

function knownEntries(payment: Payment): Payment['timeline'] {
  const [created, ...others] = firstEntries(payment, payment.updatedAtMs)
  return created === undefined ? [] : [{ ...created, atMs: payment.createdAtMs }, ...others]
}

export function operationOfRow(row: JsonRow): Operation {
  return {
    merchantId: row.merchant_id,
    paymentId: row.payment_id,
    operationId: row.operation_id,
    mode: row.mode,
    kind: row.kind,
    state: row.state,
    amountMinor: row.amount_minor,
    currency: row.currency,
    connector: row.connector,
    final: row.final,
    releasesMinor: row.releases_minor,
    reason: row.reason,
    taxMinor: row.tax_minor,
    begunBy: row.begun_by,
    holdId: row.hold_id,
    holdEndsAtMs: row.hold_ends_at,
    authentication: row.authentication,
    saves: row.saves,
    acquirerReference: row.acquirer_reference,
    networkTransactionId: row.network_transaction_id,
    failure: row.failure,
    settledAtMs: row.settled_at,
    paidOutAtMs: row.paid_out_at,
    inquiries: row.inquiries,
    fencedAtMs: row.fenced_at,
    dueAtMs: row.due_at,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  }
}
