import {
  type CardTestingOutcome,
  type CardTestingSuspicion,
  cardTestingOutcomes,
  cardTestingSuspicions,
} from '@tessera/contracts/vault-protocol'
import { type Static, Type } from 'typebox'
import type { AlertEvent } from '../../core/events.ts'
import type { Merchant } from '../../core/merchants/merchant.ts'
import { sampleAlertId } from '../../core/webhooks/sample-event.ts'
import { literal, oneOf, timestamp } from '../../http/wire-schema.ts'
import { isoTime } from './present-payment.ts'
import { named } from './schema.ts'

export const CardTestingPayloadWire = named(
  'CardTestingPayload',
  Type.Object({
    id: Type.String({ description: 'evt_…; the same on every delivery of this event.' }),
    event: literal('card_testing.suspected'),
    sequence: Type.Integer({ description: 'Always 1: no payment, and nothing that goes on.' }),
    livemode: Type.Boolean(),
    merchant_id: Type.String(),
    merchant_name: Type.String(),
    suspicion: oneOf(cardTestingSuspicions, 'What gave it away. Each is told at most once in ten minutes.'),
    outcome: oneOf(cardTestingOutcomes, 'What was done when it was first seen; what follows may be stronger.'),
    message: Type.String({ description: 'The same for people to read.' }),
    created_at: timestamp('When it was suspected.'),
    timestamp: timestamp('When this event was written.'),
  }),
)
export type CardTestingPayload = Static<typeof CardTestingPayloadWire>

const signs: Record<CardTestingSuspicion, string> = {
  address: 'many cards were tried from one address, or declined there',
  network: 'many cards were tried from one network, or declined there',
  card: 'one card was tried with many expiry dates or security codes, or declined again and again',
  run: 'card numbers in a row were tried',
  range: 'many cards of one range of numbers were declined',
  shop: 'very many cards were declined at your shop',
}
const measures: Record<CardTestingOutcome, string> = {
  challenged: 'Whoever asks for such tokens must solve a puzzle first; the browser SDK does it by itself.',
  refused: 'Such cards get no token for now.',
  payment_refused: 'A payment with such a card was refused, and the acquirer was not asked.',
}

/** Names no card, no address and no customer: it may be read by anybody at the shop. */
export function renderCardTesting(event: AlertEvent, merchant: Merchant): CardTestingPayload {
  const { alertId, suspicion, outcome, suspectedAtMs } = event.alert
  const isSample = alertId === sampleAlertId
  return {
    id: event.eventId,
    event: event.type,
    sequence: event.publicSequence,
    livemode: event.mode === 'live',
    merchant_id: event.merchantId,
    merchant_name: merchant.name,
    suspicion,
    outcome,
    message: `${isSample ? 'Webhook test. ' : ''}Card testing is suspected: ${signs[suspicion]}. ${measures[outcome]}`,
    created_at: isoTime(suspectedAtMs),
    timestamp: isoTime(event.createdAtMs),
  }
}
