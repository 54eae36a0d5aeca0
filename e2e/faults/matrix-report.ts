import type { FaultCase } from './cases/case.ts'
import type { Round, Strike } from './matrix.ts'

/** One case over all rounds. A strike is survived when all that was in flight then agrees in all books, and nothing else was seen. */
export interface CaseResult {
  number: number
  name: string
  tried: number
  survived: number
  paymentsInFlight: number
  paymentsSurvived: number
  fewestInFlight: number
  worstServingAfterMs: number
  faults: string[]
}

export interface MatrixResult {
  cases: CaseResult[]
  leftOut: string[]
  /** What is wrong in the books, whichever case it came from. */
  disagreements: string[]
  payments: number
  /** After kill -9 of who serves. */
  worstRecoveryMs: number
  worstDoubtsSettledMs: number
}

const settledKey = 'ms until all were settled'

export function matrixResult(cases: readonly FaultCase[], rounds: readonly Round[], leftOut: string[]): MatrixResult {
  const results = cases.map((each) => caseResult(each, rounds))
  const killing = new Set(cases.filter((each) => each.killsServer).map(({ name }) => name))
  const settled = rounds.flatMap(({ strikes }) => strikes.flatMap(({ seen }) => Number(seen[settledKey] ?? 0)))
  return {
    cases: results,
    leftOut,
    disagreements: rounds.flatMap(({ aftermath }) => [
      ...Object.entries(aftermath.disagreements).flatMap(([promise, each]) =>
        each.map(({ order, what }) => `${promise}: ${order ?? '-'}: ${what}`),
      ),
      ...(aftermath.lastPayment === 'completed' ? [] : [`a payment after it all is ${aftermath.lastPayment}`]),
    ]),
    payments: rounds.reduce((sum, { aftermath }) => sum + aftermath.books.payments.length, 0),
    worstRecoveryMs: Math.max(
      0,
      ...results.filter(({ name }) => killing.has(name)).map(({ worstServingAfterMs }) => worstServingAfterMs),
    ),
    worstDoubtsSettledMs: Math.max(0, ...settled),
  }
}

function caseResult({ number, name }: FaultCase, rounds: readonly Round[]): CaseResult {
  const judged = rounds.flatMap(({ strikes, aftermath }) => {
    const wrong = new Set(Object.values(aftermath.disagreements).flatMap((each) => each.map(({ order }) => order)))
    return strikes
      .filter((strike) => strike.name === name)
      .map((strike) => ({ strike, unharmed: strike.inFlight.filter((order) => !wrong.has(order.name)).length }))
  })
  const isSurvived = ({ strike, unharmed }: { strike: Strike; unharmed: number }) =>
    strike.fault === null && unharmed === strike.inFlight.length
  return {
    number,
    name,
    tried: judged.length,
    survived: judged.filter(isSurvived).length,
    paymentsInFlight: judged.reduce((sum, { strike }) => sum + strike.inFlight.length, 0),
    paymentsSurvived: judged.reduce((sum, { unharmed }) => sum + unharmed, 0),
    fewestInFlight: Math.min(...judged.map(({ strike }) => strike.inFlight.length)),
    worstServingAfterMs: Math.max(0, ...judged.map(({ strike }) => strike.servingAfterMs)),
    faults: judged.flatMap(({ strike }) => strike.fault ?? []),
  }
}

export function isSurvived({ cases, disagreements }: MatrixResult): boolean {
  return disagreements.length === 0 && cases.every(({ tried, survived }) => tried > 0 && tried === survived)
}

export function matrixTable({ cases }: MatrixResult): string {
  const head = ['case', '', 'survived/tried', 'payments', 'in flight (least)', 'answering after (worst)']
  const rows = cases.map((each) => [
    String(each.number),
    each.name,
    `${each.survived}/${each.tried}`,
    `${each.paymentsSurvived}/${each.paymentsInFlight}`,
    String(each.fewestInFlight),
    `${each.worstServingAfterMs} ms`,
  ])
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] as string).length)),
  )
  const line = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column] as number)).join('  ')
  return [line(head), ...rows.map(line)].join('\n')
}
