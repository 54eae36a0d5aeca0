import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@tessera/lib/random'
import type { Answer, Api } from '../harness/api.ts'
import { type InFlight, type Order, type SeenAnswer, type ShopRequest, seenOf } from './orders.ts'

export interface ShopParts {
  api: Api
  random: Random
  inFlight: InFlight
  /** Once aborted, shops give up what has no answer yet. */
  closing: AbortSignal
  /** Counts the answers that tell something, so that a killer knows that the product works again. */
  onAnswer(): void
}

const patienceMs = 15_000
const giveUpAfterMs = 90_000
/** Where a shop's own time-out is too short: it asks again with the same key while the first request still runs. */
const impatientShare = 0.12
const leavesShare = 0.4

/** Sends a request until it has an answer; connection errors, time-outs, 408, 409, 429, 500 and 503 are repeated with the same key. */
export async function persist(parts: ShopParts, order: Order, request: ShopRequest): Promise<SeenAnswer | null> {
  order.requests.push(request)
  const { random } = parts
  const deadline = performance.now() + giveUpAfterMs
  let waitMs = random.unit() < impatientShare ? 5 + random.unit() * 300 : patienceMs
  while (performance.now() < deadline && !parts.closing.aborted) {
    const answer = await tryOnce(parts, order, request, waitMs)
    waitMs = patienceMs
    if (answer !== null && !isTemporary(answer.status)) {
      const seen = seenOf(answer)
      request.answers.push(seen)
      order.transactionId ??= answer.json?.transaction_id ?? null
      parts.onAnswer()
      return seen
    }
    // The first request is still under way, or died: some shops leave it to the webhook and go on.
    if (answer?.status === 409 && random.unit() < leavesShare) return null
    await sleep(50 + random.unit() * 250)
  }
  return null
}

const isTemporary = (status: number): boolean => [408, 409, 429].includes(status) || status >= 500

async function tryOnce(parts: ShopParts, order: Order, request: ShopRequest, waitMs: number): Promise<Answer | null> {
  parts.inFlight.begin(order, request.what)
  try {
    return await parts.api.post(request.path, request.body, {
      idempotencyKey: request.key,
      signal: AbortSignal.any([parts.closing, AbortSignal.timeout(Math.ceil(waitMs))]),
    })
  } catch {
    return null
  } finally {
    parts.inFlight.end(order, request.what)
  }
}

/** A token from the vault; null when it could not be had in time. */
export async function tokenFor(parts: ShopParts, card: Record<string, unknown>): Promise<string | null> {
  const deadline = performance.now() + giveUpAfterMs
  while (performance.now() < deadline && !parts.closing.aborted) {
    const answer = await parts.api.tokenize(card).catch(() => null)
    if (answer?.status === 201) return answer.json.id
    if (answer?.status === 400) throw new Error(`the vault refused a good card: ${answer.text}`)
    await sleep(50 + parts.random.unit() * 250)
  }
  return null
}
