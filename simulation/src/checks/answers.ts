import type { ApiAnswer, Call } from '../world/balancer.ts'
import type { Books, PaymentRow } from './books.ts'
import type { Found } from './violation.ts'

/** What merchants were told, against what is written down. */
export function checkAnswers(books: Books, calls: readonly Call[], found: Found): void {
  const payments = new Map(books.payments.map((payment) => [payment.payment_id, payment]))
  for (const call of calls) {
    if (call.answer === null) continue
    if (call.answer.status === 500) found('no answer says internal error', `${call.path}: ${call.answer.text}`)
    checkToldPayment(call, call.answer, payments, found)
  }
  const keys = Map.groupBy(
    calls.filter((call) => call.key != null && call.answer !== null),
    ({ key }) => key as string,
  )
  for (const [key, ofKey] of keys) checkKey(key, ofKey, books, found)
  checkTokens(books, calls, found)
}

const idOf = (text: unknown): string => String(text).replace(/^(tx|req|pay)_/, '')
const isTold = ({ status, json }: ApiAnswer): boolean =>
  status < 300 || (status === 400 && typeof json?.id === 'string')

/** A write that was acknowledged is there, and what was final then is final now. */
function checkToldPayment(
  { path, method }: Call,
  answer: ApiAnswer,
  payments: ReadonlyMap<string, PaymentRow>,
  found: Found,
): void {
  if (method !== 'POST' || path.startsWith('/v1/events/') || !isTold(answer)) return
  const id = idOf(answer.json.transaction_id ?? answer.json.id)
  const payment = payments.get(id)
  if (payment === undefined) {
    found('what was acknowledged is there', `${path}: ${answer.text}`)
    return
  }
  const told = `${id} was told ${answer.json.status} by ${path} and is ${payment.state}`
  if (path !== '/v1/payments') return
  if (answer.json.status === 'failed' && payment.state !== 'failed') found('failed stays failed', told)
  if (answer.json.status === 'completed' && payment.state !== 'captured') found('completed is captured', told)
  if (
    answer.json.status === 'authorized' &&
    !['authorized', 'captured', 'canceled', 'expired'].includes(payment.state)
  ) {
    found('authorized was authorized', told)
  }
}

const unstable = /"request_id":"[^"]*"/g
const steady = (text: string): string => text.replaceAll(unstable, '')

function checkKey(key: string, calls: Call[], books: Books, found: Found): void {
  const row = books.keys.find((each) => each.key === key)
  const answers = calls.flatMap(({ answer }) => (answer !== null && isTold(answer) ? [answer] : []))
  const subjects = new Set(answers.map(({ json }) => `${json.id}`))
  if (subjects.size > 1) found('one key has one effect', `${key}: ${[...subjects].join(', ')}`)
  if (answers.length > 0 && row === undefined) found('an acknowledged key is kept', key)
  if (row === undefined || row.body === null) return
  const stored = steady(row.body)
  for (const answer of answers) {
    const isFirst = steady(answer.text) === stored
    if (!isFirst && answer.replayed && answer.json.status !== 'pending') {
      found('a repeated request gets the first answer', `${key}: ${answer.text} is not ${row.body}`)
    }
  }
}

/** One token, one payment: counted by what was sent, not by what was told. */
function checkTokens(books: Books, calls: readonly Call[], found: Found): void {
  const creates = calls.filter(({ path, method }) => path === '/v1/payments' && method === 'POST')
  const byToken = Map.groupBy(
    creates.filter(({ body }) => typeof body?.token === 'string'),
    ({ body }) => String(body?.token),
  )
  for (const [token, ofToken] of byToken) {
    const orders = new Set(ofToken.map(({ body }) => body?.external_id))
    const paid = books.payments.filter(({ external_id }) => orders.has(external_id))
    if (paid.length > 1) found('a token pays once', `${token}: ${paid.map(({ payment_id }) => payment_id).join(', ')}`)
  }
}
