import { cardTestingOutcomes, cardTestingSuspicions } from '@tessera/contracts/vault-protocol'
import { expect, it } from 'vitest'
import type { AlertEvent } from '../../core/events.ts'
import { sampleAlertId } from '../../core/webhooks/sample-event.ts'
import { aMerchant } from '../../http/testing/test-directory.ts'
import { renderV1Webhook } from './webhook-body.ts'

function anEvent(alert: Partial<AlertEvent['alert']> = {}, changes: Partial<AlertEvent> = {}): AlertEvent {
  return {
    merchantId: aMerchant().merchantId,
    eventId: 'evt_1' as AlertEvent['eventId'],
    mode: 'live',
    alert: {
      alertId: 'alert_1' as AlertEvent['alert']['alertId'],
      suspicion: 'range',
      outcome: 'refused',
      suspectedAtMs: Date.parse('2026-10-07T12:00:00.000Z'),
      ...alert,
    },
    sequence: 1,
    publicSequence: 1,
    type: 'card_testing.suspected',
    createdAtMs: Date.parse('2026-10-07T12:00:01.500Z'),
    ...changes,
  }
}

it('an alert is one flat object that says what was seen and what was done, and nothing of a card or a caller', () => {
  expect(renderV1Webhook(anEvent(), aMerchant())).toEqual({
    id: 'evt_1',
    event: 'card_testing.suspected',
    sequence: 1,
    livemode: true,
    merchant_id: 'mer_1',
    merchant_name: 'Tea & Co',
    suspicion: 'range',
    outcome: 'refused',
    message:
      'Card testing is suspected: many cards of one range of numbers were declined. Such cards get no token for now.',
    created_at: '2026-10-07T12:00:00.000Z',
    timestamp: '2026-10-07T12:00:01.500Z',
  })
})

it('each suspicion and each outcome has words of its own', () => {
  const messages = cardTestingSuspicions.flatMap((suspicion) =>
    cardTestingOutcomes.map((outcome) => {
      const body = renderV1Webhook(anEvent({ suspicion, outcome }, { mode: 'test' }), aMerchant())
      expect(body).toMatchObject({ suspicion, outcome, livemode: false })
      return 'message' in body ? body.message : ''
    }),
  )
  expect(new Set(messages).size).toBe(cardTestingSuspicions.length * cardTestingOutcomes.length)
})

it('a made-up one says that it is', () => {
  const body = renderV1Webhook(anEvent({ alertId: sampleAlertId }), aMerchant())
  expect(body).toMatchObject({ message: expect.stringMatching(/^Webhook test\. Card testing is suspected: /) })
})
