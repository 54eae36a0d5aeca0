import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultCase } from './case.ts'
import { demand } from './case.ts'

const openAtAcquirer = { operation: 'authorize' }

export const processCases: FaultCase[] = [
  {
    number: 1,
    name: 'gateway-killed',
    what: 'kill -9 of the gateway in the middle of authorizations',
    killsServer: true,
    async strike({ wired }) {
      wired.gateway.kill()
      return {}
    },
  },
  {
    number: 2,
    name: 'gateway-killed-before-commit',
    what: 'kill -9 of the gateway between the acquirer’s answers and their commit',
    killsServer: true,
    async strike({ wired, acquirer, restoreWeather }) {
      // Answers come fast, and what is to be written of them waits on a wire that does not move.
      await acquirer.clearFaults()
      wired.wires.database.fail({ kind: 'frozen' })
      await sleep(400)
      wired.gateway.kill()
      const lost = wired.wires.database.reset()
      wired.wires.database.fail({ kind: 'none' })
      await restoreWeather()
      return { 'connections lost': lost }
    },
  },
  {
    number: 3,
    name: 'vault-killed',
    what: 'kill -9 of the vault with live tokens',
    killsServer: true,
    async prepare({ api }) {
      const tokens = await Promise.all(Array.from({ length: 10 }, () => api.token().catch(() => null)))
      const known = tokens.filter((token) => token !== null)
      return async () => {
        const pay = (token: string) => api.post('/v1/payments', { amount: 3.11, currency: 'USD', token })
        const answers = await Promise.all(known.map((token) => pay(token).catch(() => null)))
        const unusable = answers.filter((answer) => answer?.json?.error?.code?.startsWith('token_')).length
        demand(unusable === 0, `${unusable} tokens were lost with a process that keeps none in memory`)
        return { 'tokens that outlived it': known.length }
      }
    },
    async strike({ wired }) {
      wired.vault.kill()
      await wired.vault.ready()
      return {}
    },
  },
  {
    number: 4,
    name: 'worker-killed',
    what: 'kill -9 of the webhook worker in the middle of sending',
    async strike({ product, receiver }) {
      const before = receiver.received.length
      await product.kill('worker')
      return { 'webhooks before': before }
    },
  },
  {
    number: 20,
    name: 'rolling-upgrade',
    what: 'gateway and vault replaced one after the other under load, in good order',
    async strike({ wired, acquirer, restoreWeather }) {
      await acquirer.faults([{ match: openAtAcquirer, fault: { kind: 'delay_after', ms: 1_500 }, times: 20 }])
      for (const each of [wired.gateway, wired.vault]) {
        each.kill('SIGTERM')
        await each.ready()
      }
      await restoreWeather()
      return {}
    },
  },
]
