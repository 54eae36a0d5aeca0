import {
  outcomeTestBins,
  reservedTestBin,
  testCards,
  type threeDSecureTestBins,
  threeDSecureTestNumber,
} from '../test-cards.ts'
import { challenge, frictionless, type IssuerDecision, type IssuerScript } from './issuer-scripts.ts'

const both = { start: '2.1.0', end: '2.2.0' } as const
const calling = 'calls_back'

/** Every other test card that takes part: authenticated without a challenge, unless the request mandates one. */
export const plainIssuer: IssuerScript = {
  summary: 'frictionless: authenticated; a mandated challenge asks for a code',
  versions: both,
  method: null,
  decision: { kind: 'frictionless', transStatus: 'Y', reason: null, challengesWhenMandated: true },
}

const script = (summary: string, decision: IssuerDecision, method: IssuerScript['method'] = null): IssuerScript => ({
  summary,
  versions: both,
  method,
  decision,
})
const asksForCode = script('challenge with a code', challenge('code'))
const frictionlessWithMethod = script('frictionless: authenticated', frictionless('Y'), calling)
const attemptWithMethod = script('frictionless: attempted', frictionless('A'), calling)

/** Test cards that are known for what they do in 3-D Secure. */
export const issuersByCard: ReadonlyMap<string, IssuerScript> = new Map([
  ['4000000000003220', script('challenge with a code', challenge('code'), calling)],
  ['4000008400001629', asksForCode],
  ['4000008400001280', script('could not be performed', frictionless('U', '22'))],
  ['4000008260003178', asksForCode],
  ['4000002760003184', asksForCode],
  ['4000002500003155', asksForCode],
  ['4000003800000446', asksForCode],
  ['4000000000003055', asksForCode],
  ['4000000000003097', script('the directory server answers Erro 403', { kind: 'directory_fault', fault: 'erro' })],
  ['4200000000000091', frictionlessWithMethod],
  ['4200000000000109', attemptWithMethod],
  ['4200000000000042', script('challenge with a code', challenge('code'), calling)],
  ['4200000000000018', asksForCode],
  ['5200000000000007', frictionlessWithMethod],
  ['5200000000000023', attemptWithMethod],
])

/** Test cards whose ranges the directory server does not list: their issuers take no part. */
export const notEnrolled: ReadonlySet<string> = new Set(['371449635398431', '6703444444444449'])

/** First of the last four digits: the versions that the issuer speaks. */
export const versionDigits: Readonly<Record<string, IssuerScript['versions']>> = {
  '0': both,
  '1': { start: '2.1.0', end: '2.1.0' },
  '2': { start: '2.2.0', end: '2.2.0' },
}

/** Second: its 3DS Method. */
export const methodDigits: Readonly<Record<string, IssuerScript['method']>> = {
  '0': calling,
  '1': null,
  '2': 'never_calls_back',
}

const fault = (name: (IssuerDecision & { kind: 'directory_fault' })['fault']): IssuerDecision => ({
  kind: 'directory_fault',
  fault: name,
})

/**
 * Third and fourth: what it decides. 03…72 are the convention that integrators know from 3dsecure.io; the rest is ours, and
 * 43 and 8x need 2.2.0.
 */
