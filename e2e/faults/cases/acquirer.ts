import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../../harness/acquirer.ts'
import { databasesOf } from '../../harness/databases.ts'
import { until } from '../../harness/until.ts'
import type { FaultCase, Scene, Seen } from './case.ts'

const money = ['authorize', 'capture', 'refund', 'reverse']
const every = (operations: string[], kind: string, times: number | null, ms?: number): Fault[] =>
  operations.map((operation) => ({ match: { operation }, fault: ms === undefined ? { kind } : { kind, ms }, times }))

/** Nothing else goes wrong at the acquirer for so long. */
async function only({ acquirer, restoreWeather }: Scene, faults: Fault[], forMs: number): Promise<Seen> {
  await acquirer.clearFaults()
  await acquirer.faults(faults)
  await sleep(forMs)
  await restoreWeather()
  return {}
}

const settlesWithinMs = 60_000

export const acquirerCases: FaultCase[] = [
  {
    number: 10,
    name: 'timeout-after-success',
    what: 'the acquirer carries requests out and never answers; answers are lost on the wire',
    async strike(scene) {
      const { acquirer } = scene.wired.wires
      const before = acquirer.swallowedBytes
      await only(scene, every(money, 'never_answer', 6), 1_500)
      acquirer.fail({ kind: 'mute' })
      await sleep(1_500)
      acquirer.fail({ kind: 'none' })
      return { 'bytes of answers lost': acquirer.swallowedBytes - before }
    },
  },
  {
    number: 11,
    name: 'timeout-before-receipt',
    what: 'requests never reach the acquirer, and nobody is told',
    async strike(scene) {
      const { acquirer } = scene.wired.wires
      const before = acquirer.swallowedBytes
      acquirer.fail({ kind: 'deaf' })
      try {
        await sleep(1_500)
        await until(() => acquirer.swallowedBytes > before, { withinMs: 10_000, what: 'a request to be lost' })
      } finally {
        acquirer.fail({ kind: 'none' })
      }
      return { 'bytes of requests lost': acquirer.swallowedBytes - before }
    },
  },
  {
    number: 12,
    name: 'nonsense-after-success',
    what: '5xx, garbage and half an answer to what was carried out',
    strike: (scene) =>
      only(
        scene,
        ['http_500_after', 'garbage_after', 'truncate_after', 'reset_after'].flatMap((kind) => every(money, kind, 8)),
        2_500,
      ),
  },
  {
    number: 13,
    name: 'late-and-double-news',
    what: 'requests that are carried out late, answers that come twice, reports that come late, broken and again',
    strike: (scene) =>
      only(
        scene,
        [
          ...every(money, 'duplicate_answer', 8),
          ...every(money, 'delay_before', 8, 5_000),
          ...every(['report'], 'truncate_after', 2),
          ...every(['report'], 'reset_after', 2),
          ...every(['report'], 'duplicate_answer', 2),
        ],
        4_000,
      ),
  },
  {
    number: 14,
    name: 'acquirer-away',
    what: 'the acquirer cannot be reached for ten minutes of the product’s time; then every doubt is settled in a minute',
    async strike(scene) {
      const { product, acquirer, wired, restoreWeather } = scene
      const wire = wired.wires.acquirer
      // What has left is in doubt when the wire breaks.
      await acquirer.faults(every(['authorize'], 'delay_before', 20, 2_000))
      wire.fail({ kind: 'mute' })
      await sleep(1_000)
      wire.fail({ kind: 'refusing' })
      for (let minute = 0; minute < 10; minute += 1) {
        await product.advanceClock(60_000)
        await sleep(200)
      }
      await acquirer.clearFaults()
      const inDoubt = await operationsInDoubt(scene)
      wire.fail({ kind: 'none' })
      const answersAgainAt = performance.now()
      let left = inDoubt
      await until(
        async () => {
          const open = new Set(await operationsInDoubt(scene))
          left = left.filter((id) => open.has(id))
          return left.length === 0
        },
        {
          withinMs: settlesWithinMs,
          everyMs: 250,
          what: () => `${left.length} of ${inDoubt.length} doubts to be settled after the acquirer's return`,
        },
      )
      const settledAfterMs = Math.round(performance.now() - answersAgainAt)
      await restoreWeather()
      return { 'in doubt at its return': inDoubt.length, 'ms until all were settled': settledAfterMs }
    },
  },
]

async function operationsInDoubt(scene: Scene): Promise<string[]> {
  return databasesOf(scene.product).with('gateway', 'tessera_gateway', async (client) => {
    const { rows } = await client.query(`select operation_id from operations where state in ('sending', 'unknown')`)
    return rows.map((row) => row.operation_id as string)
  })
}
