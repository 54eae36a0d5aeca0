import type { Authentication } from '../core/authentication/authentication.ts'
import { assignmentsOf, columnsOf, type JsonRow } from './payment-rows.ts'

const changing =
  'state text, version text, method_completion text, requested_by text, challenge json, issuer_text text, result json, ' +
  'updated_at bigint'

const authenticationRecord =
  'merchant_id text, payment_id text, authentication_id text, mode text, session_digest text, amount_minor bigint, ' +
  `currency text, challenge_mandated boolean, required boolean, created_at bigint, ${changing}`

/** New authentications, and changed ones, of the payments that `condition` lets through: as operations are written. */
export function writtenAuthentications(parameter: number, condition: string): string {
  return `
  insert into authentications (${columnsOf(authenticationRecord)})
  select ${columnsOf(authenticationRecord, 'r.')} from json_to_recordset($${parameter}::json) as r(${authenticationRecord}) ${condition}
  on conflict (merchant_id, payment_id, authentication_id) do update set ${assignmentsOf(changing, 'excluded')}`
}

/** With new payments: a batch that is run again finds its own. */
export function insertedAuthentications(parameter: number, condition: string): string {
  return `
  insert into authentications (${columnsOf(authenticationRecord)})
  select ${columnsOf(authenticationRecord, 'r.')} from json_to_recordset($${parameter}::json) as r(${authenticationRecord}) ${condition}
  on conflict do nothing`
}

export function authenticationRow(authentication: Authentication): Record<string, unknown> {
  return {
    merchant_id: authentication.merchantId,
    payment_id: authentication.paymentId,
    authentication_id: authentication.authenticationId,
    mode: authentication.mode,
    session_digest: authentication.sessionDigest,
    state: authentication.state,
    amount_minor: authentication.amountMinor,
    currency: authentication.currency,
    challenge_mandated: authentication.challengeMandated,
    required: authentication.required,
    version: authentication.version,
    method_completion: authentication.methodCompletion,
    requested_by: authentication.requestedBy,
    challenge: authentication.challenge,
    issuer_text: authentication.issuerText,
    result: authentication.result,
    created_at: authentication.createdAtMs,
    updated_at: authentication.updatedAtMs,
  }
}

export function authenticationOf(row: JsonRow): Authentication {
  return {
    merchantId: row.merchant_id,
    paymentId: row.payment_id,
    authenticationId: row.authentication_id,
    mode: row.mode,
    sessionDigest: row.session_digest,
    state: row.state,
    amountMinor: row.amount_minor,
    currency: row.currency,
    challengeMandated: row.challenge_mandated,
    required: row.required,
    version: row.version,
    methodCompletion: row.method_completion,
    requestedBy: row.requested_by,
    challenge: row.challenge,
    issuerText: row.issuer_text,
    result: row.result,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  }
}
