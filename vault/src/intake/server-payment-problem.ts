import { STATUS_CODES } from 'node:http'
import type { CardFault } from '../cards/read-card.ts'
import { type Problem, statusOf } from './problem.ts'
import type { BodyFault } from './token-body.ts'

/** An error as contracts/inflow.md shapes it. A list holds texts that each begin with a property. */
export interface ServerPaymentProblem {
  status: number
  message: string | readonly string[]
  retryAfterSeconds?: number
}

export function renderServerPaymentProblem({ status, message }: ServerPaymentProblem): string {
  return JSON.stringify({ statusCode: status, message, error: STATUS_CODES[status] })
}

const doubt =
  'The payment may have been made: repeat the request with the same Idempotency-Key, or look for the payment, to learn what became of it'

export const unauthorized: ServerPaymentProblem = { status: 401, message: 'Unauthorized' }
export const notSent: ServerPaymentProblem = {
  status: 503,
  message: 'The gateway cannot be reached. Nothing was charged; send the request again in a moment',
  retryAfterSeconds: 1,
}
export const noAnswer: ServerPaymentProblem = { status: 504, message: `The gateway has not answered in time. ${doubt}` }
export const brokenAnswer: ServerPaymentProblem = {
  status: 502,
  message: `The answer of the gateway was lost. ${doubt}`,
}
export const internal: ServerPaymentProblem = { status: 500, message: 'Internal server error' }
export const busy: ServerPaymentProblem = {
  status: 503,
  message: 'The card host is busy. Nothing was charged; send the request again in a moment',
  retryAfterSeconds: 1,
}
export const notARequest: ServerPaymentProblem = {
  status: 400,
  message: 'The request is not valid HTTP, or it came too slowly',
}
export const noSuchCall: ServerPaymentProblem = {
  status: 404,
  message: 'The card host takes POST /api/server/payment; send everything else to the API host',
}
export const notJson: ServerPaymentProblem = {
  status: 415,
  message: 'Send the body as JSON, with Content-Type: application/json',
}
export const tooLarge: ServerPaymentProblem = { status: 413, message: 'The body is larger than 65536 bytes' }

const bodyTexts: Readonly<Record<BodyFault['kind'], string>> = {
  empty: 'it is empty',
  syntax: 'unexpected text',
  duplicate_key: 'a property stands twice in its object',
  too_deep: 'it is nested too deeply',
  too_many_members: 'an object has too many properties',
  invalid_utf8: 'it is not UTF-8',
  not_an_object: '',
}

export function ofBodyFault({ kind, position }: BodyFault): ServerPaymentProblem {
  if (kind === 'not_an_object') return { status: 400, message: 'The body must be a JSON object' }
  return { status: 400, message: `The body is not valid JSON: ${bodyTexts[kind]} at position ${position}` }
}

const ownNames: Readonly<Partial<Record<CardFault['param'], string>>> = {
  'card.exp_month': 'card.expMonth',
  'card.exp_year': 'card.expYear',
}

/** What is wrong with a card, in the names of this API. */
export function relayedFaults(faults: readonly CardFault[]): { param: string; message: string }[] {
  return faults.map(({ param, message }) => ({ param: ownNames[param] ?? param, message }))
}

/** What kept the token from being stored. */
export function ofTokenProblem({ code, retryAfterSeconds }: Problem): ServerPaymentProblem {
  if (code === 'overloaded') return { ...busy, retryAfterSeconds }
  return { status: statusOf(code), message: ['card could not be stored'] }
}
