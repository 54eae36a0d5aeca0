import { createHmac } from 'node:crypto'
import type { EventId } from '../core/ids.ts'
import type { WebhookEndpoint } from '../core/webhooks/endpoint.ts'

const secretPrefix = 'whsec_'

/**
 * The headers that let a receiver check who sent the body and when. `nowMs` is the time of this try: receivers refuse an old
 * one as a replay.
 */
export function signatureHeaders(
  endpoint: WebhookEndpoint,
  eventId: EventId,
  body: Buffer,
  nowMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const secrets = [endpoint.secret, ...overlappingSecret(endpoint, nowMs)]
  const signatures = secrets.map((secret) => standardSignature(secret, eventId, timestamp, body)).join(' ')
  if (endpoint.dialect === 'inflow') {
    return { 'svix-id': eventId, 'svix-timestamp': timestamp, 'svix-signature': signatures }
  }
  return {
    'webhook-id': eventId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures,
    [bodySignatureHeader(endpoint)]: bodySignature(endpoint.secret, body),
  }
}

function overlappingSecret(endpoint: WebhookEndpoint, nowMs: number): string[] {
  const { previousSecret, previousSecretUntilMs } = endpoint
  if (previousSecret === null || previousSecretUntilMs === null || nowMs >= previousSecretUntilMs) return []
  return [previousSecret]
}

/**
 * Standard Webhooks 1.0.0: symmetric scheme over id, time and raw body. The key is given as text, which Node decodes: a key in
 * a buffer costs it five times as much.
 */
function standardSignature(secret: string, eventId: EventId, timestamp: string, body: Buffer): string {
  const mac = createHmac('sha256', secret.slice(secretPrefix.length), { encoding: 'base64' })
  return `v1,${mac.update(`${eventId}.${timestamp}.`).update(body).digest('base64')}`
}

const bodySignatureHeader = (endpoint: WebhookEndpoint): string =>
  endpoint.mode === 'test' ? 'x-zafapay-signature-sandbox' : 'x-zafapay-signature'

/** Over the raw body alone, keyed with the whole text of the secret. One value, so during an overlap the new secret's. */
function bodySignature(secret: string, body: Buffer): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}
