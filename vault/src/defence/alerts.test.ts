import { alertsKeptForMs, alertsPerReply } from '@tessera/contracts/vault-protocol'
import { ManualClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { seededRandom } from '@tessera/lib/random'
import { expect, test } from 'vitest'
import { createAlerts } from './alerts.ts'

const startMs = 1_800_000_000_000
const alert = { merchantId: 'mer_1', mode: 'live', suspicion: 'range', outcome: 'refused' } as const

function world() {
  const clock = new ManualClock(startMs)
  return { clock, alerts: createAlerts({ clock, ids: createIds(clock, seededRandom(3)) }) }
}

test('an alert is told again until it is acknowledged, and never after', () => {
  const { alerts } = world()
  alerts.raise(alert)
  const told = alerts.outstanding()
  expect(told).toEqual([{ ...alert, alertId: expect.stringMatching(/^alert_[0-9a-z]{26}$/), atMs: startMs }])
  expect(alerts.outstanding()).toEqual(told)
  alerts.acknowledge(told.map(({ alertId }) => alertId))
  expect(alerts.outstanding()).toEqual([])
})

test('acknowledging ends what is named and nothing else; what another process told means nothing here', () => {
  const { alerts } = world()
  alerts.raise(alert)
  alerts.raise({ ...alert, suspicion: 'run' })
  const [first] = alerts.outstanding()
  alerts.acknowledge(['alert_of_another_process', first?.alertId as string])
  expect(alerts.outstanding().map(({ suspicion }) => suspicion)).toEqual(['run'])
})

test('what nobody fetches is forgotten in half an hour', () => {
  const { clock, alerts } = world()
  alerts.raise(alert)
  clock.advance(alertsKeptForMs - 1)
  expect(alerts.outstanding()).toHaveLength(1)
  clock.advance(1)
  expect(alerts.outstanding()).toEqual([])
})

test('of a thousand the newest are kept, and a reply holds the oldest of them', () => {
  const { alerts } = world()
  for (let number = 0; number < 1_005; number += 1) alerts.raise({ ...alert, merchantId: `mer_${number}` })
  const told: string[] = []
  for (let page = alerts.outstanding(); page.length > 0; page = alerts.outstanding()) {
    expect(page.length).toBeLessThanOrEqual(alertsPerReply)
    told.push(...page.map(({ merchantId }) => merchantId))
    alerts.acknowledge(page.map(({ alertId }) => alertId))
  }
  expect(told).toEqual(Array.from({ length: 1_000 }, (_, index) => `mer_${index + 5}`))
})
