import type { ForwardReply, ForwardRequest } from '@tessera/contracts/vault-protocol'
import { QueueDeadlinePassed, QueueFull } from '@tessera/lib/batcher'
import type { Logger } from '@tessera/lib/log'
import { type OpenCard, wipeCard } from '../cards/card-safe.ts'
import { SealBroken } from '../crypto/aes-gcm.ts'
import type { VaultMetrics } from '../metrics.ts'
import { fillBody, ValueMissing } from './fill.ts'
import type { AllowedOperation, Manifests } from './manifests.ts'
import { notSent } from './not-sent.ts'
import { type Permission, type PermissionParts, takePermission } from './permission.ts'
import { scrubAnswer } from './scrub.ts'
import type { Sender, SendOutcome } from './send.ts'
import { refusalOf } from './template-check.ts'

export interface ForwardParts extends PermissionParts {
  manifests: Manifests
  sender: Sender
  log: Logger
  metrics: VaultMetrics
}

export interface Forwarder {
  forward(request: ForwardRequest): Promise<ForwardReply>
}

const timeoutMaxMs = 120_000
const inFlightMax = 1_024

/** Fills a template with a card and sends it, at most once per step where the manifest says so. */
export function createForwarder(parts: ForwardParts): Forwarder {
  let inFlight = 0
  return {
    async forward(request) {
      if (inFlight >= inFlightMax) return notSent('overloaded', 'too many requests to acquirers at once')
      inFlight += 1
      try {
        const reply = await forward(request, parts)
        record(request, reply, parts.metrics)
        return reply
      } finally {
        inFlight -= 1
      }
    },
  }
}

function record({ connector, operation }: ForwardRequest, reply: ForwardReply, metrics: VaultMetrics): void {
  const outcome = reply.outcome === 'not_sent' ? reply.reason : reply.outcome
  // What the manifests do not know must not become a label.
  const labels = outcome === 'refused_by_manifest' ? { connector: '', operation: '' } : { connector, operation }
  metrics.forwards.add({ ...labels, outcome })
  if ('acquirerMs' in reply) metrics.acquirerSeconds.observe({ connector }, reply.acquirerMs / 1000)
}

async function forward(request: ForwardRequest, parts: ForwardParts): Promise<ForwardReply> {
  const operation = parts.manifests.find(request.connector, request.operation)
  if (operation === undefined) return notSent('refused_by_manifest', 'there is no such operation')
  const origin = operation.origins[request.mode]
  if (origin === undefined) return notSent('refused_by_manifest', `the connector has no ${request.mode} origin`)
  const refusal = refusalOf(request.template, operation) ?? cardRefusal(request, operation)
  if (refusal !== null) return notSent('refused_by_manifest', refusal)
  if (isTooLate(request, parts)) return tooLate
  const permission = await permissionOf(request, operation, parts)
  if (!permission.granted) return permission.reply
  if (isTooLate(request, parts)) return tooLate
  const card = await openHeld(request, permission, parts)
  if (card === 'gone') return notSent('hold_gone', 'the card of this hold can no longer be opened')
  try {
    return await sendFilled(request, operation, origin, card, parts)
  } finally {
    wipeCard(card)
  }
}

const tooLate = notSent('too_late', 'the time to send it had passed')

function isTooLate({ sendBeforeMs }: ForwardRequest, { clock }: ForwardParts): boolean {
  return clock.now() >= sendBeforeMs
}

function cardRefusal({ card }: ForwardRequest, { placeholders }: AllowedOperation): string | null {
  return card !== null && placeholders === undefined ? 'this operation takes no card' : null
}

async function permissionOf(
  request: ForwardRequest,
  operation: AllowedOperation,
  parts: ForwardParts,
): Promise<Permission> {
  try {
    return await takePermission(request, operation, parts)
  } catch (error) {
    if (!(error instanceof QueueFull || error instanceof QueueDeadlinePassed)) throw error
    return { granted: false, reply: notSent('overloaded', error.message) }
  }
}

async function openHeld(
  request: ForwardRequest,
  { held }: Permission & { granted: true },
  { safe, log }: ForwardParts,
): Promise<OpenCard | null | 'gone'> {
  if (held === null) return null
  const { merchantId, mode, stepId } = request
  try {
    return (await safe.openHeld({ merchantId, mode }, held)) ?? 'gone'
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    log.error('a sealed card does not open', { merchantId, mode, stepId, error })
    return 'gone'
  }
}

async function sendFilled(
  { template, timeoutMs }: ForwardRequest,
  operation: AllowedOperation,
  origin: URL,
  card: OpenCard | null,
  { sender }: ForwardParts,
): Promise<ForwardReply> {
  let body: Buffer | null
  try {
    body = fillBody(template.body, card)
  } catch (error) {
    if (error instanceof ValueMissing) return notSent('refused_by_manifest', error.message)
    throw error
  }
  // PCI DSS 3.3.1: from here on the CVC exists in this request and in no store.
  const { method, path } = template
  const headers = { ...template.headers, ...contentType(operation) }
  try {
    const outcome = await sender.send({
      origin,
      method,
      path,
      headers,
      body,
      timeoutMs: Math.min(timeoutMs, timeoutMaxMs),
    })
    return replyOf(outcome, operation, card)
  } finally {
    body?.fill(0)
  }
}

function contentType({ content }: AllowedOperation): Record<string, string> {
  if (content === 'none') return {}
  return { 'content-type': content === 'json' ? 'application/json' : 'application/x-www-form-urlencoded' }
}

function replyOf(outcome: SendOutcome, operation: AllowedOperation, card: OpenCard | null): ForwardReply {
  if (outcome.outcome === 'not_sent') return notSent('connect_failed', outcome.detail)
  if (outcome.outcome === 'unknown') return outcome
  const scrubbed = card === null ? outcome.body : scrubAnswer(outcome.body, card, operation.verbatim)
  const contentTypeText = card === null ? outcome.contentType : scrubText(outcome.contentType, card)
  return { ...outcome, contentType: contentTypeText, body: scrubbed.toString('utf8') }
}

/** A header that the acquirer wrote is no safer than its body. */
function scrubText(text: string, card: OpenCard): string {
  if (!/(?:\d\D*){3}/.test(text)) return text
  return scrubAnswer(Buffer.from(text), card, []).toString('utf8')
}
