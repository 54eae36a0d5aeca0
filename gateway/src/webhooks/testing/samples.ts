import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { seededRandom } from '@tessera/lib/random'
import { defaultThreeDSecureSettings } from '../../core/authentication/settings.ts'
import type { AlertEvent, PaymentEvent, PaymentEventType } from '../../core/events.ts'
import { type AlertId, type EndpointId, type EventId, type MerchantId, trustedId } from '../../core/ids.ts'
import type { Merchant } from '../../core/merchants/merchant.ts'
import { defaultTaxSettings } from '../../core/tax/tax-settings.ts'
import type { WebhookEndpoint, WebhookRenderers } from '../../core/webhooks/endpoint.ts'
import { samplePaymentEvent } from '../../core/webhooks/sample-event.ts'

export const noonMs = Date.UTC(2026, 0, 15, 12)
const random = seededRandom(11)
const ids = createIds(new ManualClock(noonMs), random)

export const merchant: Merchant = {
  merchantId: trustedId<MerchantId>('mer_hats'),
  name: 'Hats',
  status: 'active',
  s2sEnabled: true,
  numericExternalIds: false,
  origins: null,
  tax: defaultTaxSettings,
  threeDSecure: defaultThreeDSecureSettings,
}

export const makeSecret = () => `whsec_${random.bytes(32).toString('base64')}`

export function makeEndpoint(changes: Partial<WebhookEndpoint> = {}): WebhookEndpoint {
  return {
    merchantId: merchant.merchantId,
    endpointId: trustedId<EndpointId>(`whe_${ids.timeOrdered()}`),
    mode: 'test',
    dialect: 'v1',
    url: 'https://shop.example/hooks',
    description: null,
    secret: makeSecret(),
    previousSecret: null,
    previousSecretUntilMs: null,
    eventTypes: null,
    status: 'enabled',
    disabledReason: null,
    failingSinceMs: null,
    createdAtMs: noonMs,
    updatedAtMs: noonMs,
    ...changes,
  }
}

export function makeEvent(
  changes: Partial<PaymentEvent> = {},
  type: PaymentEventType = 'payment.succeeded',
): PaymentEvent {
  const event = samplePaymentEvent({ merchantId: merchant.merchantId, mode: 'test' }, type, ids, noonMs)
  return { ...event, ...changes }
}

export function makeAlert(
  changes: Partial<AlertEvent> = {},
  alertChanges: Partial<AlertEvent['alert']> = {},
): AlertEvent {
  const alertId = trustedId<AlertId>(`alert_${ids.timeOrdered()}`)
  return {
    merchantId: merchant.merchantId,
    eventId: trustedId<EventId>(`evt_${ids.timeOrdered()}`),
    mode: 'test',
    alert: { alertId, suspicion: 'range', outcome: 'refused', suspectedAtMs: noonMs - 400, ...alertChanges },
    sequence: 1,
    publicSequence: 1,
    type: 'card_testing.suspected',
    createdAtMs: noonMs,
    ...changes,
  }
}

export const renderers: WebhookRenderers = {
  v1: (event, owner) => JSON.stringify({ id: event.eventId, event: event.type, merchant_name: owner.name }),
}
