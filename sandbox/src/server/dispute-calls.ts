import type { ServerResponse } from 'node:http'
import type { JsonValue } from '@tessera/lib/strict-json'
import type { Acquirer } from '../acquirer/acquirer.ts'
import { refusal } from '../acquirer/answers.ts'
import { sendAnswer } from '../faults/show-fault.ts'
import { objectOf, textOf } from './read-request.ts'

/** `GET /sandbox/disputes` shows them, `POST /sandbox/disputes/{id}` with `{outcome}` ends an open one. Throws RequestInvalid. */
export async function serveDisputes(
  acquirer: Acquirer,
  call: { method: string; path: string; account: string | null },
  body: JsonValue | null,
  response: ServerResponse,
): Promise<void> {
  const { method, path, account } = call
  if (method === 'GET' && path === '/sandbox/disputes') {
    const all = await acquirer.disputes()
    const shown = all.filter((dispute) => account === null || dispute.account === account)
    return sendAnswer(response, { status: 200, body: JSON.stringify(shown.map(bodyOf)) })
  }
  const id = /^\/sandbox\/disputes\/([A-Za-z0-9_-]{1,64})$/.exec(path)?.[1]
  if (method !== 'POST' || id === undefined) {
    return sendAnswer(response, refusal(404, 'not_found', 'There is nothing here.'))
  }
  const outcome = textOf(objectOf(body ?? undefined, 'body').outcome, 'outcome', /^(won|lost)$/) as 'won' | 'lost'
  if (await acquirer.closeDispute(id, outcome)) {
    return sendAnswer(response, { status: 200, body: JSON.stringify({ id, state: outcome }) })
  }
  sendAnswer(response, refusal(404, 'not_found', 'There is no open dispute of this id.'))
}

function bodyOf(dispute: Awaited<ReturnType<Acquirer['disputes']>>[number]) {
  const { account, id, reference, authorization, amountMinor, currency, reason, state, openedAtMs } = dispute
  const openedAt = new Date(openedAtMs).toISOString()
  return {
    account,
    id,
    reference,
    authorization,
    amount_minor: amountMinor,
    currency,
    reason,
    state,
    opened_at: openedAt,
  }
}