export const decisionDigits: Readonly<Record<string, { summary: string; decision: IssuerDecision }>> = {
  '03': { summary: 'frictionless: authenticated (Y)', decision: frictionless('Y') },
  '13': { summary: 'frictionless: not authenticated (N)', decision: frictionless('N', '01') },
  '23': { summary: 'frictionless: attempted (A)', decision: frictionless('A') },
  '33': { summary: 'rejected (R)', decision: frictionless('R', '11') },
  '43': { summary: 'informational (I)', decision: frictionless('I') },
  '53': { summary: 'could not be performed (U)', decision: frictionless('U', '22') },
  '63': { summary: 'the directory server never answers', decision: fault('timeout') },
  '70': { summary: 'challenge that passes by itself', decision: challenge('passes') },
  '71': { summary: 'challenge that fails by itself', decision: challenge('fails') },
  '72': { summary: 'challenge with a code', decision: challenge('code') },
  '73': { summary: 'challenge passed, RReq two seconds after the CRes', decision: challenge('passes', 'after') },
  '74': { summary: 'challenge passed, RReq twenty seconds after the CRes', decision: challenge('passes', 'late') },
  '75': { summary: 'challenge passed, RReq twice', decision: challenge('passes', 'twice') },
  '76': { summary: 'challenge passed, RReq never', decision: challenge('passes', 'never') },
  '77': { summary: 'RReq says N, CRes says Y', decision: challenge('passes', 'contradicting') },
  '78': { summary: 'challenge abandoned: times out after five seconds', decision: challenge('abandoned') },
  '79': { summary: 'challenge cancelled by the cardholder', decision: challenge('is_cancelled') },
  '80': { summary: 'decoupled, passed after five seconds', decision: { kind: 'decoupled', ends: 'passed' } },
  '81': { summary: 'decoupled, failed after five seconds', decision: { kind: 'decoupled', ends: 'failed' } },
  '82': { summary: 'decoupled, never answered', decision: { kind: 'decoupled', ends: 'never' } },
  '90': { summary: 'the answer is not JSON', decision: fault('not_json') },
  '92': { summary: 'the ARes is about another transaction', decision: fault('other_transaction') },
  '93': { summary: 'Erro 403 instead of an ARes', decision: fault('erro') },
  '94': { summary: 'HTTP 500', decision: fault('http_500') },
  '95': { summary: 'connection reset', decision: fault('reset') },
  '96': { summary: 'a good ARes after twelve seconds', decision: fault('late') },
  '97': { summary: 'half an ARes', decision: fault('truncated') },
  '98': { summary: 'the ARes is of another version', decision: fault('other_version') },
  '99': { summary: 'the ARes lacks a required element', decision: fault('element_missing') },
}

const needs220 = /^(43|8.)$/

/** By the last four digits of a number in `threeDSecureTestBins`; any others take no part. */
export const issuersByLastFour: ReadonlyMap<string, IssuerScript> = new Map(
  Object.entries(versionDigits).flatMap(([version, versions]) =>
    Object.entries(methodDigits).flatMap(([method, methodOfScript]) =>
      Object.entries(decisionDigits)
        .filter(([digits]) => versions.end === '2.2.0' || !needs220.test(digits))
        .map(([digits, { summary, decision }]): [string, IssuerScript] => {
          const start = needs220.test(digits) ? '2.2.0' : versions.start
          return [
            `${version}${method}${digits}`,
            { summary, versions: { ...versions, start }, method: methodOfScript, decision },
          ]
        }),
    ),
  ),
)

/** Whether an authorization without authentication is declined softly, for a number in `threeDSecureTestBins`. */
export function demandsAuthentication(lastFour: string): boolean {
  const kind = issuersByLastFour.get(lastFour)?.decision.kind
  return kind === 'challenge' || kind === 'decoupled'
}

export interface EnrolledRange {
  start: string
  end: string
  issuer: IssuerScript
}

const single = (number: string, issuer: IssuerScript): EnrolledRange => ({ start: number, end: number, issuer })
const wholeBin = (bin: string): EnrolledRange => ({
  start: bin.padEnd(16, '0'),
  end: bin.padEnd(16, '9'),
  issuer: plainIssuer,
})
const familyBrands = ['visa', 'mastercard'] as const satisfies readonly (keyof typeof threeDSecureTestBins)[]

/** All ranges that the directory server begins with. They do not overlap. */
export const enrolledRanges: readonly EnrolledRange[] = [
  ...testCards
    .filter((card) => !notEnrolled.has(card.number))
    .map((card) => single(card.number, issuersByCard.get(card.number) ?? plainIssuer)),
  ...[reservedTestBin, outcomeTestBins.visa, outcomeTestBins.mastercard].map(wholeBin),
  ...familyBrands.flatMap((brand) =>
    [...issuersByLastFour].map(([lastFour, issuer]) => single(threeDSecureTestNumber(lastFour, brand), issuer)),
  ),
]
