import { randomBytes } from 'node:crypto'
import { copyFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../harness/until.ts'
import { startHostileReceiver } from '../hostile-receiver.ts'
import { demand, type FaultCase } from './case.ts'

export const surroundingCases: FaultCase[] = [
  {
    number: 18,
    name: 'clocks-apart',
    what: 'one gateway’s clock is an hour ahead of all others, then falls back; then the vault’s',
    async strike({ wired }) {
      for (const each of [wired.gateway, wired.vault]) {
        each.advanceClock(3_600_000, true)
        await sleep(2_000)
        // The next start is by the clock of all the others: an hour back.
        each.kill()
        await each.ready()
      }
      return { 'hours apart': 1 }
    },
  },
  {
    number: 19,
    name: 'wrong-root-key',
    what: 'the vault is started with another root key, and with none, before it gets its own again',
    async strike({ wired, product }) {
      const own = `${wired.rootKeyFile}.own`
      copyFileSync(wired.rootKeyFile, own)
      const starts = wired.vault.starts
      for (const wrong of [`${randomBytes(32).toString('base64')}\n`, '']) {
        writeFileSync(wired.rootKeyFile, wrong)
        wired.vault.kill()
        await sleep(2_000)
        const takes = await fetch(`${product.credentials.vaultUrl}/v1/tokens`, { method: 'POST' }).catch(() => null)
        demand(takes === null, 'a vault without its root key answered')
      }
      copyFileSync(own, wired.rootKeyFile)
      await wired.vault.ready()
      return { 'starts refused': wired.vault.starts - starts - 1 }
    },
  },
  {
    number: 20,
    name: 'hostile-receivers',
    what: 'webhook receivers that hang, redirect inwards, answer 10 MB or byte by byte, or are gone',
    async strike({ api, receiver }) {
      const hostile = await startHostileReceiver()
      try {
        const made = await Promise.all(
          hostile.urls.map((url) =>
            until(
              async () => {
                const answer = await api.post('/v1/webhook_endpoints', { url }).catch(() => null)
                return answer?.status === 201 ? (answer.json.id as string) : null
              },
              { withinMs: 30_000, everyMs: 200, what: 'a webhook endpoint' },
            ),
          ),
        )
        const before = receiver.received.length
        await until(() => hostile.visited() === hostile.urls.length && receiver.received.length >= before + 20, {
          withinMs: 60_000,
          everyMs: 100,
          what: () => `${hostile.visited()} hostile receivers to be tried, and a good one to be served meanwhile`,
        })
        for (const id of made)
          await until(async () => (await api.delete(`/v1/webhook_endpoints/${id}`).catch(() => null))?.status, {
            withinMs: 30_000,
            what: 'an endpoint to go',
          })
        demand(hostile.redirectsFollowed() === 0, 'a redirect was followed')
        return { receivers: made.length, 'webhooks to the good one meanwhile': receiver.received.length - before }
      } finally {
        await hostile.stop()
      }
    },
  },
]
